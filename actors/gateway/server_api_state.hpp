// Centrifugo's HTTP server API (POST /api/{method}): commands become asks of the engine, its answers results. Pure; gateway.cpp is the
// actor around it, and has let the request in. Refusals of a command are answered with 200 and {"error"}, as Centrifugo does, or with a
// status of HTTP for who sends X-Centrifugo-Error-Mode: transport.
//
// A batch goes one by one; if it says "parallel", changes behind each other begin together. A broadcast begins all of its publications.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/gateway/server_api_port.hpp"
#include "schemas/access/permissions.hpp"
#include "schemas/api/server_command.hpp"
#include "schemas/options.hpp"
#include "transport/application.hpp"

namespace tidewire {

class server_api_state {
 public:
  // Its tickets lie above all others of the gateway.
  static constexpr ticket first_ticket = ticket{1} << 63U;
  static constexpr bool owns(ticket which) noexcept { return which >= first_ticket; }

  // `options` and `port` outlive it.
  server_api_state(const server_options& options, server_api_port& port) : options_(options), port_(port) {}

  // REQUIRES: the path is /api/{method}.
  void on_request(const transport::http_request& request, rights who, transport::http_responder_ptr responder);

  void on_published(ticket which, const result<published>& outcome);
  void on_entity(ticket which, const result<entity_view>& view);
  void on_state(ticket which, const result<storage::state_page>& page);
  void on_stream(ticket which, const result<storage::stream_page>& page);
  void on_presence(ticket which, const result<protocol::presence_result>& clients);
  void on_presence_stats(ticket which, const result<protocol::presence_stats_result>& stats);
  void on_audiences(ticket which, const result<audience_overview>& seen);
  void on_expelled(ticket which, const result<expelled>& outcome);
  void tick();
  std::size_t under_way() const noexcept { return under_way_.size(); }

 private:
  // What became of a command: its result, or its error, as JSON.
  struct reply {
    std::string json;
    std::optional<errc> error;
  };
  struct slot {
    std::string name;  // of the method, as it was sent
    result<api::server_command> command;
    std::vector<reply> parts{};  // of a broadcast one for each channel
  };
  // One request.
  struct call {
    transport::http_responder_ptr responder;
    rights may;
    bool batch = false;
    bool parallel = false;
    bool transport_errors = false;
    std::vector<slot> entries;
    std::size_t next = 0;  // to begin
    std::size_t open = 0;  // asks without an answer
    std::size_t bytes = 0;
  };
  using call_ptr = std::shared_ptr<call>;
  struct place {
    call_ptr from;
    std::size_t entry = 0;
    std::size_t part = 0;
    std::int64_t due_ms = 0;
  };

  void advance(const call_ptr& from);
  static bool may_begin(const call& from);
  void begin(const call_ptr& from, std::size_t entry);
  void start(const call_ptr& from, std::size_t entry, std::size_t part);
  void ask(const call_ptr& from, std::size_t entry, std::size_t part);
  void ask_history(ticket which, const api::server_command& command);
  void ask_state(const call_ptr& from, std::size_t entry);
  result<void> check(const call& from, const api::server_command& command, const std::string& room) const;
  ticket expect(const call_ptr& from, std::size_t entry, std::size_t part);
  template <class T, class Write>
  void settle(ticket which, const result<T>& outcome, Write write);
  std::optional<field_mask> readable(ticket which, room_action what) const;
  static void finish(const call& from);

  const server_options& options_;
  server_api_port& port_;
  std::map<ticket, place> under_way_;  // oldest first
  ticket last_ticket_ = first_ticket;
};

}  // namespace tidewire
