// The actor around quarantine_state. If it dies, what it was setting aside is answered "unavailable" (it may be kept or not), and the
// responders it held answer 503.
#pragma once

#include <optional>
#include <string>

#include "actors/engine.hpp"
#include "actors/quarantine/quarantine_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class quarantine : public actor_base<quarantine_actor::base>, private quarantine_port {
 public:
  // `own` outlives the actor.
  quarantine(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  void drop_state() override { state_.reset(); }

  std::int64_t now_ms() const override;
  std::int64_t steady_ms() const override;
  std::string new_id() override;
  void keep(ticket which, bool in_memory, storage::dead_record record, bool sync) override;
  void discard(ticket which, bool in_memory, const std::string& id) override;
  void find(ticket which, const std::string& id) override;
  void list(ticket which, const std::string& after, storage::page_limit limit) override;
  void publish(ticket which, const std::string& room, publish_request request) override;
  template <class Change>
  void change(ticket which, bool in_memory, Change what);

  engine& own_;
  role_ref<directory_actor> directory_;
  role_ref<reader_actor> reader_;
  std::optional<quarantine_state> state_;  // nothing when the actor has ended
};

}  // namespace tidewire
