// The threads that own the sockets: each runs its own event loop, and whatever lives on one is touched by no other.
// A plain executor for other layers: no Asio shows here.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "transport/slow_peers.hpp"

namespace tidewire::transport {

class io_thread;

class io_threads {
 public:
  // Starts them. REQUIRES: count > 0.
  explicit io_threads(std::size_t count);
  // Stops them. Who posts to them, or holds sockets on them (server), must be gone before.
  ~io_threads();
  io_threads(const io_threads&) = delete;
  io_threads& operator=(const io_threads&) = delete;

  std::size_t size() const noexcept { return threads_.size(); }
  // Runs the job on that thread, after the jobs posted before by the caller; never inside this call. The job must not block or throw. Free
  // of threads.
  void post(std::size_t thread, std::function<void()> job);
  // Runs the jobs that are posted already, then ends the threads. Later jobs never run. Not to be called on one of them.
  void stop();

  // Of all threads together. Free of threads.
  slow_peers slow() const noexcept;
  std::size_t queued_bytes() const noexcept;  // waiting for peers

  io_thread& at(std::size_t thread) noexcept { return *threads_[thread]; }

 private:
  std::vector<std::unique_ptr<io_thread>> threads_;
};

}  // namespace tidewire::transport
