// How many connections a server has, against its limit. Free of threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace tidewire::transport {

class connection_count {
 public:
  explicit connection_count(std::size_t max) noexcept : max_(max) {}

  // False: the limit is reached.
  bool add() {
    const std::lock_guard lock(mutex_);
    if (now_ >= max_) return false;
    ++now_;
    return true;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--now_ == 0) none_.notify_all();
  }
  std::size_t now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  // True: there are none now.
  bool wait_none(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, timeout, [this] { return now_ == 0; });
  }

 private:
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t now_ = 0;
};

}  // namespace tidewire::transport
