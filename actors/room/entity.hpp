// The actor that owns one document: says what a change would make of it, and becomes what its room accepted.
// Only its room talks to it, one change at a time, so it needs no order of its own. A change that makes it throw kills it alone;
// the room starts it again from what was accepted.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/supervision/actor_base.hpp"
#include "schemas/footprint.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

class entity : public actor_base<entity_actor::base> {
 public:
  // `document` null: there is none yet. `limit` outlives the actor.
  entity(caf::actor_config& config, const limits& limit, entity_ptr document);

  behavior_type make_behavior() override;

 private:
  void drop_state() override { document_.reset(); }
  std::size_t held_bytes() const noexcept override { return document_ ? bytes_of(*document_) : 0; }
  void apply(const apply_change& change) const;

  const limits& limit_;
  entity_ptr document_;
};

}  // namespace tidewire
