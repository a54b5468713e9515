#include "actors/ops/leak_watcher.hpp"

#include <chrono>
#include <utility>

#include "actors/supervision/log.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t looks = 20;  // in each window

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void tell(const leak_standing& of) {
  if (of.suspected)
    log_of("operations")
        .warn("it grows and does not stop: component={} baseline={} now={} windows={}", of.component, of.baseline, of.peak, of.grown);
  else
    log_of("operations").info("it does not grow any more: component={} now={}", of.component, of.now);
}

}  // namespace

leak_watcher::leak_watcher(leak_options options, std::function<std::vector<leak_reading>()> look)
    : options_(options), look_(std::move(look)), watch_(options) {}

void leak_watcher::start() {
  if (options_.window_s > 0) thread_.emplace([this] { tick(); });
}

std::vector<leak_standing> leak_watcher::standings() const {
  const std::lock_guard lock(mutex_);
  return watch_.standings();
}

void leak_watcher::tick() {
  const auto now = steady_ms();
  if (now < due_ms_) return;
  due_ms_ = now + std::int64_t{options_.window_s} * 1'000 / looks;
  const auto readings = look_();
  std::vector<leak_standing> changed;
  {
    const std::lock_guard lock(mutex_);
    changed = watch_.read(now, readings);
  }
  for (const auto& each : changed) tell(each);
}

}  // namespace tidewire
