// What a session asks of the world around it. The actor (session.cpp) turns each call into mail or frames; tests record them.
#pragma once

#include <cstdint>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

class session_port {
 public:
  virtual ~session_port() = default;

  // Time and chance.
  virtual std::int64_t now_s() const = 0;         // Unix time, for tokens
  virtual std::int64_t steady_ms() const = 0;     // never jumps, for durations
  virtual void tick_after(std::uint32_t ms) = 0;  // session_state::tick() no later than that
  virtual std::uint32_t random_below(std::uint32_t bound) = 0;

  // The engine. Answers come back by ticket.
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;
  virtual void subscribe(ticket which, const std::string& room, subscribe_request request) = 0;
  virtual void resume(ticket which, const std::string& room, resume_request request) = 0;
  virtual void detach(const std::string& room, std::string reply) = 0;  // the reply is one message, empty: none
  virtual void read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) = 0;
  virtual void note_resynchronised() = 0;  // a slow subscription has to begin again
  virtual void note_connection(const client_info& who, bool connected) = 0;
  virtual void ask_presence(ticket which, const std::string& room) = 0;
  virtual void ask_presence_stats(ticket which, const std::string& room) = 0;

  // What the server counts of all connections together. A world without such limits need not.
  virtual bool count_user(const std::string&) { return true; }  // one more connection of that user; false: there are too many
  virtual void note_refused_token() {}
  virtual void note_too_fast() {}  // a command was refused for the rate of its connection

  // The outbox of server-side subscriptions; what it is pushed waits until the gate opens with that message, the first of the connection.
  virtual transport::outbox_ptr make_gate() = 0;
  virtual void open_gate(const message_text& first) = 0;

  // The connection.
  virtual void send(const message_text& message) = 0;
  virtual void send_behind(const std::string& message) = 0;  // behind everything that broadcasters have written so far
  virtual void ping() = 0;
  virtual void tell_when_drained() = 0;  // session_state::on_drained() when everything sent so far is on its way
  virtual void ask_progress() = 0;       // session_state::on_progress(), unless the connection is over
  virtual void close(close_code code) = 0;
  virtual void release(std::size_t messages) = 0;  // the peer may send so many more
};

}  // namespace tidewire
