// Commits the changes of all rooms of one store. Everything that waits in its mailbox becomes one batch: a `flush` sent to itself lands
// behind it, so commits group under load without a timer. What need not wait for the disk is written right here; the rest goes to the
// writer, and while that is at work everything else gathers.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/store/journal_state.hpp"
#include "actors/supervision/actor_base.hpp"
#include "actors/supervision/role_table.hpp"

namespace tidewire {

class journal : public actor_base<journal_actor::base> {
 public:
  // `store` and `limit` outlive the actor. Without a writer the store is one that never blocks.
  journal(caf::actor_config& config, storage::store& store, const limits& limit, std::optional<role_ref<writer_actor>> writer = {});

  behavior_type make_behavior() override;

 private:
  void drop_state() override;
  void take(journal_task task);
  void run();
  void hand_over();

  std::optional<role_ref<writer_actor>> writer_;
  std::shared_ptr<journal_state> state_;
  std::vector<journal_task> tasks_;
  bool flush_on_its_way_ = false;
  bool handed_over_ = false;  // the state is the writer's
};

}  // namespace tidewire
