// What the keeper of presence asks of the world around it. The actor (presence.cpp) turns each call into mail; tests record them.
#pragma once

#include <cstdint>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

class presence_port {
 public:
  virtual ~presence_port() = default;

  virtual std::int64_t steady_ms() const = 0;
  virtual void tick_after(std::uint32_t ms) = 0;  // presence_state::tick() no later than that

  // Answers come back by ticket.
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;
  virtual void read_states(ticket which, const std::string& prefix, const std::string& after_room, const std::string& after_key) = 0;
  // Somebody who was written down by an earlier process, and has not come back, is gone from that room.
  virtual void say_left(const std::string& room, const client_info& who) = 0;
};

}  // namespace tidewire
