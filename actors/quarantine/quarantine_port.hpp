// What the quarantine asks of the world around it. The actor (quarantine.cpp) turns each call into mail; tests record them. Answers come
// back by ticket.
#pragma once

#include <cstdint>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

class quarantine_port {
 public:
  virtual ~quarantine_port() = default;

  virtual std::int64_t now_ms() const = 0;     // Unix time
  virtual std::int64_t steady_ms() const = 0;  // for deadlines
  virtual std::string new_id() = 0;            // greater than those of earlier milliseconds

  virtual void keep(ticket which, bool in_memory, storage::dead_record record, bool sync) = 0;
  virtual void discard(ticket which, bool in_memory, const std::string& id) = 0;
  virtual void find(ticket which, const std::string& id) = 0;
  virtual void list(ticket which, const std::string& after, storage::page_limit limit) = 0;
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;
};

}  // namespace tidewire
