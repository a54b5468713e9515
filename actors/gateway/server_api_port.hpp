// What the server API asks of the world around it. The actor (gateway.cpp) turns each call into mail; tests record them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

struct server_facts {
  std::string run;  // of the server: another one after each start
  std::uint64_t connections = 0;
  std::uint64_t uptime_s = 0;
};

class server_api_port {
 public:
  virtual ~server_api_port() = default;

  virtual std::int64_t steady_ms() const = 0;  // for deadlines
  virtual void note_refusal(errc why) = 0;
  virtual server_facts facts() const = 0;
  virtual void end_connections(const end_connection& whom) = 0;

  // Answers come back by ticket.
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;
  virtual void view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question> at) = 0;
  virtual void read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                          std::optional<past_question> at) = 0;
  virtual void read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) = 0;
  virtual void ask_presence(ticket which, const std::string& room) = 0;
  virtual void ask_presence_stats(ticket which, const std::string& room) = 0;
  virtual void ask_audiences(ticket which, const std::optional<room_glob>& of) = 0;
  virtual void expel(ticket which, const std::string& room, const std::string& user, const std::string& client) = 0;
};

}  // namespace tidewire
