// One reader of GET /api/v1/rooms/{room}/stream: a subscription to one room, told as server-sent events. Pure; room_stream.cpp is the actor
// around it.
//
// It begins where the reader was, or with a snapshot in pages, each of which waits until the reader has taken the one before; then the
// broadcaster tells it what happens. Whatever goes wrong ends the response: the reader comes back and says where it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/messages.hpp"
#include "schemas/access/api_key.hpp"
#include "schemas/limits.hpp"
#include "schemas/protocol/room_events_dialect.hpp"

namespace tidewire {

// What the reader asked for.
struct room_stream_wish {
  std::string room;
  protocol::view_ptr through;
  std::string last_id;            // empty: from the beginning
  std::string user;               // who reads; may be empty
  std::int64_t expires_at_s = 0;  // of the token, Unix time; 0: never
  api_key_ptr key{};              // by which he may; null: by something else
};

class room_stream_port {
 public:
  virtual ~room_stream_port() = default;

  virtual std::int64_t now_s() const = 0;
  virtual std::int64_t steady_ms() const = 0;
  virtual void tick_after(std::uint32_t ms) = 0;
  virtual std::uint32_t random_below(std::uint32_t bound) = 0;

  virtual void subscribe(ticket which, const std::string& room, subscribe_request request) = 0;
  virtual void detach(const std::string& room) = 0;
  virtual void send(const std::string& events) = 0;
  // A sign of life, which may be dropped while a page is on its way.
  virtual void beat(const std::string& events) = 0;
  // room_stream_state::on_drained() when everything sent so far is on its way.
  virtual void tell_when_drained() = 0;
  virtual void close(close_code code) = 0;
};

class room_stream_state {
 public:
  // `limit` and `port` outlive the stream.
  room_stream_state(subscriber who, room_stream_wish wish, const limits& limit, room_stream_port& port);

  void start();
  void on_step(ticket which, result<subscribe_step> step);
  void on_drained();
  void tick();
  // The subscription is lost; the reader comes back.
  void on_lost() { close(close_code::insufficient_state); }
  // The connection is over.
  void leave();

  // For operators.
  const subscriber_ptr& who() const noexcept { return who_; }
  session_card describe() const { return {{{wish_.room, is_map(), !asked_, wish_.through->slow, wish_.through->interval_ms}}}; }

 private:
  static constexpr std::uint32_t resets_max = 3;

  void begin(const std::optional<protocol::event_position>& from);
  void reset();
  void ask(protocol::subscribe_command command);
  void close(close_code code);
  bool is_map() const noexcept { return protocol::is_map(wish_.through->type); }

  const subscriber_ptr who_;
  const room_stream_wish wish_;
  const limits& limit_;
  room_stream_port& port_;
  bool over_ = false;
  bool recovering_ = false;   // goes on from where the reader was
  bool asked_ = false;        // a step is under way
  std::int64_t due_ms_ = 0;   // then it is late
  std::uint32_t resets_ = 0;  // snapshots that became useless
  ticket last_ticket_ = 0;
  protocol::subscribe_command next_;  // when the page on its way is taken
};

}  // namespace tidewire
