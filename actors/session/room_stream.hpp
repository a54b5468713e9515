// The actor around room_stream_state. Temporary: when it dies its response ends, and the reader comes back to a new one.
#pragma once

#include <memory>

#include "actors/engine.hpp"
#include "actors/session/room_stream_state.hpp"
#include "actors/session/session_link.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class room_stream : public actor_base<session_actor::base>, private room_stream_port {
 public:
  // `own` outlives the actor.
  room_stream(caf::actor_config& config, engine& own, std::shared_ptr<session_link> link, room_stream_wish wish);

  behavior_type make_behavior() override;

 private:
  void drop_state() override;

  void hear(const inbound_message&) {}  // readers send nothing
  void hear(const subscription_ended&) { state_->on_lost(); }
  void hear(const broadcaster_restarted&) { state_->on_lost(); }
  void hear(const fell_behind&) {}  // a reader misses nothing: who is too slow is disconnected, and comes back
  void hear(const end_connection_ptr& whom);
  void hear(const describe_session& question) { question.reply->answer(state_->describe()); }
  void hear(session_tick) { state_->tick(); }
  void hear(connection_closed) { quit(); }
  void hear(outbox_drained) { state_->on_drained(); }
  void hear(const peer_progress&) {}  // is not asked for: a reader sends no pongs

  std::int64_t now_s() const override;
  std::int64_t steady_ms() const override;
  void tick_after(std::uint32_t ms) override;
  std::uint32_t random_below(std::uint32_t bound) override;
  void subscribe(ticket which, const std::string& room, subscribe_request request) override;
  void detach(const std::string& room) override;
  void send(const std::string& events) override;
  void beat(const std::string& events) override;
  void tell_when_drained() override;
  void close(close_code code) override;

  engine& own_;
  std::shared_ptr<session_link> link_;
  room_stream_wish wish_;
  const std::string user_;
  const session_id id_;
  role_ref<directory_actor> directory_;
  role_ref<broadcaster_actor> broadcaster_;
  std::unique_ptr<room_stream_state> state_;
};

}  // namespace tidewire
