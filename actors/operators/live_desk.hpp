// The actor around live_rooms_state.
#pragma once

#include <optional>
#include <string>

#include "actors/engine.hpp"
#include "actors/operators/live_desk_actor.hpp"
#include "actors/operators/live_rooms_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class live_desk : public actor_base<live_desk_actor::base>, private live_port {
 public:
  // `own` outlives the actor.
  live_desk(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  void drop_state() override { state_.reset(); }

  void find_watched() override;
  void count_audience(ticket which, const std::string& room) override;
  void look(ticket which, const live_view& what) override;
  void publish(ticket which, const std::string& room, std::string document) override;
  void wake_after(std::uint32_t ms) override;
  std::string log_after(std::uint64_t& last) override;
  std::uint64_t last_line() const override;

  engine& own_;
  role_ref<directory_actor> directory_;
  role_ref<broadcaster_actor> broadcaster_;
  role_ref<operator_desk_actor> operators_;
  role_ref<session_desk_actor> sessions_;
  std::optional<live_rooms_state> state_;  // nothing when the actor has ended
};

}  // namespace tidewire
