// The actor around expirer_state: one for the rooms on disk, one for those in memory.
#pragma once

#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "actors/supervision/actor_base.hpp"
#include "actors/world/expirer_state.hpp"

namespace tidewire {

class expirer : public actor_base<expirer_actor::base>, private expirer_port {
 public:
  // `own` outlives the actor.
  expirer(caf::actor_config& config, engine& own, bool memory);

  behavior_type make_behavior() override;

 private:
  void tick();

  std::int64_t now_ms() const override;
  std::int64_t steady_ms() const override;
  void find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) override;
  void publish(ticket which, const std::string& room, operation what) override;

  const bool memory_;
  role_ref<reader_actor> reader_;
  role_ref<directory_actor> directory_;
  expirer_state state_;
};

}  // namespace tidewire
