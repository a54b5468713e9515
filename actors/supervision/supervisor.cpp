#include "actors/supervision/supervisor.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message_id.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <exception>

#include "actors/supervision/actor_error.hpp"
#include "actors/supervision/log.hpp"

namespace tidewire {
namespace {

// Ahead of all mail that waits for it.
void kill(const caf::actor& victim) {
  const auto now = caf::make_message_id(caf::message_priority::high);
  victim->enqueue(nullptr, now, caf::make_message(caf::exit_msg{victim.address(), caf::exit_reason::kill}), nullptr);
}

// Who waits for that child, and waits no longer.
template <class Awaiting>
auto take(Awaiting& from, child_number number) {
  const auto found = from.extract(number);
  return found ? std::move(found.mapped()) : typename Awaiting::mapped_type{};
}

}  // namespace

child_spec supervisor_child(supervisor_spec spec, restart_kind kind) {
  auto id = spec.name;
  return {.id = std::move(id),
          .kind = kind,
          .start = [spec = std::move(spec)](
                       const start_context& context) { return caf::actor_cast<caf::actor>(context.system.spawn<supervisor>(spec)); },
          .shutdown_timeout = std::nullopt,
          .supervisor = true};
}

supervisor::supervisor(caf::actor_config& config, supervisor_spec spec)
    : actor_base(config, {.kind = "supervisor", .name = "supervisor " + spec.name}),
      state_(spec.policy),
      restarts_(actor_restarts_of(spec.name)),
      observer_(std::move(spec.observer)) {
  set_down_handler([this](caf::down_msg& down) { on_down(down); });
  set_exit_handler([this](caf::exit_msg& message) { on_exit_message(message); });
  for (auto& child : spec.children) adopt(std::move(child), false);
  carry_out(state_.start_all());
}

supervisor::behavior_type supervisor::make_behavior() {
  behaving_ = true;
  if (over_) quit(exit_reason_);
  return {
      [this](start_child& request) { on_start_child(request); },
      [this](const stop_child& request) { on_stop_child(request); },
      [this](const restart_child& request) { on_restart_child(request); },
      [this](const which_children& request) { request.reply->answer(list(children_.size())); },
      [this](const look_at_children& request) {
        request.reply->answer(children_seen{list(request.max), children_.size()});
      },
      [this](const supervisor_tick&) { on_tick(); },
  };
}

child_number supervisor::adopt(child_spec spec, bool dynamic) {
  const auto number = state_.add(spec.id, spec.kind, dynamic);
  children_.emplace(number,
                    record{.start = std::make_unique<const decltype(spec.start)>(std::move(spec.start)),
                           .shutdown_ms = static_cast<std::uint32_t>(spec.shutdown_timeout.value_or(std::chrono::milliseconds{}).count()),
                           .takes_its_time = !spec.shutdown_timeout,
                           .supervisor = spec.supervisor});
  return number;
}

// ---- actions

// Reports made while carrying out an action add actions behind those that are due already.
void supervisor::carry_out(supervisor_actions actions) {
  to_do_.insert(to_do_.end(), actions.begin(), actions.end());
  if (std::exchange(working_, true)) return;
  while (!to_do_.empty()) {
    const auto action = to_do_.front();
    to_do_.pop_front();
    carry_out(action);
  }
  working_ = false;
}

void supervisor::carry_out(const supervisor_action& action) {
  using verb = supervisor_action::verb;
  switch (action.what) {
    case verb::start: return start(action.child);
    case verb::stop: return stop(action.child);
    case verb::wait: return schedule(action.delay, {.number = action.child, .timer = action.timer, .stop_attempt = 0});
    case verb::forget: return forget(action.child);
    case verb::finish: return end_with(std::move(exit_reason_));
    case verb::escalate:
      log_of("supervision").error("too many restarts, giving up: actor=\"{}\" id={}", name(), id());
      return end_with(make_error(actor_error::too_many_restarts, name()));
  }
}

// Who still waits for it hears "unavailable".
void supervisor::forget(child_number number) {
  children_.erase(number);
  awaiting_start_.erase(number);
  awaiting_stop_.erase(number);
}

void supervisor::start(child_number number) {
  auto& child = children_.at(number);
  const auto incarnation = state_.at(number).starts;
  caf::actor handle;
  std::string problem = "its start function returned no handle";
  try {
    handle = (*child.start)({system(), id_of(number), incarnation});
  } catch (...) {
    problem = describe(crash_reason(std::current_exception()));
  }
  if (!handle) {
    log_of("supervision")
        .error("child did not start: actor=\"{}\" child=\"{}\" incarnation={} reason=\"{}\"", name(), id_of(number), incarnation, problem);
    for (const auto& reply : take(awaiting_start_, number)) reply->answer(fail(errc::internal, problem));
    return carry_out(state_.start_failed(number, clock().now()));
  }
  monitor(handle);
  running_.emplace(handle.id(), number);
  if (incarnation > 1) {
    restarts_.fetch_add(1, std::memory_order_relaxed);
    actor_registry::tell(handle, incarnation - 1, child.last_error ? *child.last_error : std::string());
  }
  if (state_.at(number).kind == restart_kind::temporary) child.start.reset();
  child.handle = std::move(handle);
  if (observer_) observer_->child_started(id_of(number), child.handle, incarnation);
  for (const auto& reply : take(awaiting_start_, number)) reply->answer(child.handle);
  carry_out(state_.started(number, clock().now()));
}

// Behind the mail that waits for the child already: it may finish its work.
void supervisor::stop(child_number number) {
  auto& child = children_.at(number);
  child.stop_attempt = next_stop_attempt_++;
  caf::anon_send_exit(child.handle, caf::exit_reason::user_shutdown);
  if (!child.takes_its_time) {
    schedule(std::chrono::milliseconds(child.shutdown_ms), {.number = number, .timer = 0, .stop_attempt = child.stop_attempt});
  }
}

void supervisor::kill_late(const due& entry) {
  const auto found = children_.find(entry.number);
  if (found == children_.end() || found->second.stop_attempt != entry.stop_attempt) return;
  log_of("supervision").warn("child did not stop in time, killing it: actor=\"{}\" child=\"{}\"", name(), id_of(entry.number));
  kill(found->second.handle);
}

void supervisor::end_with(caf::error reason) {
  over_ = true;
  exit_reason_ = std::move(reason);
  if (behaving_) quit(exit_reason_);
}

void supervisor::drop_state() {
  for (const auto& [id, number] : running_) {
    const auto& child = children_.at(number);
    if (observer_) observer_->child_died(id_of(number), state_.at(number).starts, caf::exit_reason::kill);
    kill(child.handle);
  }
  running_.clear();
  children_.clear();
  awaiting_start_.clear();
  awaiting_stop_.clear();
  schedule_.clear();
  observer_.reset();
}

// ---- time

// One delayed message is under way for the earliest entry, however many there are.
void supervisor::schedule(std::chrono::milliseconds delay, due entry) {
  const auto at = clock().now() + delay;
  schedule_.emplace(at, entry);
  if (at >= next_tick_) return;
  next_tick_ = at;
  scheduled_anon_send(caf::actor_cast<supervisor_actor>(ctrl()), at, supervisor_tick{});
}

void supervisor::on_tick() {
  const auto now = clock().now();
  while (!schedule_.empty() && schedule_.begin()->first <= now) {
    const auto entry = schedule_.begin()->second;
    schedule_.erase(schedule_.begin());
    if (entry.stop_attempt != 0) {
      kill_late(entry);
    } else {
      carry_out(state_.timer_fired(entry.number, entry.timer));
    }
  }
  if (next_tick_ > now) return;  // an earlier tick; the one for the rest is still under way
  next_tick_ = schedule_.empty() ? time_point::max() : schedule_.begin()->first;
  if (!schedule_.empty()) scheduled_anon_send(caf::actor_cast<supervisor_actor>(ctrl()), next_tick_, supervisor_tick{});
}

// ---- what happens to children

void supervisor::on_down(const caf::down_msg& down) {
  const auto found = running_.find(down.source.id());
  if (found == running_.end()) return;
  const auto number = found->second;
  running_.erase(found);
  auto& child = children_.at(number);
  const auto normally = ended_normally(down.reason);
  if (!normally) {
    log_of("supervision").warn("child died: actor=\"{}\" child=\"{}\" reason=\"{}\"", name(), id_of(number), describe(down.reason));
  }
  if (!normally) child.last_error = std::make_unique<const std::string>(describe(down.reason));
  child.handle = nullptr;
  child.stop_attempt = 0;
  if (observer_) observer_->child_died(id_of(number), state_.at(number).starts, down.reason);
  for (const auto& reply : take(awaiting_stop_, number)) reply->answer(child_stopped{id_of(number)});
  carry_out(state_.exited(number, normally, clock().now()));
}

void supervisor::on_exit_message(caf::exit_msg& message) {
  if (state_.ending()) return;
  exit_reason_ = std::move(message.reason);
  carry_out(state_.stop_all());
}

// ---- requests

void supervisor::on_start_child(start_child& request) {
  const auto refuse = [&](errc code, std::string detail) {
    if (request.reply) request.reply->answer(fail(code, std::move(detail)));
  };
  if (state_.busy()) return refuse(errc::unavailable, "the supervisor is restarting or stopping its children");
  if (state_.find(request.spec.id)) return refuse(errc::conflict, "there is a child with the id " + request.spec.id);
  const auto number = adopt(std::move(request.spec), true);
  if (request.reply) awaiting_start_[number].push_back(std::move(request.reply));
  carry_out(state_.start(number));
}

void supervisor::on_stop_child(const stop_child& request) {
  const auto number = state_.find(request.id);
  if (!number) {
    if (request.reply) request.reply->answer(fail(errc::unknown_room, "there is no child with the id " + request.id));
    return;
  }
  auto& child = children_.at(*number);
  if (child.handle) {
    if (request.reply) awaiting_stop_[*number].push_back(request.reply);
  } else if (request.reply) {
    request.reply->answer(child_stopped{request.id});
  }
  carry_out(state_.stop(*number));
}

void supervisor::on_restart_child(const restart_child& request) {
  const auto number = state_.find(request.id);
  if (!number) {
    if (request.reply) request.reply->answer(fail(errc::unknown_room, "there is no child with the id " + request.id));
    return;
  }
  if (request.reply) awaiting_start_[*number].push_back(request.reply);
  carry_out(state_.restart(*number));
}

std::vector<child_info> supervisor::list(std::size_t max) const {
  std::vector<child_info> infos;
  infos.reserve(std::min(max, children_.size()));
  for (const auto& [number, known] : state_.children()) {
    if (infos.size() >= max) break;
    const auto& child = children_.at(number);
    infos.push_back({.id = known.id,
                     .kind = known.kind,
                     .phase = known.phase,
                     .restarts = known.starts > 0 ? known.starts - 1 : 0,
                     .supervisor = child.supervisor,
                     .handle = child.handle,
                     .last_error = child.last_error ? *child.last_error : std::string()});
  }
  return infos;
}

}  // namespace tidewire
