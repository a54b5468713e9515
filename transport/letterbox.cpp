#include "transport/letterbox.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::transport {

bool letterbox::add(frame_ptr ready) {
  const std::lock_guard lock(mutex_);
  if (letters_.close) return false;
  const bool first = is_empty();
  if (bytes_ >= bytes_max_ + longest_) {
    letters_ = {{}, close_code::slow};
    return first;
  }
  bytes_ += ready->bytes.size();
  longest_ = std::max(longest_, ready->bytes.size());
  letters_.frames.push_back(std::move(ready));
  return first;
}

bool letterbox::close(close_code code) {
  const std::lock_guard lock(mutex_);
  if (letters_.close) return false;
  const bool first = is_empty();
  letters_.close = code;
  return first;
}

letterbox::letters letterbox::take() {
  const std::lock_guard lock(mutex_);
  bytes_ = longest_ = 0;
  return std::exchange(letters_, {});
}

}  // namespace tidewire::transport
