// What the gateway asks of the world around it. The actor (gateway.cpp) turns each call into mail; tests record them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/messages.hpp"
#include "schemas/access/permissions.hpp"

namespace tidewire {

class gateway_port {
 public:
  virtual ~gateway_port() = default;

  virtual std::int64_t now_s() const = 0;      // Unix time, for tokens
  virtual std::int64_t steady_ms() const = 0;  // for deadlines
  // One more request of that caller, under [rate_limit.caller].
  virtual rate_verdict take_turn(const std::string& caller) = 0;
  virtual void note_refusal(errc why) = 0;  // too_many_requests, permission_denied, or what is wrong with the credentials
  virtual bool ready() const = 0;           // the engine serves; not while it starts or drains

  // The engine. Answers come back by ticket.
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;
  virtual void load_room(ticket which, const std::string& room) = 0;
  virtual void view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question> at) = 0;
  virtual void read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                          std::optional<past_question> at) = 0;
  virtual void find_entities(ticket which, tidewire::find_entities what) = 0;
  virtual void read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) = 0;
  virtual void list_rooms(ticket which, const std::string& prefix, const std::string& after, std::size_t limit) = 0;
  virtual void ask_presence(ticket which, const std::string& room) = 0;
  virtual void ask_presence_stats(ticket which, const std::string& room) = 0;
  virtual void tell_message(ticket which, const std::string& room, std::string data) = 0;

  // A request of the server API that has been let in; it is answered elsewhere.
  virtual void serve_api(const transport::http_request& request, rights who, transport::http_responder_ptr responder) = 0;
};

// A file of the page. Views live as long as the process.
struct static_file {
  std::string_view content_type;
  std::string_view bytes;
  std::string_view etag;   // with its quotes
  bool immutable = false;  // its name changes with its contents
};

}  // namespace tidewire
