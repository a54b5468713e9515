// Changes on their way from a room's append until the broadcaster has told them. Who reads the store finds changes there that nobody was
// told of yet; it asks here when all of them have been.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tidewire {

// Free of threads.
class untold {
  struct generation;

 public:
  // While it lives, what it stands for may be in the store without having been told.
  using hold = std::shared_ptr<const generation>;

  hold begin() {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  // Calls the job, perhaps inside this call, when every hold is gone that was begun before; on the thread that let go of the last of them.
  void when_told(std::function<void()> job) {
    auto next = std::make_shared<generation>();
    std::shared_ptr<generation> last;  // goes outside the lock: it may be the end of it
    {
      const std::lock_guard lock(mutex_);
      now_->jobs.push_back(std::move(job));
      now_->next = next;
      last = std::exchange(now_, std::move(next));
    }
  }

 private:
  // Those begun between two questions. It keeps the next one alive, so they end in order.
  struct generation {
    generation() = default;
    generation(const generation&) = delete;
    generation& operator=(const generation&) = delete;
    ~generation() {
      for (const auto& job : jobs) job();
    }
    std::vector<std::function<void()>> jobs;
    std::shared_ptr<generation> next;
  };

  std::mutex mutex_;
  std::shared_ptr<generation> now_ = std::make_shared<generation>();
};

}  // namespace tidewire
