// What replies and pushes look like, in every dialect that says the same: reply = {"id": n, "<method>": {…}} or {"id": n, "error": {…}};
// push = {"push": {"channel": s, "<kind>": {…}}}, or {"id": n} instead of the channel. `Object` writes members
// (json_object, msgpack_object). A `Wire` has
//
//   object                        the `Object`
//   separator                     what stands between the objects of one message
//   push_head(channel, kind)      a push up to what it tells; a channel without name and number: it is about the connection
//   push_end()                    the rest of it
//
// The order of members is that of the reference server, for the sake of those who read the wire.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/result_shapes.hpp"

namespace tidewire::protocol::shapes {

template <class Object>
void write_reply(std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts) {
  Object reply(out);
  reply.number("id", id);
  std::visit(
      [&](const auto& each) {
        Object into(reply.name(name_of(each)));
        write(into, each, parts);
      },
      what);
}

template <class Object>
void write_error(std::uint32_t id, errc code, std::string_view detail, std::string& out) {
  const auto& row = describe(code);
  std::string message(row.message);
  if (!detail.empty()) {
    message += ": ";
    message += detail;
  }
  Object reply(out);
  reply.number("id", id);
  Object error(reply.name("error"));
  error.number("code", row.protocol_code);
  error.string("message", message);
  error.flag("temporary", row.temporary);
}

// False: hidden, and nothing is appended. `last`: as for encode_run.
template <class Wire>
bool append_push(const Wire& wire, std::string& out, std::string_view head, const view& through, const change& what,
                 const publication_ptr& last) {
  using object = typename Wire::object;
  const auto& told = *what.told;
  std::optional<sight> seen;
  if (!through.plain()) {
    static const std::string removed = "null";
    seen = look(through, told, {what.before ? &what.before->data : nullptr, last ? last->removed ? &removed : &last->data : nullptr});
    if (seen->what == sight::kind::hidden) return false;
  } else if (is_map(through.type) && !told.key) {
    return false;
  }
  out += head;
  seen ? write_publication<object>(out, through, told, *seen) : write_publication<object>(out, through.type, told);
  out += wire.push_end();
  return true;
}

template <class Wire>
run_part write_run(const Wire& wire, const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                   std::size_t bytes_max, std::string& out) {
  const auto head = wire.push_head(channel, "pub");
  const bool chained = through.delta && through.type == subscription_type::stream;
  run_part part;
  for (; part.done < told.size(); ++part.done) {
    const auto before = out.size();
    if (before != 0) out += Wire::separator;
    const bool shown = append_push(wire, out, head, through, told[part.done], last);
    if (!shown || (before != 0 && out.size() > bytes_max)) out.resize(before);
    if (!shown) continue;
    if (out.size() == before) break;
    ++part.shown;
    if (chained) last = told[part.done].told;
  }
  return part;
}

template <class Wire>
void write_unsubscribe(const Wire& wire, channel_ref channel, std::uint32_t code, std::string_view reason, std::string& out) {
  out += wire.push_head(channel, "unsubscribe");
  {
    typename Wire::object body(out);
    body.number("code", code);
    body.string_unless_empty("reason", reason);
  }
  out += wire.push_end();
}

template <class Wire>
void write_disconnect(const Wire& wire, std::uint32_t code, std::string_view reason, std::string& out) {
  out += wire.push_head({}, "disconnect");
  {
    typename Wire::object body(out);
    body.number("code", code);
    body.string("reason", reason);
  }
  out += wire.push_end();
}

template <class Wire>
void write_message(const Wire& wire, std::string_view data, std::string& out) {
  out += wire.push_head({}, "message");
  {
    typename Wire::object body(out);
    body.raw_unless_empty("data", data);
  }
  out += wire.push_end();
}

template <class Wire>
void write_announcement(const Wire& wire, channel_ref channel, const announcement& what, std::string& out) {
  out += wire.push_head(channel, what.left ? "leave" : "join");
  {
    typename Wire::object body(out);
    write_info<typename Wire::object>(body.name("info"), what.who);
  }
  out += wire.push_end();
}

}  // namespace tidewire::protocol::shapes
