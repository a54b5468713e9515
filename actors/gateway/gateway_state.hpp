// HTTP for integrations: requests become asks of the engine, its answers responses. Pure; gateway.cpp is the actor around it.
// Every refusal is a problem (RFC 9457). Requests that get no answer in request_timeout_s get 503: the outcome is unknown.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "actors/gateway/batch.hpp"
#include "actors/gateway/gateway_port.hpp"
#include "actors/gateway/http_route.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/access/permissions.hpp"
#include "schemas/field_mask.hpp"
#include "schemas/options.hpp"

namespace tidewire {

class gateway_state {
 public:
  using find_file = std::function<std::optional<static_file>(std::string_view path)>;

  // `options` and `port` outlive the gateway.
  gateway_state(const server_options& options, find_file files, gateway_port& port);

  // `known`: the rights of who asks; null: its credentials say.
  void on_request(const transport::http_request& request, transport::http_responder_ptr responder, const rights* known = nullptr);
  void on_published(ticket which, const result<published>& outcome);
  void on_room(ticket which, const result<std::optional<storage::named_room>>& record);
  void on_entity(ticket which, const result<entity_view>& view);
  void on_state(ticket which, const result<storage::state_page>& page);
  void on_stream(ticket which, const result<storage::stream_page>& page);
  void on_found(ticket which, const result<found_entities>& page);
  void on_rooms(ticket which, const result<std::vector<storage::named_room>>& rooms);
  void on_presence(ticket which, const result<protocol::presence_result>& clients);
  void on_messaged(ticket which, const result<messaged>& outcome);
  void on_presence_stats(ticket which, const result<protocol::presence_stats_result>& stats);
  void tick();
  std::size_t under_way() const noexcept { return under_way_.size(); }

 private:
  // A request that waits for the engine.
  struct pending {
    transport::http_responder_ptr responder;
    std::int64_t due_ms = 0;
    std::string room;
    std::size_t limit = 0;
    bool as_array = false;  // the answer of a publish
    bool put = false;       // 201 when it created
    std::string if_none_match;
    storage::named_room seen;               // whose subscribers are being counted
    rights may{};                           // of who asked, for what only the answer tells
    std::optional<field_mask> shown{};      // of the documents, as was asked for; nothing: all of them
    std::optional<field_mask> readable{};   // the same, of what may be read
    std::vector<index_filter> filters{};    // of a search in all rooms
    std::shared_ptr<batch_answer> batch{};  // instead of the responder: this is a part of it,
    std::vector<std::size_t> items{};       // with these operations
  };
  // A request that has been let in.
  struct call {
    const transport::http_request& request;
    const api::request_target& target;
    std::string room;  // of the path, checked; empty where the path has none
    std::string caller;
    transport::http_responder_ptr responder;
    rights may{};
  };

  bool let_in(const transport::http_request& request, endpoint at, transport::http_responder_ptr& responder, rights& who) const;
  bool check(const call& from, room_action what, const std::string& room) const;
  void dispatch(endpoint at, call& from);
  void serve_file(const call& from);
  void publish_body(call& from);
  void publish_batch(call& from);
  void change_entity(call& from);
  void tell_message(call& from);
  void read_rooms(call& from);
  void read_room(call& from);
  void read_entities(call& from);
  void find_entities(call& from);
  void read_history(call& from);
  result<std::size_t> limit_of(const call& from) const;
  result<std::optional<past_question>> past_of(const call& from) const;
  result<void> choose_fields(const call& from, room_action what, pending& into) const;
  static std::vector<index_filter> filters_of(const call& from);
  ticket expect(call& from, pending details);
  std::optional<pending> take(ticket which);
  // The request that waits for this answer, unless the answer is a refusal, which it is told.
  template <class T>
  std::optional<pending> take(ticket which, const result<T>& outcome) {
    auto asked = take(which);
    if (!asked || outcome) return asked;
    refuse(asked->responder, outcome.error());
    return std::nullopt;
  }

  const server_options& options_;
  const find_file files_;
  gateway_port& port_;
  std::map<ticket, pending> under_way_;  // oldest first
  ticket last_ticket_ = 0;
};

}  // namespace tidewire
