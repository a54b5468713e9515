// The actor around lifecycle_state.
#pragma once

#include <optional>

#include "actors/engine.hpp"
#include "actors/lifecycle/lifecycle_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class lifecycle : public actor_base<lifecycle_actor::base>, private lifecycle_port {
 public:
  // `own` outlives the actor.
  lifecycle(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  void drop_state() override { state_.reset(); }

  void publish(ticket which, const std::string& room, publish_request request) override;
  void wake_after(std::uint32_t ms) override;
  void note_start_told() override { own_.start_told = true; }

  engine& own_;
  role_ref<directory_actor> directory_;
  std::optional<lifecycle_state> state_;  // nothing when the actor has ended
};

}  // namespace tidewire
