// The actor around broadcaster_state. Its jobs run on the I/O threads; when they are through with a run, they send it drained_atom.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/engine.hpp"
#include "actors/fanout/broadcaster_state.hpp"
#include "actors/operators/live_desk_actor.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class broadcaster : public actor_base<broadcaster_actor::base>, private fanout_port {
 public:
  // `own` outlives the actor. `start` is that of this incarnation, greater than those of earlier ones.
  broadcaster(caf::actor_config& config, engine& own, std::uint64_t start);

  behavior_type make_behavior() override;

 private:
  void drop_state() override { state_.reset(); }

  std::size_t io_threads() const noexcept override;
  void post(std::size_t thread, std::function<void()> job) override;
  std::function<void()> when_drained() override;
  void read_states(ticket which, const std::string& pattern, const std::string& after_room, const std::string& after_key,
                   storage::page_limit limit) override;
  void ask_when_told() override;
  std::uint64_t next_channel() override { return own_.next_channel(); }
  void note_occupied(const std::string& room, bool occupied) override;
  void note_presence(const std::string& room, const client_info& who, bool left) override;
  void note_told(const std::string& room, std::size_t publications, std::size_t deliveries) override;
  std::chrono::steady_clock::time_point now() const noexcept override;
  void wake_at(std::chrono::steady_clock::time_point when) override;

  template <class Atom>
  std::function<void()> note();
  void note_held();

  engine& own_;
  const std::uint64_t start_;
  role_ref<presence_actor> presence_;
  role_ref<lifecycle_actor> lifecycle_;
  role_ref<live_desk_actor> live_desk_;
  std::unique_ptr<broadcaster_state> state_;
  std::uint64_t told_ = 0;  // of its statistics, what the engine knows
  std::uint64_t delivered_ = 0;
};

}  // namespace tidewire
