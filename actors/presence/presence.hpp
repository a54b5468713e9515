// The actor around presence_state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/engine.hpp"
#include "actors/presence/presence_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class presence : public actor_base<presence_actor::base>, private presence_port {
 public:
  // `own` outlives the actor.
  presence(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  void drop_state() override;

  std::int64_t steady_ms() const override;
  void tick_after(std::uint32_t ms) override;
  void publish(ticket which, const std::string& room, publish_request request) override;
  void read_states(ticket which, const std::string& prefix, const std::string& after_room, const std::string& after_key) override;
  void say_left(const std::string& room, const client_info& who) override;

  engine& own_;
  role_ref<directory_actor> directory_;
  role_ref<broadcaster_actor> broadcaster_;
  std::optional<presence_state> state_;  // nothing when the actor has ended
};

}  // namespace tidewire
