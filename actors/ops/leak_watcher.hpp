// Looks at what may leak, on a thread of its own, and says in the log what is suspected (component "operations").
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/ops/leak_watch.hpp"
#include "actors/ops/work_thread.hpp"

namespace tidewire {

class leak_watcher {
 public:
  // `look` is called about twenty times in each window, at most once a second, from start() on; not at all if the options say so.
  leak_watcher(leak_options options, std::function<std::vector<leak_reading>()> look);
  leak_watcher(const leak_watcher&) = delete;
  leak_watcher& operator=(const leak_watcher&) = delete;

  void start();

  const leak_options& options() const noexcept { return options_; }
  // As of the last look. Any thread.
  std::vector<leak_standing> standings() const;

 private:
  void tick();

  const leak_options options_;
  const std::function<std::vector<leak_reading>()> look_;
  mutable std::mutex mutex_;
  leak_watch watch_;
  std::int64_t due_ms_ = 0;
  std::optional<work_thread> thread_;  // the last member: it ends before what it uses
};

}  // namespace tidewire
