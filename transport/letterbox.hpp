// What other threads want of a connection, until its I/O thread looks. Free of threads.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "schemas/errc.hpp"
#include "schemas/frame.hpp"

namespace tidewire::transport {

class letterbox {
 public:
  struct letters {
    std::vector<frame_ptr> frames;    // in the order they came
    std::optional<close_code> close;  // after them
  };

  explicit letterbox(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  // Both return true when the box was empty: the owner must then be told, once, to take().
  // A box past bytes_max, beside its longest frame, is emptied and turned into close_code::slow; what comes after a close is dropped.
  bool add(frame_ptr ready);
  bool close(close_code code);

  letters take();

 private:
  bool is_empty() const noexcept { return letters_.frames.empty() && !letters_.close; }

  const std::size_t bytes_max_;
  std::mutex mutex_;
  letters letters_;
  std::size_t bytes_ = 0;
  std::size_t longest_ = 0;  // of the frames
};

}  // namespace tidewire::transport
