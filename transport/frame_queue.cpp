#include "transport/frame_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidewire::transport {
namespace {

// An empty queue keeps room for so many frames: a bound on what an idle connection costs.
constexpr std::size_t idle_capacity = 8;

}  // namespace

std::size_t frame_queue::longest() const noexcept {
  std::size_t most = 0;
  for (auto i = first_; i < frames_.size(); ++i) most = std::max(most, frames_[i]->bytes.size() - (i == first_ ? started_ : 0));
  return most;
}

void frame_queue::push(frame_ptr ready) {
  if (ready->bytes.empty()) return;
  if (frames_.size() == frames_.capacity() && first_ > frames_.size() / 2) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  bytes_ += ready->bytes.size();
  total_ += ready->bytes.size();
  frames_.push_back(std::move(ready));
}

std::size_t frame_queue::gather(std::span<iovec> into) const noexcept {
  const std::size_t count = std::min(into.size(), frames_.size() - first_);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& bytes = frames_[first_ + i]->bytes;
    const std::size_t skipped = i == 0 ? started_ : 0;
    into[i] = {const_cast<char*>(bytes.data()) + skipped, bytes.size() - skipped};
  }
  return count;
}

void frame_queue::written(std::size_t count) noexcept {
  assert(count <= bytes_);
  bytes_ -= count;
  total_ -= count;
  started_ += count;
  while (!empty() && started_ >= frames_[first_]->bytes.size()) {
    started_ -= frames_[first_]->bytes.size();
    frames_[first_].reset();
    ++first_;
  }
  if (!empty()) return;
  first_ = 0;
  if (frames_.capacity() > idle_capacity) {
    frames_ = std::vector<frame_ptr>();  // `= {}` would keep the memory
  } else {
    frames_.clear();
  }
}

void frame_queue::drop_unstarted() noexcept {
  const bool keep = started_ > 0;
  frames_.resize(first_ + (keep ? 1 : 0));
  const auto left = keep ? frames_[first_]->bytes.size() - started_ : 0;
  total_ -= bytes_ - left;
  bytes_ = left;
  if (!keep) {
    frames_.clear();
    first_ = 0;
  }
}

void frame_queue::clear() noexcept {
  if (bytes_ > 0) total_ -= bytes_;  // an outbox that is over may outlive the thread whose count this is
  frames_ = std::vector<frame_ptr>();
  first_ = started_ = bytes_ = 0;
}

}  // namespace tidewire::transport
