#include "actors/supervision/supervisor_state.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidewire {

child_number supervisor_state::add(std::string id, restart_kind kind, bool dynamic) {
  const auto number = next_number_++;
  const auto added =
      children_.emplace_hint(children_.end(), number, supervised_child{.id = std::move(id), .kind = kind, .dynamic = dynamic});
  [[maybe_unused]] const auto fresh = numbers_.emplace(added->second.id, number).second;
  assert(fresh);
  return number;
}

std::optional<child_number> supervisor_state::find(std::string_view id) const {
  const auto found = numbers_.find(id);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

supervisor_actions supervisor_state::take_actions() { return std::exchange(actions_, {}); }

// ---- requests

supervisor_actions supervisor_state::start_all() {
  group_from_ = 0;
  start_group();
  return take_actions();
}

supervisor_actions supervisor_state::stop_all() {
  end(verb::finish);
  return take_actions();
}

supervisor_actions supervisor_state::start(child_number number) {
  assert(!busy());
  begin_start(number, children_.at(number));
  return take_actions();
}

supervisor_actions supervisor_state::stop(child_number number) {
  if (ending_) return {};
  auto& child = children_.at(number);
  child.wanted = child.start_again = false;
  if (child.phase == child_phase::running) {
    begin_stop(number, child);
  } else if (child.phase != child_phase::stopping) {
    ended(number);
  }
  return take_actions();
}

supervisor_actions supervisor_state::restart(child_number number) {
  if (ending_) return {};
  auto& child = children_.at(number);
  child.wanted = true;
  if (in_group(number)) return {};  // the group starts it
  if (child.phase == child_phase::stopping) {
    child.start_again = true;
  } else if (child.phase != child_phase::running) {
    begin_start(number, child);
  } else if (policy_.strategy == restart_strategy::one_for_one) {
    child.start_again = true;
    begin_stop(number, child);
  } else {
    restart_group(policy_.strategy == restart_strategy::one_for_all ? 0 : number, std::chrono::milliseconds{0});
  }
  return take_actions();
}

// ---- reports

supervisor_actions supervisor_state::started(child_number number, time_point now) {
  auto& child = children_.at(number);
  child.phase = child_phase::running;
  child.started_at = now;
  if (group_starting_) start_group();
  return take_actions();
}

supervisor_actions supervisor_state::start_failed(child_number number, time_point now) {
  auto& child = children_.at(number);
  child.phase = child_phase::stopped;
  child.started_at = now;
  if (child.dynamic && child.starts == 1) {
    forget(number);  // it never came to be: whoever asked for it is told
  } else if (child.kind == restart_kind::temporary) {
    ended(number);
  } else {
    // Those of its group that were started before it are up and stay so.
    if (in_group(number) && policy_.strategy == restart_strategy::rest_for_one) group_from_ = number;
    retry(number, now, false);
    if (policy_.strategy != restart_strategy::one_for_one) return take_actions();
  }
  if (group_starting_) start_group();
  return take_actions();
}

supervisor_actions supervisor_state::exited(child_number number, bool normally, time_point now) {
  auto& child = children_.at(number);
  const auto asked = child.phase == child_phase::stopping;
  child.phase = child_phase::stopped;
  if (ending_) {
    forget(number);
    stop_next();
  } else if (in_group(number)) {
    if (child.kind == restart_kind::temporary || (child.dynamic && !child.wanted)) forget(number);
    stop_group();
  } else if (asked && child.start_again) {
    child.start_again = false;
    begin_start(number, child);
  } else if (asked || child.kind == restart_kind::temporary || (child.kind == restart_kind::transient && normally)) {
    ended(number);
  } else {
    retry(number, now, true);
  }
  return take_actions();
}

supervisor_actions supervisor_state::timer_fired(child_number number, std::uint64_t timer) {
  if (ending_) return {};
  if (number == 0) {
    if (group_from_ && timer == group_timer_) start_group();
  } else if (const auto found = children_.find(number); found != children_.end()) {
    auto& child = found->second;
    if (child.phase == child_phase::waiting && child.timer == timer) begin_start(number, child);
  }
  return take_actions();
}

// ---- one child

void supervisor_state::begin_start(child_number number, supervised_child& child) {
  child.phase = child_phase::starting;
  child.wanted = true;
  ++child.starts;
  emit(verb::start, number);
}

void supervisor_state::begin_stop(child_number number, supervised_child& child) {
  child.phase = child_phase::stopping;
  emit(verb::stop, number);
}

void supervisor_state::begin_wait(child_number number, supervised_child& child, std::chrono::milliseconds delay) {
  child.phase = child_phase::waiting;
  child.timer = next_timer_++;
  actions_.push_back({.what = verb::wait, .child = number, .timer = child.timer, .delay = delay});
}

// The child is down and must be up. After a failed start that is never tried at once: the one before has just been.
void supervisor_state::retry(child_number number, time_point now, bool may_start_now) {
  if (!admit_restart(now)) return end(verb::escalate);
  auto& child = children_.at(number);
  const auto delay = next_delay(child, now);
  switch (policy_.strategy) {
    case restart_strategy::one_for_one:
      if (may_start_now && delay.count() == 0) return begin_start(number, child);
      return begin_wait(number, child, delay);
    case restart_strategy::rest_for_one: return restart_group(number, delay);
    case restart_strategy::one_for_all: return restart_group(0, delay);
  }
}

// The child is down and stays so.
void supervisor_state::ended(child_number number) {
  auto& child = children_.at(number);
  child.phase = child_phase::stopped;
  if (child.dynamic || child.kind == restart_kind::temporary) forget(number);
}

void supervisor_state::forget(child_number number) {
  const auto found = children_.find(number);
  numbers_.erase(found->second.id);
  children_.erase(found);
  emit(verb::forget, number);
}

bool supervisor_state::admit_restart(time_point now) {
  while (!restarts_.empty() && now - restarts_.front() >= policy_.period) restarts_.pop_front();
  restarts_.push_back(now);
  return restarts_.size() <= policy_.max_restarts;
}

std::chrono::milliseconds supervisor_state::next_delay(supervised_child& child, time_point now) const {
  if (now - child.started_at >= policy_.period) child.failures = 0;
  const auto before = child.failures++;
  if (before == 0) return std::chrono::milliseconds{0};
  auto delay = policy_.backoff_initial;
  for (std::uint32_t doubled = 1; doubled < before && delay < policy_.backoff_max; ++doubled) delay *= 2;
  return std::min(delay, policy_.backoff_max);
}

// ---- a group

void supervisor_state::restart_group(child_number from, std::chrono::milliseconds delay) {
  group_from_ = std::min(from, group_from_.value_or(from));
  group_delay_ = std::max(group_delay_, delay);
  group_starting_ = false;
  group_timer_ = 0;
  down_from_ = past_all;
  stop_group();
}

// Stops the last one that runs; when none does, waits, then starts.
void supervisor_state::stop_group() {
  auto next = children_.lower_bound(down_from_);
  while (next != children_.begin() && std::prev(next)->first >= *group_from_) {
    --next;
    auto& [number, child] = *next;
    if (child.phase == child_phase::stopping) return;
    if (child.phase == child_phase::running) return begin_stop(number, child);
    child.phase = child.wanted ? child_phase::waiting : child_phase::stopped;
    down_from_ = number;
  }
  if (group_delay_.count() == 0) return start_group();
  group_timer_ = next_timer_++;
  actions_.push_back({.what = verb::wait, .timer = group_timer_, .delay = group_delay_});
}

// Starts the next one that is wanted; started and start_failed come back here for the one after it.
void supervisor_state::start_group() {
  if (!group_starting_) {
    group_starting_ = true;
    group_delay_ = std::chrono::milliseconds{0};
    up_to_ = *group_from_;
  }
  for (auto next = children_.lower_bound(up_to_); next != children_.end(); ++next) {
    auto& [number, child] = *next;
    up_to_ = number + 1;
    const auto down = child.phase == child_phase::stopped || child.phase == child_phase::waiting;
    if (down && child.wanted) return begin_start(number, child);
  }
  group_from_.reset();
  group_starting_ = false;
}

// ---- the end

void supervisor_state::end(verb how) {
  if (ending_) return;
  ending_ = how;
  group_from_.reset();
  group_starting_ = false;
  if (policy_.strategy == restart_strategy::one_for_one) {
    for (auto next = children_.rbegin(); next != children_.rend(); ++next) {
      if (next->second.dynamic && next->second.phase == child_phase::running) begin_stop(next->first, next->second);
    }
  }
  stop_next();
}

void supervisor_state::stop_next() {
  while (!children_.empty()) {
    auto& [number, child] = *children_.rbegin();
    if (child.phase == child_phase::stopping) return;
    if (child.phase == child_phase::running) return begin_stop(number, child);
    forget(number);
  }
  emit(*ending_, 0);
}

}  // namespace tidewire
