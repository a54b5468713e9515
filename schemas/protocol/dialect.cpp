#include "schemas/protocol/dialect.hpp"

#include <cassert>

#include "schemas/protocol/json_dialect.hpp"
#include "schemas/protocol/msgpack_dialect.hpp"
#include "schemas/protocol/room_events_dialect.hpp"

namespace tidewire::protocol {

result<std::vector<command>> decode(dialect as, std::string_view message, const limits& bounds) {
  switch (as) {
    case dialect::json:
    case dialect::json_pushes: return decode_json(message, bounds);
    case dialect::msgpack: return decode_msgpack(message, bounds);
    case dialect::room_events: return fail(errc::bad_request, "who watches a room sends no commands");
  }
  return fail(errc::internal, "unknown dialect");
}

void encode_reply(dialect as, std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts) {
  switch (as) {
    case dialect::json: return encode_json_reply(id, what, out, parts);
    case dialect::json_pushes: return encode_json_pushed_reply(what, out);
    case dialect::room_events: return encode_events_reply(what, out);
    case dialect::msgpack: return encode_msgpack_reply(id, what, out, parts);
  }
}

void encode_error(dialect as, std::uint32_t id, errc code, std::string_view detail, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_error(id, code, detail, out);
    case dialect::msgpack: return encode_msgpack_error(id, code, detail, out);
    case dialect::json_pushes:
    case dialect::room_events: return;
  }
}

run_part encode_run(dialect as, const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                    std::size_t bytes_max, std::string& out, std::string_view epoch) {
  assert(!told.empty() && out.empty());
  switch (as) {
    case dialect::json: return encode_json_run(push_style::wrapped, through, channel, told, last, bytes_max, out);
    case dialect::json_pushes: return encode_json_run(push_style::bare, through, channel, told, last, bytes_max, out);
    case dialect::room_events: return encode_events_run(through, epoch, told, bytes_max, out);
    case dialect::msgpack: return encode_msgpack_run(through, channel, told, last, bytes_max, out);
  }
  return {told.size(), 0};
}

void encode_unsubscribe(dialect as, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_unsubscribe(push_style::wrapped, channel, code, reason, out);
    case dialect::json_pushes: return encode_json_unsubscribe(push_style::bare, channel, code, reason, out);
    case dialect::room_events: return encode_events_comment(reason, out);
    case dialect::msgpack: return encode_msgpack_unsubscribe(channel, code, reason, out);
  }
}

void encode_disconnect(dialect as, std::uint32_t code, std::string_view reason, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_disconnect(push_style::wrapped, code, reason, out);
    case dialect::json_pushes: return encode_json_disconnect(push_style::bare, code, reason, out);
    case dialect::room_events: return encode_events_comment(reason, out);
    case dialect::msgpack: return encode_msgpack_disconnect(code, reason, out);
  }
}

void encode_announcement(dialect as, channel_ref channel, const announcement& what, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_announcement(push_style::wrapped, channel, what, out);
    case dialect::json_pushes: return encode_json_announcement(push_style::bare, channel, what, out);
    case dialect::msgpack: return encode_msgpack_announcement(channel, what, out);
    case dialect::room_events: return;  // presence is no part of a room's events
  }
}

void encode_message(dialect as, std::string_view data, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_message(push_style::wrapped, data, out);
    case dialect::json_pushes: return encode_json_message(push_style::bare, data, out);
    case dialect::msgpack: return encode_msgpack_message(data, out);
    case dialect::room_events: return;
  }
}

void encode_ping(dialect as, std::string& out) {
  switch (as) {
    case dialect::json:
    case dialect::json_pushes: return encode_json_ping(out);
    case dialect::room_events: return encode_events_comment({}, out);
    case dialect::msgpack: return encode_msgpack_ping(out);
  }
}

void join(dialect as, std::string& out) {
  switch (as) {
    case dialect::json:
    case dialect::json_pushes: out += '\n'; return;
    case dialect::room_events:
    case dialect::msgpack: return;
  }
}

}  // namespace tidewire::protocol
