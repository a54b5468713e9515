// What the directory and its rooms say to each other, and what reaches sessions and the gateway. Plain data, as all of messages.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "actors/messages/fanout.hpp"
#include "schemas/access/permissions.hpp"

namespace tidewire {

// ---- directory -----------------------------------------------------------------------------------------------------------

// A room is idle and has handled so many commands since it was adopted. If that is all the directory has sent, it retires the room; no
// command can be lost between the two, for only the directory sends them.
struct retire_request {
  std::string room;
  std::uint64_t adoption = 0;
  std::uint64_t handled = 0;
};

// A directory knows the room from now on, under this number, and counts the commands it sends from here.
struct adopted {
  std::uint64_t adoption = 0;
};

// A room has been started by the rooms' supervisor (the mail carries its handle), or has ended.
struct room_started {
  std::string room;
};
struct room_ended {
  std::string room;
  crash_report died_of;
};

// An operator wants a room to leave memory. It does if nothing is on its way there; then, or if it is not in memory, it answers at once,
// and the next command brings it back.
struct passivated {
  bool was_there = false;
  bool leaves = false;
};
struct passivate_room {
  std::string room;
  reply_ptr<passivated> reply;
};

// ---- edge ----------------------------------------------------------------------------------------------------------------

struct inbound_message {
  std::string bytes;
  bool text = true;
};

struct http_inbound {
  transport::http_request request;
  transport::http_responder_ptr responder;
  std::shared_ptr<const rights> as{};  // who asks, if that is known already
};
using http_inbound_ptr = std::shared_ptr<http_inbound>;

// What comes of a stream of changes over HTTP.
struct ingest_bytes {
  std::string bytes;
};
struct ingest_tick {};  // time has passed: look for what is due
using ingest_mail = std::variant<ingest_bytes, transport::body_end, ingest_tick>;

// The client has been told 2500: this subscription is over, and it may subscribe again.
struct subscription_ended {
  std::string room;
};

// A broadcaster has restarted and lost its audiences: subscriptions held by an earlier start are over.
struct broadcaster_restarted {
  std::uint64_t start = 0;
};

// The client has taken what waited for it; of these rooms it has missed what came meanwhile.
struct fell_behind {
  std::vector<transport::missed> rooms;
};

// What the peer has taken: asked for when a pong is late.
using peer_progress = transport::peer_progress;

// A backend ends the connections of a user, or the one of that name.
struct end_connection {
  std::string user;
  std::string client;  // empty: all of the user
  close_code code = close_code::force_disconnect;
};
using end_connection_ptr = std::shared_ptr<const end_connection>;

// What a session says of itself to an operator who asks.
struct session_card {
  struct room {
    std::string name;
    bool map = false;  // else a stream
    bool live = false;
    slow_consumer slow = slow_consumer::disconnect;
    std::uint32_t interval_ms = 0;  // at most one message in so long; 0: any number
  };
  std::vector<room> rooms;
};
struct describe_session {
  reply_ptr<session_card> reply;
};

// Connections as an operator wants them.
struct session_standing {
  transport::peer_look peer;
  std::uint64_t age_ms = 0;
  std::uint64_t subscriptions = 0;
};
struct session_line {
  session_standing now;
  std::string client;  // as the client knows it
  std::string user;
  std::string protocol;
  std::string address;
};
struct sessions_seen {
  std::vector<session_line> lines;  // most first
  std::uint64_t total = 0;          // that fit the question
};

struct session_tick {};       // time has passed: look for what is due
struct connection_closed {};  // the connection is over
struct outbox_drained {};     // what was sent is on its way: the peer may be sent more

// All mail of a session, and all answers to what it asks: there are many sessions, and each handler of an actor costs it 45 bytes. Each
// of them has a tick on its way all the time, which is as large as the largest of these.
using session_mail = std::variant<inbound_message, subscription_ended, broadcaster_restarted, fell_behind, peer_progress,
                                  end_connection_ptr, describe_session, session_tick, connection_closed, outbox_drained>;
using session_answer = std::variant<result<published>, result<subscribe_step>, result<storage::stream_page>,
                                    result<protocol::presence_result>, result<protocol::presence_stats_result>>;

}  // namespace tidewire
