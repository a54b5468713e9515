// Reads from the stores for whoever asks, one after the other. Blocking, so it runs on a thread of its own; there are several, and a room
// always asks the same one.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/store/listing_cache.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class reader : public actor_base<reader_actor::base> {
 public:
  // All outlive the actor.
  reader(caf::actor_config& config, const storage::store& disk, const storage::store& memory, memory_account& held);

  behavior_type make_behavior() override;

 private:
  const storage::store& disk_;
  const storage::store& memory_;
  listing_cache listings_;
};

}  // namespace tidewire
