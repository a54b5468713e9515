// A session whose world writes down what it is asked, with a clock that only advance() moves.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/session/session_state.hpp"

namespace tidewire::test {

using lines = std::vector<std::string>;

// Clients may subscribe, and ask for history and presence.
void open_to_clients(namespace_options& kept);

class session_stage : public session_port {
 public:
  explicit session_stage(server_options given = anonymous());

  // With --dev: nobody needs a token.
  static server_options anonymous();
  // Clients need a token that was signed with the secret "secret"; then the default namespace is open to them, but for publishing.
  static server_options guarded();

  // ---- the story: what happens to the session

  void hear(std::string_view message) { state.on_message(message); }
  // Connects without a token and forgets what that wrote down.
  void connect();
  // Subscribes as command `id` and lets the broadcaster say yes; forgets what that wrote down.
  void go_live(std::uint32_t id, const std::string& channel, std::uint64_t broadcaster_start = 1);
  // Answers the newest request of the session.
  void answer_published();
  void answer_live(std::uint64_t broadcaster_start = 1);
  void answer_page(protocol::subscribe_result page);
  void answer_step(failure why);
  // Time passes; what is due happens on the way.
  void advance(std::int64_t ms);

  // ---- what came of it

  // Everything since the last call, one line each: "send …", "ping", "close <code>", "release <messages>", "publish <room> …",
  // "wait" (until all is on its way), "subscribe <room> …", "detach <room> …", "history <room> …", "presence <room>", "stats <room>".
  lines take();
  std::size_t released() const { return released_; }
  ticket newest() const { return newest_; }
  const std::map<ticket, subscribe_request>& subscribed() const { return subscribed_; }
  const std::map<ticket, publish_request>& published_requests() const { return published_; }

  // ---- session_port

  std::int64_t now_s() const override { return epoch_s + steady_ms_ / 1000; }
  std::int64_t steady_ms() const override { return steady_ms_; }
  void tick_after(std::uint32_t ms) override { timers_.insert(steady_ms_ + ms); }
  std::uint32_t random_below(std::uint32_t) override { return chance; }
  bool count_user(const std::string&) override { return user_may_come; }
  void publish(ticket which, const std::string& room, publish_request request) override;
  void subscribe(ticket which, const std::string& room, subscribe_request request) override;
  void resume(ticket which, const std::string& room, resume_request request) override;
  void detach(const std::string& room, std::string reply) override;
  void read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) override;
  void note_resynchronised() override { ++resynchronised; }
  void note_connection(const client_info& who, bool connected) override { noted.push_back((connected ? "+" : "-") + who.client); }
  void ask_presence(ticket which, const std::string& room) override;
  void ask_presence_stats(ticket which, const std::string& room) override;
  transport::outbox_ptr make_gate() override { return nullptr; }
  void open_gate(const message_text& first) override { log_.push_back("open " + first.bytes); }
  void send(const message_text& message) override { log_.push_back("send " + message.bytes); }
  void send_behind(const std::string& message) override { send({message}); }
  void ping() override { log_.push_back("ping"); }
  void tell_when_drained() override { takes_at_once ? state.on_drained() : log_.push_back("wait"); }
  void ask_progress() override { state.on_progress(progress); }
  void close(close_code code) override;
  void release(std::size_t messages) override;

  lines noted;  // connections
  int resynchronised = 0;
  bool takes_at_once = true;                              // the peer, what it is sent; else on_drained() is the test's
  peer_progress progress{0, true};                        // of the peer, when it is asked for
  static constexpr std::int64_t epoch_s = 1'700'000'000;  // Unix time at the beginning
  bool user_may_come = true;                              // what count_user() says
  std::uint32_t chance = 0;                               // what random_below() says

 private:
  std::int64_t steady_ms_ = 0;
  std::multiset<std::int64_t> timers_;
  std::size_t released_ = 0;
  ticket newest_ = 0;
  std::map<ticket, subscribe_request> subscribed_;
  std::map<ticket, publish_request> published_;
  lines log_;

 public:
  server_options options;
  session_state state;
};

}  // namespace tidewire::test
