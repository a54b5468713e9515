// A deterministic actor system for tests: nothing runs until run() is called, time stands still until advance() moves it.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actors/supervision/pending_reply.hpp"
#include "actors/supervision/role_table.hpp"
#include "actors/supervision/supervisor.hpp"

namespace tidewire::testing {

struct ask {
  reply_ptr<int> reply;
};

}  // namespace tidewire::testing

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::testing::ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::result<int>)

namespace tidewire::testing {

struct config : caf::actor_system_config {
  explicit config(const std::string& policy) {
    set("scheduler.policy", caf::atom_from_string(policy));
    set("scheduler.max-threads", std::size_t{2});
    set("scheduler.max-throughput", std::size_t{100});  // else an actor that keeps writing to itself never lets go of its thread
  }
};

class stage {
 public:
  stage() : config_("testing"), system(config_), scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {
    system.await_actors_before_shutdown(false);
  }
  ~stage() {
    for (const auto& each : ends_) caf::anon_send_exit(each, caf::exit_reason::kill);
    run();
  }
  void run() {
    while (scheduler_.try_run_once()) {}
  }
  void advance(std::chrono::milliseconds by) {
    scheduler_.advance_time(by);
    run();
  }
  // Ended with the stage.
  template <class Actor, class... Parts>
  auto spawn(Parts&&... parts) {
    auto handle = system.spawn<Actor>(std::forward<Parts>(parts)...);
    ends_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

 private:
  config config_;
  std::vector<caf::actor> ends_;

 public:
  caf::actor_system system;

 private:
  caf::scheduler::test_coordinator& scheduler_;
};

using history = std::shared_ptr<std::string>;

// "+id" when it starts, "-id" when it ends; does what it is told.
class worker : public actor_base<caf::event_based_actor> {
 public:
  worker(caf::actor_config& config, history log, std::string id, bool stubborn)
      : actor_base(config, {.kind = "worker", .name = "worker " + id}), log_(std::move(log)), id_(std::move(id)) {
    *log_ += "+" + id_ + " ";
    if (stubborn) set_exit_handler([](caf::exit_msg&) {});
  }
  caf::behavior make_behavior() override {
    return {
        [this](const std::string& order) {
          if (order == "crash") throw std::runtime_error("boom");
          if (order == "throw 5") throw 5;
          if (order == "finish") quit();
        },
        [this](const ask& request) { held_.push_back(request.reply); },
        [this](int answer) {
          for (const auto& reply : std::exchange(held_, {})) reply->answer(answer);
        },
    };
  }

 private:
  void drop_state() override {
    *log_ += "-" + id_ + " ";
    held_.clear();
  }

  history log_;
  std::string id_;
  std::vector<reply_ptr<int>> held_;
};

inline child_spec worker_spec(const history& log, const std::string& id, restart_kind kind = restart_kind::permanent,
                              bool stubborn = false) {
  return {.id = id,
          .kind = kind,
          .start = [log, stubborn](const start_context& context) { return context.system.spawn<worker>(log, context.id, stubborn); },
          .shutdown_timeout = std::chrono::milliseconds{100}};
}

// Hears everything and keeps it.
struct heard {
  std::map<std::uint64_t, std::vector<result<int>>> ints;
  std::map<std::uint64_t, std::vector<result<caf::actor>>> actors;
  std::map<std::uint64_t, std::vector<result<child_stopped>>> stops;
  std::vector<child_info> children;
  std::vector<role_changed> roles;
  std::vector<caf::error> deaths;
};

class probe : public actor_base<caf::event_based_actor> {
 public:
  probe(caf::actor_config& config, std::shared_ptr<heard> ears) : actor_base(config, {.kind = "probe"}), ears_(std::move(ears)) {
    set_down_handler([this](caf::down_msg& down) { ears_->deaths.push_back(down.reason); });
  }
  caf::behavior make_behavior() override {
    return {
        [this](std::uint64_t ticket, result<int>& outcome) { ears_->ints[ticket].push_back(std::move(outcome)); },
        [this](std::uint64_t ticket, result<caf::actor>& outcome) { ears_->actors[ticket].push_back(std::move(outcome)); },
        [this](std::uint64_t ticket, result<child_stopped>& outcome) { ears_->stops[ticket].push_back(std::move(outcome)); },
        [this](std::uint64_t, result<std::vector<child_info>>& outcome) { ears_->children = std::move(outcome.value()); },
        [this](role_changed& change) { ears_->roles.push_back(std::move(change)); },
        [this](const caf::actor& watched) { monitor(watched); },
    };
  }

 private:
  std::shared_ptr<heard> ears_;
};

}  // namespace tidewire::testing
