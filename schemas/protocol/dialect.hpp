// A dialect is a wire encoding of the client protocol. Encoders append to `out` what belongs to one reply or push, without the separator
// between several in one message; join() puts it there. (JSON: objects separated by a newline, no newline inside; MessagePack: nothing.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/protocol/messages.hpp"
#include "schemas/protocol/view.hpp"
#include "schemas/result.hpp"

namespace tidewire::protocol {

enum class dialect : std::uint8_t {
  json,
  json_pushes,  // for clients that only listen: JSON, where pushes stand alone and the reply to connect is one of them; no other replies
  room_events,  // for those who watch one room: server-sent events (room_events_dialect.hpp); of replies those to subscribe alone
  msgpack,      // the objects of json as MessagePack maps, in binary messages (msgpack_dialect.hpp)
};

// Its messages are bytes, not text.
constexpr bool is_binary(dialect as) noexcept { return as == dialect::msgpack; }

// All commands of one WebSocket message, in order. Any malformed command fails the whole message: the connection is to be closed with 3501.
// Member order is free, unknown members are ignored, nesting is bounded by limits::json_depth_max.
result<std::vector<command>> decode(dialect as, std::string_view message, const limits& bounds = {});

// `parts`, unless it is null, is told where in `out` texts begin that other replies have too.
void encode_reply(dialect as, std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts = nullptr);
void encode_error(dialect as, std::uint32_t id, errc code, std::string_view detail, std::string& out);

// What a push says of its channel: the name, or to who has agreed to it (channel_compaction) the number that the reply to subscribe told.
struct channel_ref {
  std::string_view name;
  std::uint64_t number = 0;  // 0: the name
};

struct run_part {
  std::size_t done = 0;   // changes that are dealt with; the rest is for the next message
  std::size_t shown = 0;  // of these
};

// As `bytes_max`: all in one message.
inline constexpr auto uncut = std::numeric_limits<std::size_t>::max();

// The pushes of a run, joined, as long as `out` stays within `bytes_max`, but at least one. A stream is told of keyed changes too: the
// document as data, a removal as data: null; a map gets key and removed, and nothing of keyless publications. What the view hides is
// passed over, so that `out` may stay empty. `last` is the publication that this audience of a stream was shown last, for deltas; null:
// none. REQUIRES: `told` is not empty, `out` is.
// `epoch` is that of the room, for dialects in which every message tells where it stands.
run_part encode_run(dialect as, const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                    std::size_t bytes_max, std::string& out, std::string_view epoch = {});

// Always with the name: clients look for no number here.
void encode_unsubscribe(dialect as, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out);
// The last push, where no close frame says it.
void encode_disconnect(dialect as, std::uint32_t code, std::string_view reason, std::string& out);
void encode_announcement(dialect as, channel_ref channel, const announcement& what, std::string& out);
// A message outside of any subscription; raw JSON. Nothing, where a client could not tell it from a change.
void encode_message(dialect as, std::string_view data, std::string& out);
void encode_ping(dialect as, std::string& out);

// Before every reply or push but the first of a message.
void join(dialect as, std::string& out);

}  // namespace tidewire::protocol
