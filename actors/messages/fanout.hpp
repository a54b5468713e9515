// What is said to the broadcaster, to the keeper of presence, and of connections and rooms that come and go. Plain data, as all of
// messages.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages/store.hpp"
#include "actors/untold.hpp"
#include "schemas/access/room_glob.hpp"
#include "schemas/frame.hpp"

namespace tidewire {

// ---- broadcaster ---------------------------------------------------------------------------------------------------------

// New publications of a room, consecutive, committed, each told once.
struct run {
  std::string room;
  std::vector<change> changes;
  std::uint32_t batch_delay_ms = 0;  // of the namespace: how long to let the run grow
  std::uint32_t batch_max = 0;
  untold::hold fresh;  // null: for a while it may have been in the store without anybody knowing whether it would be told
};
using run_ptr = std::shared_ptr<const run>;

// A subscription to all rooms that a pattern matches (schemas/room_pattern.hpp). There is no room of that name: the broadcaster itself
// brings the subscriber to the live edge.
struct subscribe_pattern {
  std::string pattern;
  subscribe_request request;
};
using subscribe_pattern_ptr = std::shared_ptr<const subscribe_pattern>;

// A room has ended otherwise than by retiring: when it opens again, it may have committed what it has not told.
struct lost_room {
  std::string room;
};

// Makes a subscription live: writes the reply, then tells what lies above `from`. REQUIRES: every run up to `from` was sent before.
struct attach {
  std::string room;
  subscriber_ptr who;
  protocol::view_ptr through;
  std::uint64_t from = 0;
  std::uint32_t command_id = 0;
  protocol::subscribe_result result;
  reply_ptr<subscribe_step> reply;
  bool by_number = false;  // its pushes say the number of the channel instead of the name
};
using attach_ptr = std::shared_ptr<const attach>;

// What a slow member has missed, conflated, up to that offset. REQUIRES: every run up to it was sent before.
struct resume {
  std::string room;
  resume_request member;
  std::vector<change> changes;
  std::uint64_t up_to = 0;
  bool whole = false;  // nothing else is missing: it goes on live
};
using resume_ptr = std::shared_ptr<const resume>;

// The last frame of a subscription. If the mail it travels in is lost with its receiver, it goes out by itself: the client is answered.
class parting_frame {
 public:
  parting_frame(transport::outbox_ptr out, frame_ptr ready) : out_(std::move(out)), ready_(std::move(ready)) {}
  parting_frame(const parting_frame&) = delete;
  parting_frame& operator=(const parting_frame&) = delete;
  ~parting_frame() {
    if (ready_) out_->send(std::move(ready_));
  }
  // For who writes it.
  frame_ptr take() { return std::exchange(ready_, nullptr); }

 private:
  const transport::outbox_ptr out_;
  frame_ptr ready_;
};

// Ends a subscription; writes the reply behind everything told before. Without a reply the connection is gone.
struct detach {
  std::string room;
  session_id session = 0;
  transport::outbox_ptr out;
  std::shared_ptr<parting_frame> reply;
};

// The highest offset told to the room's audience; empty if it has none.
struct ask_told {
  std::string room;
  reply_ptr<std::optional<std::uint64_t>> reply;
};

// A message for who is subscribed to the room right now: not kept, and without an offset. Those sent to a room are told in their order.
struct messaged {
  std::uint64_t receivers = 0;
};
struct tell_message {
  std::string room;
  std::string data;  // JSON
  reply_ptr<messaged> reply;
};

// History was lost under the audience: every subscription of the room is told 2500 and ends.
struct reset_audience {
  std::string room;
};

// Whether anybody is subscribed to the room, or to a pattern that matches it.
struct ask_audience {
  std::string room;
  reply_ptr<bool> reply;
};

// Who is subscribed now.
struct ask_presence {
  std::string room;
  reply_ptr<protocol::presence_result> reply;
};
struct ask_presence_stats {
  std::string room;
  reply_ptr<protocol::presence_stats_result> reply;
};

// Which rooms have an audience now: patterns are left out.
struct audience_row {
  std::string room;
  std::uint64_t clients = 0;
};
struct audience_overview {
  std::vector<audience_row> rooms;  // that match, in order of their names
  std::uint64_t all_rooms = 0;
  std::uint64_t subscriptions = 0;  // to all of them
  std::uint64_t users = 0;          // different ones
};
struct ask_audiences {
  std::optional<room_glob> which;  // nothing: none, the sums are enough
  reply_ptr<audience_overview> reply;
};

// A backend ends the subscriptions of a user, or of one of his connections, to a room: the client is told 2000, and stays away.
struct expelled {
  std::uint64_t subscriptions = 0;
};
struct expel {
  std::string room;
  std::string user;
  std::string client;  // empty: all of the user
  reply_ptr<expelled> reply;
};

// ---- presence ------------------------------------------------------------------------------------------------------------

// Somebody has come to a room, or has left it.
struct presence_news {
  std::uint64_t broadcaster_start = 0;  // of who says so
  std::string room;
  client_info who;
  bool left = false;
};
// To the broadcaster: tell of everybody who is there.
struct tell_presence {};
// To the broadcaster: somebody who was there before it is gone.
struct ghost_left {
  std::string room;
  client_info who;
};

// ---- lifecycle -----------------------------------------------------------------------------------------------------------

struct lifecycle_event {
  enum class kind : std::uint8_t { client_connected, client_disconnected, room_occupied, room_vacated, server_stopping };
  kind what = kind::client_connected;
  std::string room;  // of a room
  client_info who;   // of a client
};

}  // namespace tidewire
