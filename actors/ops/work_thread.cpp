#include "actors/ops/work_thread.hpp"

#include <chrono>
#include <utility>

namespace tidewire {

work_thread::work_thread(std::function<void()> tick) : tick_(std::move(tick)), thread_([this] { run(); }) {}

work_thread::~work_thread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool work_thread::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= jobs_max) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void work_thread::run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::seconds(1), [this] { return ending_ || !jobs_.empty(); });
      if (ending_) return;
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    if (job)
      job();
    else if (tick_)
      tick_();
  }
}

}  // namespace tidewire
