// A thread for work that blocks: jobs one after the other. What still waits when it ends is dropped.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tidewire {

class work_thread {
 public:
  // `tick` is called there about once a second, between jobs; may be empty.
  explicit work_thread(std::function<void()> tick = {});
  // Waits for the job under way.
  ~work_thread();
  work_thread(const work_thread&) = delete;
  work_thread& operator=(const work_thread&) = delete;

  // Any thread. False: so many wait already, and nothing has happened.
  bool post(std::function<void()> job);

  static constexpr std::size_t jobs_max = 64;

 private:
  void run();

  const std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tidewire
