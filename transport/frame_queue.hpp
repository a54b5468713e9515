// Shared ready frames on their way to one socket, as a plain data structure: what writev takes next, and what it took.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "schemas/frame.hpp"
#include "transport/byte_count.hpp"

namespace tidewire::transport {

class frame_queue {
 public:
  // `total` counts the bytes of many queues; it outlives what is queued.
  explicit frame_queue(byte_count& total) : total_(total) {}
  frame_queue(const frame_queue&) = delete;
  frame_queue& operator=(const frame_queue&) = delete;
  ~frame_queue() { clear(); }

  bool empty() const noexcept { return first_ == frames_.size(); }
  // Bytes not written yet.
  std::size_t bytes() const noexcept { return bytes_; }
  // Of these, those of the longest frame. Looks at every frame.
  std::size_t longest() const noexcept;

  void push(frame_ptr ready);
  // Fills `into` from the front of the queue; returns how many buffers it filled. They are valid until the queue changes.
  std::size_t gather(std::span<iovec> into) const noexcept;
  // That many bytes of the front are written. REQUIRES: count <= bytes().
  void written(std::size_t count) noexcept;
  // Forgets all but the frame whose first bytes are already out: without its rest the peer could not read on.
  void drop_unstarted() noexcept;
  void clear() noexcept;

 private:
  byte_count& total_;
  std::vector<frame_ptr> frames_;
  std::size_t first_ = 0;    // frames_ before it are written
  std::size_t started_ = 0;  // bytes of frames_[first_] that are written
  std::size_t bytes_ = 0;
};

}  // namespace tidewire::transport
