// The actor around session_state: the commands of one connection, strictly in order. Temporary: when it dies its connection is closed, and
// the client comes back to a new one.
#pragma once

#include <memory>
#include <optional>

#include "actors/engine.hpp"
#include "actors/session/gated_outbox.hpp"
#include "actors/session/session_link.hpp"
#include "actors/session/session_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class session : public actor_base<session_actor::base>, private session_port {
 public:
  // `own` outlives the actor.
  session(caf::actor_config& config, engine& own, std::shared_ptr<session_link> link);

  behavior_type make_behavior() override;
  using actor_base::resume;  // by the scheduler; the port's is another

 private:
  void drop_state() override;

  void hear(const inbound_message& message);
  void hear(const subscription_ended& which);
  void hear(const broadcaster_restarted& by);
  void hear(const fell_behind& what);
  void hear(const peer_progress& taken);
  void hear(const end_connection_ptr& whom) { state_->on_end(*whom); }
  void hear(const describe_session& question) { question.reply->answer(state_->describe()); }
  void hear(session_tick);
  void hear(connection_closed);
  void hear(outbox_drained) { state_->on_drained(); }
  void hear(ticket which, const result<published>& outcome);
  void hear(ticket which, result<subscribe_step>& step);
  void hear(ticket which, result<storage::stream_page>& page);
  void hear(ticket which, result<protocol::presence_result>& clients);
  void hear(ticket which, const result<protocol::presence_stats_result>& stats);

  std::int64_t now_s() const override;
  std::int64_t steady_ms() const override;
  void tick_after(std::uint32_t ms) override;
  std::uint32_t random_below(std::uint32_t bound) override;
  void publish(ticket which, const std::string& room, publish_request request) override;
  void subscribe(ticket which, const std::string& room, subscribe_request request) override;
  void resume(ticket which, const std::string& room, resume_request request) override;
  void detach(const std::string& room, std::string reply) override;
  void read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) override;
  void note_resynchronised() override { ++own_.resynchronised; }
  void note_connection(const client_info& who, bool connected) override;
  bool count_user(const std::string& user) override;
  void note_refused_token() override { ++own_.at_doors.refused_credentials; }
  void note_too_fast() override { ++own_.at_doors.too_fast_clients; }
  void ask_presence(ticket which, const std::string& room) override;
  void ask_presence_stats(ticket which, const std::string& room) override;
  transport::outbox_ptr make_gate() override;
  void open_gate(const message_text& first) override;
  void send(const message_text& message) override;
  void send_behind(const std::string& message) override;
  void ping() override;
  void tell_when_drained() override;
  void ask_progress() override;
  void close(close_code code) override;
  void release(std::size_t messages) override;

  void note_state();
  frame_ptr ready(const std::string& message, const shared_parts& shared = {}) const;

  engine& own_;
  std::shared_ptr<session_link> link_;
  std::shared_ptr<gated_outbox> gate_;  // until it is open
  const session_id id_;
  role_ref<directory_actor> directory_;
  role_ref<broadcaster_actor> broadcaster_;
  std::string counted_user_;            // among the connections of that user; empty: not counted
  std::optional<session_state> state_;  // nothing when the actor has ended
};

}  // namespace tidewire
