// One I/O thread: an event loop, the ring of its writers, and the buffer that all its sockets are read into, one after the other.
#pragma once

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#include "transport/flush_ring.hpp"

namespace tidewire::transport {

class io_thread {
 public:
  explicit io_thread(std::size_t index);
  ~io_thread() { stop(); }
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  std::size_t index() const noexcept { return index_; }
  boost::asio::io_context& context() noexcept { return context_; }
  // Shared by every socket of the thread: what is read must be used up or copied before the handler returns.
  std::span<char> read_buffer() noexcept { return read_buffer_; }
  // Connections that have frames to write. To be used on this thread alone.
  flush_ring& ring() noexcept { return ring_; }
  // See io_threads::stop().
  void stop();

 private:
  void run();

  std::size_t index_;
  std::vector<char> read_buffer_;
  flush_ring ring_;  // outlives the loop, whose handlers own the connections
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace tidewire::transport
