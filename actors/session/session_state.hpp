// One connection of the client protocol (Centrifuge v2): its commands start strictly in order, their replies may overtake each other. Pure;
// session.cpp is the actor around it.
//
//   fresh → connecting → connected → over     (or refused: after an error reply to connect every further command closes the connection)
//
// It is connecting while the server-side subscriptions of its token are under way; further commands wait until the reply to connect.
//
// At most commands_in_flight_max commands are under way; the rest wait, and the messages they came in are not released, so
// that the socket is read no further. What may bring much (pages, recoveries, history) goes one by one, the next when the last is on its
// way to the peer: so what a client asks for never makes it a slow one.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/session/idle_queue.hpp"
#include "actors/session/session_port.hpp"
#include "schemas/access/api_key.hpp"
#include "schemas/access/permissions.hpp"
#include "schemas/options.hpp"

namespace tidewire {

// Where a client whose connection only tells sends its commands: it says both with each of them.
struct emulation_address {
  std::string session;
  std::string node;
};
using emulation_address_ptr = std::shared_ptr<const emulation_address>;  // null: commands come over the connection itself

// Whether it is an operator's connection, over their listener.
enum class operator_entry : std::uint8_t {
  none,
  shows_token,  // when it connects, unless none is asked for
  known         // it has shown it already
};

class session_state {
 public:
  // `who` has the connection's public id, its user comes with the token. `options` and `port` outlive the session.
  session_state(subscriber who, const server_options& options, session_port& port, emulation_address_ptr commands = nullptr);

  // The connection came with that API key, and needs no token. REQUIRES: nothing has arrived yet.
  void came_with(api_key_ptr key) { key_ = std::move(key); }
  void came_as_operator(operator_entry how) noexcept { operator_ = how; }
  void start();
  void on_message(std::string_view message);
  void on_published(ticket which, const result<published>& outcome);
  void on_step(ticket which, result<subscribe_step> step);
  void on_history(ticket which, result<storage::stream_page> page);
  void on_presence(ticket which, result<protocol::presence_result> clients);
  void on_presence_stats(ticket which, const result<protocol::presence_stats_result>& stats);
  // Broadcasters started before that one are gone, with their audiences.
  void on_broadcaster_restarted(std::uint64_t start);
  // The room's history was lost; the client has been told.
  void on_subscription_ended(const std::string& room);
  // The client was too slow for that room, and missed what came after this offset.
  void on_missed(const std::string& room, std::uint64_t after);
  // What was sent is on its way to the peer.
  void on_drained();
  // What the peer has taken, of all that was sent before.
  void on_progress(const peer_progress& taken);
  // A backend wants the connections of that user to end; perhaps this is one of them.
  void on_end(const end_connection& whom);
  void tick();

  // For operators.
  const subscriber_ptr& who() const noexcept { return who_; }
  std::size_t subscriptions() const noexcept { return subscriptions_.size(); }
  session_card describe() const;

  // The connection is over: nobody tells it anything any more. Not before, or a subscription under way would outlive it.
  void leave();

 private:
  static constexpr auto never = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t expiry_grace_s = 25;  // for the client to bring a new token
  enum class stage : std::uint8_t { fresh, connecting, connected, refused, over };
  enum class subscription_stage : std::uint8_t { subscribing, paging, live };
  enum class bulk_stage : std::uint8_t { none, under_way, answered, draining };
  // What most subscriptions do without.
  struct own_terms {
    subscriber_ptr who;             // what the room is told of the client; null: as the connection
    subscription_override instead;  // of the options of the namespace, by its token
    std::int64_t expires_at_s = 0;  // Unix time; 0: never
    bool by_token = false;          // it was let in by a subscription token
  };
  struct subscription {
    subscription_stage at = subscription_stage::subscribing;
    std::uint32_t command_id = 0;      // of the subscribe that went live
    std::uint32_t unsubscribe_id = 0;  // an unsubscribe waits for the subscribe under way
    std::uint64_t broadcaster_start = 0;
    protocol::view_ptr through;        // what it shows; in a page flow the client says so once
    std::unique_ptr<own_terms> terms;  // null: none

    own_terms& make_terms() {
      if (!terms) terms = std::make_unique<own_terms>();
      return *terms;
    }
    std::int64_t expires_at_s() const noexcept { return terms ? terms->expires_at_s : 0; }
    bool by_token() const noexcept { return terms && terms->by_token; }
    bool server_side() const noexcept { return terms && terms->who && terms->who->server_side; }
  };
  struct pending {
    std::uint32_t command_id = 0;
    std::string channel;
    std::int64_t due_ms = 0;
    std::string since_epoch;     // history
    bool only_position = false;  // history
    bool resuming = false;       // what a slow subscription has missed; nobody waits for a reply
    bool bulky = false;
    std::optional<field_mask> readable{};  // history: of documents; nothing: everything
  };
  struct queued {
    protocol::command what;
    bool last = false;  // of its message
  };

  // A connect whose server-side subscriptions are under way.
  struct unanswered_connect {
    std::uint32_t command_id = 0;
    std::size_t wanted = 0;
    std::map<std::string, protocol::subscribe_result> subs;
  };

  void run_queue();
  bool comes_too_early(const protocol::command& command) const;
  bool is_bulky(const protocol::command& command) const;
  void start_command(const protocol::command& command);
  void operator()(std::uint32_t id, const protocol::pong&);
  void operator()(std::uint32_t id, const protocol::connect_command& command);
  void operator()(std::uint32_t id, const protocol::subscribe_command& command);
  void operator()(std::uint32_t id, const protocol::unsubscribe_command& command);
  void operator()(std::uint32_t id, const protocol::publish_command& command);
  void operator()(std::uint32_t id, const protocol::presence_command& command);
  void operator()(std::uint32_t id, const protocol::presence_stats_command& command);
  void operator()(std::uint32_t id, const protocol::history_command& command);
  void operator()(std::uint32_t id, const protocol::rpc_command& command);
  void operator()(std::uint32_t id, const protocol::send_command& command);
  void operator()(std::uint32_t id, const protocol::refresh_command& command);
  void operator()(std::uint32_t id, const protocol::sub_refresh_command& command);
  void operator()(std::uint32_t id, const protocol::ping_command& command);

  token_rules trusted() const noexcept { return trusted_by(options_); }
  result<void> check_permission(const std::string& channel, room_action what, bool for_subscriber) const;
  std::optional<field_mask> readable_history(const std::string& channel) const;
  void introduce(subscription& at, const std::string& channel, bool asks_for_others) const;
  const subscriber_ptr& known_as(const subscription& at) const noexcept { return at.terms && at.terms->who ? at.terms->who : who_; }
  bool admit(std::uint32_t id, const protocol::subscribe_command& command, bool paging, std::unique_ptr<own_terms>& granted);
  std::optional<subscription_token> read_token(std::uint32_t id, std::string_view jwt, const std::string& channel, bool refreshing);
  bool is_subscriber(const std::string& channel) const;
  bool has_expired(const subscription& at) const;
  void watch_expiry(const subscription& at);
  void end_expired();
  std::uint32_t left_s(std::int64_t until_s) const;
  void subscribe_by_token(std::uint32_t id, token_claims& claims, const protocol::connect_command& command);
  void on_server_side(const std::string& channel, result<subscribe_step> step);
  protocol::connect_result connected();
  void refuse_connect(std::uint32_t id, const failure& why);
  result<token_claims> introduced_by(const std::string& token);
  bool too_fast(const protocol::command& command);
  result<void> check_channel(const std::string& channel) const;
  result<void> check_subscribe(const protocol::subscribe_command& command) const;
  result<protocol::view> view_of(const protocol::subscribe_command& command) const;
  bool may_see_presence(std::uint32_t id, const std::string& channel);
  void unsubscribe(const std::string& channel, std::uint32_t id);
  void tell_if_lost(const std::string& channel);
  void resynchronise(const std::string& channel);
  void on_resumed(const pending& asked, const result<subscribe_step>& step);
  message_text& next_reply();
  void reply(std::uint32_t id, const protocol::any_result& what);
  // The client can send nothing after its connect: no commands, no pongs.
  bool only_listens() const noexcept { return who_->dialect == protocol::dialect::json_pushes; }
  void refuse(std::uint32_t id, errc code, std::string_view detail = {});
  void refuse(std::uint32_t id, const failure& why) { refuse(id, why.code, why.detail); }
  void flush();
  void close(close_code code);
  ticket expect(std::uint32_t id, const std::string& channel);
  ticket expect_bulk(std::uint32_t id, const std::string& channel);
  void end_bulk(const pending& asked) noexcept;
  bool take(ticket which, pending& out);
  void ensure_tick();

  subscriber_ptr who_;  // replaced when connect says who it is
  rights rights_;       // likewise
  api_key_ptr key_;
  token_bucket commands_taken_;
  const server_options& options_;
  session_port& port_;
  const emulation_address_ptr commands_;
  std::unique_ptr<unanswered_connect> connecting_;  // in that stage
  stage stage_ = stage::fresh;
  bulk_stage bulk_ = bulk_stage::none;
  bool noted_ = false;         // that it is connected
  bool amid_message_ = false;  // the last command that was started is not the last of its message
  operator_entry operator_ = operator_entry::none;
  idle_queue<queued> queue_;
  std::map<ticket, pending> under_way_;  // oldest first
  ticket last_ticket_ = 0;
  std::map<std::string, subscription> subscriptions_;
  std::unique_ptr<message_text> out_;  // replies of the mail being handled, joined into one message; null: none
  std::int64_t stale_due_ms_ = never;
  std::int64_t ping_due_ms_ = never;
  std::int64_t pong_due_ms_ = never;
  std::uint64_t taken_ = 0;              // bytes, when the pong was late last
  std::int64_t expires_at_s_ = 0;        // Unix time; 0: never
  std::int64_t first_expiry_s_ = 0;      // no subscription expires before; 0: none does
  std::uint64_t broadcaster_start_ = 0;  // of the youngest broadcaster that is known to have replaced another
  std::int64_t tick_due_ms_ = never;
};

}  // namespace tidewire
