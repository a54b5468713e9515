#include "actors/room/entity.hpp"

#include <utility>

#include "actors/supervision/fault_switch.hpp"
#include "schemas/apply.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

entity::entity(caf::actor_config& config, const limits& limit, entity_ptr document)
    : actor_base(config, {.kind = "entity"}), limit_(limit), document_(std::move(document)) {}

entity::behavior_type entity::make_behavior() {
  return {
      [this](const apply_change_ptr& change) { apply(*change); },
      [this](const entity_ptr& accepted) { document_ = accepted; },
      [this](retire_atom) { quit(); },
  };
}

void entity::apply(const apply_change& change) const {
  publish_trace::pass(change.what, "apply");
  fault_switch::pass("entity", *change.what->key);
  const auto& current = change.base ? *change.base : document_;
  auto outcome = tidewire::apply(*change.what, current.get(), change.epoch, limit_);
  if (!outcome) return change.reply->answer(fail(outcome.error().code, std::move(outcome.error().detail)));
  change.reply->answer(proposal{outcome->removed, std::move(outcome->data), std::move(outcome->tags), current});
}

}  // namespace tidewire
