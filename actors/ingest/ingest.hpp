// The actor around ingest_state. Temporary: when it dies its request is answered 503, and who sends goes on with the same ids.
#pragma once

#include <memory>

#include "actors/engine.hpp"
#include "actors/ingest/ingest_link.hpp"
#include "actors/ingest/ingest_state.hpp"
#include "actors/supervision/actor_base.hpp"
#include "schemas/arrival.hpp"

namespace tidewire {

class ingest : public actor_base<ingest_actor::base>, private ingest_port {
 public:
  // `own` outlives the actor.
  ingest(caf::actor_config& config, engine& own, std::shared_ptr<ingest_link> link, ingest_wish wish);

  behavior_type make_behavior() override;

 private:
  void drop_state() override;

  void hear(const ingest_bytes& come) { state_->on_bytes(come.bytes); }
  void hear(transport::body_end how) { state_->on_end(how); }
  void hear(ingest_tick);
  void end_if_over();

  std::int64_t now_s() const override;
  std::int64_t steady_ms() const override;
  void note_refusal(errc why) override { count_refusal(own_.at_doors, why); }
  void publish(ticket which, const std::string& room, publish_request request) override;
  void release(std::size_t bytes) override { link_->release(bytes); }
  bool hold(std::size_t bytes) override { return held_.become(&own_.held[memory_part::requests], bytes); }
  void answer(transport::http_response response) override { link_->answer(std::move(response)); }

  engine& own_;
  std::shared_ptr<ingest_link> link_;
  ingest_wish wish_;
  role_ref<directory_actor> directory_;
  arrival held_;
  std::unique_ptr<ingest_state> state_;
};

// Has the supervisor start the actor of a link. On any thread. `own` outlives it.
void start_ingest(engine& own, const std::shared_ptr<ingest_link>& link, ingest_wish wish);

}  // namespace tidewire
