// A gateway whose engine writes down what it is asked, with a clock that only advance() moves. Every responder checks that it is answered
// exactly once: what a test leaves open is answered by the time-out at the end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gateway/gateway_state.hpp"

namespace tidewire::test {

using lines = std::vector<std::string>;

// One request and what became of it.
struct exchange {
  std::vector<transport::http_response> answers;

  // REQUIRES: it has been answered.
  const transport::http_response& response() const;
  // The value of that field; empty if it is absent.
  std::string field(std::string_view name) const;
  // The raw value of that member of the body; empty if it is absent.
  std::string member(std::string_view name) const;
};
using exchange_ptr = std::shared_ptr<exchange>;

class gateway_stage : public gateway_port {
 public:
  explicit gateway_stage(server_options given = anonymous());
  ~gateway_stage() override;

  static server_options anonymous();
  // HTTP needs a token that was signed with the secret "secret".
  static server_options guarded();

  exchange_ptr ask(std::string method, std::string target, std::vector<transport::header> headers = {}, std::string body = {});
  exchange_ptr get(std::string target, std::vector<transport::header> headers = {});
  exchange_ptr post(std::string target, std::string body, std::string content_type = "application/json");
  void advance(std::int64_t ms);

  // What the engine was asked since the last call, one line each: "publish <room> <operation>…", "room <room>", "entity <room> <key>",
  // "state <room> …", "find <room> …", "stream <room> …", "rooms …", "presence <room>", "stats <room>",
  // "message <room> <data>", "api <target> <user>".
  lines take();
  ticket newest() const { return newest_; }
  const publish_request& published_request() const { return published_; }

  bool serves = true;  // what ready() says
  std::vector<errc> refusals;

  // ---- gateway_port

  std::int64_t now_s() const override { return epoch_s; }
  std::int64_t steady_ms() const override { return steady_ms_; }
  rate_verdict take_turn(const std::string& caller) override { return callers_.take(caller, options.caller_rate, steady_ms_); }
  void note_refusal(errc why) override { refusals.push_back(why); }
  bool ready() const override { return serves; }
  void publish(ticket which, const std::string& room, publish_request request) override;
  void load_room(ticket which, const std::string& room) override;
  void view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question> at) override;
  void read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                  std::optional<past_question> at) override;
  void find_entities(ticket which, tidewire::find_entities what) override;
  void read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) override;
  void list_rooms(ticket which, const std::string& prefix, const std::string& after, std::size_t limit) override;
  void ask_presence(ticket which, const std::string& room) override;
  void ask_presence_stats(ticket which, const std::string& room) override;
  void tell_message(ticket which, const std::string& room, std::string data) override;
  void serve_api(const transport::http_request& request, rights who, transport::http_responder_ptr responder) override;

  static constexpr std::int64_t epoch_s = 1'700'000'000;

 private:
  void note(ticket which, std::string line);

  std::int64_t steady_ms_ = 0;
  ticket newest_ = 0;
  publish_request published_;
  lines log_;
  rate_table callers_;

 public:
  server_options options;
  gateway_state state;
};

}  // namespace tidewire::test
