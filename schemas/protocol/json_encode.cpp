// Replies and pushes in JSON: reply = {"id": n, "<method>": {…}} or {"id": n, "error": {…}}; push = {"push": {"channel": s, …}}; ping = {}.
// The order of members is that of the reference server, for the sake of those who read the wire.
#include <cassert>

#include "schemas/json.hpp"
#include "schemas/protocol/json_dialect.hpp"
#include "schemas/protocol/json_object.hpp"

namespace tidewire::protocol {
namespace {

using object = json_object;

void write_info(std::string& out, const client_info& info) {
  object into(out);
  into.string("client", info.client);
  into.string("user", info.user);
  into.raw_unless_empty("conn_info", info.conn_info);
  into.raw_unless_empty("chan_info", info.chan_info);
}

void write_tags(object& into, const tag_map& tags) {
  if (tags.empty()) return;
  object members(into.name("tags"));
  for (const auto& [name, value] : tags) append_json_string(members.key(name), value);
}

// All but the data.
void write_rest(object& into, subscription_type type, const publication& told, bool removed) {
  const bool keyed = type == subscription_type::map;
  into.number_unless_zero("offset", told.offset);
  if (told.info) write_info(into.name("info"), *told.info);
  if (keyed && told.key) into.string("key", *told.key);
  into.flag("removed", keyed && removed);
  if (!removed) write_tags(into, told.tags);
  into.string_unless_empty("epoch", told.epoch);
}

void write_publication(std::string& out, subscription_type type, const publication& told) {
  object into(out);
  if (!told.removed) {
    into.raw_unless_empty("data", told.data);
  } else if (type == subscription_type::stream) {
    into.raw_unless_empty("data", "null");
  }
  write_rest(into, type, told, told.removed);
}

// REQUIRES: it is not hidden.
void write_publication(std::string& out, const view& through, const publication& told, const sight& seen) {
  object into(out);
  if (seen.what == sight::kind::document) {
    through.delta ? into.string("data", seen.data) : into.raw_unless_empty("data", seen.data);
  } else if (through.type == subscription_type::stream) {
    into.raw_unless_empty("data", "null");
  }
  write_rest(into, through.type, told, seen.what == sight::kind::removal);
  into.flag("delta", seen.delta);
}

void write_entity(std::string& out, const entity_document& entity, std::string_view data, bool as_string) {
  object into(out);
  as_string ? into.string("data", data) : into.raw_unless_empty("data", data);
  into.number_unless_zero("offset", entity.version);
  into.string("key", entity.key);
  write_tags(into, entity.tags);
}

void write_publications(object& into, subscription_type type, const std::vector<publication_ptr>& told) {
  auto& out = into.name("publications");
  write_array(out, told, [&](const publication& each) { write_publication(out, type, each); });
}

// What is hidden leaves a gap in the offsets; the position in the reply covers it.
void write_publications(object& into, const subscribe_result& what) {
  if (!what.through || what.through->plain()) return write_publications(into, what.type, what.publications);
  auto& out = into.name("publications");
  out += '[';
  bool first = true;
  for (const auto& each : what.publications) {
    const auto seen = look(*what.through, *each);
    if (seen.what == sight::kind::hidden) continue;
    if (!first) out += ',';
    first = false;
    write_publication(out, *what.through, *each, seen);
  }
  out += ']';
}

// ---- Results: the name of the member and the object in it.

std::string_view name_of(const connect_result&) { return "connect"; }
std::string_view name_of(const subscribe_result&) { return "subscribe"; }
std::string_view name_of(const unsubscribe_result&) { return "unsubscribe"; }
std::string_view name_of(const publish_result&) { return "publish"; }
std::string_view name_of(const presence_result&) { return "presence"; }
std::string_view name_of(const presence_stats_result&) { return "presence_stats"; }
std::string_view name_of(const history_result&) { return "history"; }
std::string_view name_of(const rpc_result&) { return "rpc"; }
std::string_view name_of(const refresh_result&) { return "refresh"; }
std::string_view name_of(const sub_refresh_result&) { return "sub_refresh"; }
std::string_view name_of(const ping_result&) { return "ping"; }

void write(object&, const unsubscribe_result&) {}
void write(object&, const publish_result&) {}
void write(object&, const ping_result&) {}

void write_stream_subscription(object& into, const subscribe_result& what) {
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
  into.flag("positioned", what.positioned);
  into.flag("recoverable", what.recoverable);
  into.string_unless_empty("epoch", what.epoch);
  if (what.positioned || what.recoverable || what.offset != 0) into.number("offset", what.offset);
  into.flag("was_recovering", what.was_recovering);
  into.flag("recovered", what.recovered);
  if (!what.publications.empty()) write_publications(into, what);
  into.flag("delta", what.delta);
  into.number_unless_zero("publish_debounce", what.publish_debounce_ms);
  into.raw_unless_empty("data", what.data);
}

void write_subscriptions(object& into, const std::map<std::string, subscribe_result>& subs) {
  if (subs.empty()) return;
  object channels(into.name("subs"));
  for (const auto& [channel, what] : subs) {
    object subscription(channels.key(channel));
    write_stream_subscription(subscription, what);
  }
}

void write(object& into, const connect_result& what) {
  into.string("client", what.client);
  into.string_unless_empty("version", what.version);
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
  into.raw_unless_empty("data", what.data);
  write_subscriptions(into, what.subs);
  into.number_unless_zero("ping", what.ping_s);
  into.flag("pong", what.pong);
  into.string_unless_empty("session", what.session);
  into.string_unless_empty("node", what.node);
}

void write_state(object& into, const subscribe_result& what) {
  if (what.state.empty()) return;
  auto& out = into.name("state");
  out += '[';
  bool first = true;
  for (const auto& each : what.state) {
    const bool plain = !what.through || what.through->plain();
    const auto seen = plain ? sight{sight::kind::document, {}, false} : look(*what.through, *each);
    if (seen.what == sight::kind::hidden) continue;
    if (!first) out += ',';
    first = false;
    write_entity(out, *each, plain ? each->data : seen.data, !plain && what.through->delta);
  }
  out += ']';
}

void write_map_page(object& into, const subscribe_result& what) {
  into.number("phase", static_cast<std::uint64_t>(what.phase));
  into.string_unless_empty("cursor", what.cursor);
  into.string_unless_empty("epoch", what.epoch);
  into.number_unless_zero("offset", what.offset);
  write_state(into, what);
  if (!what.publications.empty()) write_publications(into, what);
}

void write_map_live(object& into, const subscribe_result& what) {
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
  into.string_unless_empty("epoch", what.epoch);
  write_state(into, what);
  write_publications(into, what);
  into.number("offset", what.offset);
  into.flag("recoverable", what.recoverable);
  into.flag("positioned", what.positioned);
  into.flag("was_recovering", what.was_recovering);
  into.flag("recovered", what.recovered);
  into.flag("delta", what.delta);
  into.number_unless_zero("publish_debounce", what.publish_debounce_ms);
  into.raw_unless_empty("data", what.data);
}

void write(object& into, const subscribe_result& what) {
  if (what.type == subscription_type::stream) return write_stream_subscription(into, what);
  into.number("type", static_cast<std::uint64_t>(what.type));
  if (what.phase == subscribe_phase::live) return write_map_live(into, what);
  write_map_page(into, what);
}

void write(object& into, const presence_result& what) {
  object clients(into.name("presence"));
  for (const auto& each : what.clients) write_info(clients.key(each.client), each);
}

void write(object& into, const presence_stats_result& what) {
  into.number("num_clients", what.num_clients);
  into.number("num_users", what.num_users);
}

void write(object& into, const history_result& what) {
  if (!what.publications.empty()) write_publications(into, subscription_type::stream, what.publications);
  into.string_unless_empty("epoch", what.epoch);
  into.number("offset", what.offset);
}

void write(object& into, const rpc_result& what) { into.raw_unless_empty("data", what.data); }

void write(object& into, const refresh_result& what) {
  into.string_unless_empty("client", what.client);
  into.string_unless_empty("version", what.version);
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
}

void write(object& into, const sub_refresh_result& what) {
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
}

std::string_view push_opening(push_style style) noexcept { return style == push_style::wrapped ? R"({"push":{)" : "{"; }
std::string_view push_closing(push_style style) noexcept { return style == push_style::wrapped ? "}}" : "}"; }

// {"push":{"channel":"c", without the braces that close it.
std::string push_head(push_style style, std::string_view channel) {
  std::string head(push_opening(style));
  head += R"("channel":)";
  append_json_string(head, channel);
  return head;
}

// False: hidden, and nothing is appended. `last`: as for encode_run.
bool append_push(std::string& out, push_style style, std::string_view head, const view& through, const change& what,
                 const publication_ptr& last) {
  const auto& told = *what.told;
  std::optional<sight> seen;
  if (!through.plain()) {
    static const std::string removed = "null";
    seen = look(through, told, {what.before ? &what.before->data : nullptr, last ? last->removed ? &removed : &last->data : nullptr});
    if (seen->what == sight::kind::hidden) return false;
  } else if (through.type == subscription_type::map && !told.key) {
    return false;
  }
  out += head;
  out += R"(,"pub":)";
  seen ? write_publication(out, through, told, *seen) : write_publication(out, through.type, told);
  out += push_closing(style);
  return true;
}

}  // namespace

void encode_json_reply(std::uint32_t id, const any_result& what, std::string& out) {
  object reply(out);
  reply.number("id", id);
  std::visit(
      [&](const auto& each) {
        object into(reply.name(name_of(each)));
        write(into, each);
      },
      what);
}

void encode_json_error(std::uint32_t id, errc code, std::string_view detail, std::string& out) {
  const auto& row = describe(code);
  std::string message(row.message);
  if (!detail.empty()) {
    message += ": ";
    message += detail;
  }
  object reply(out);
  reply.number("id", id);
  object error(reply.name("error"));
  error.number("code", row.protocol_code);
  error.string("message", message);
  error.flag("temporary", row.temporary);
}

// Only the reply to connect is pushed.
void encode_json_pushed_reply(const any_result& what, std::string& out) {
  const auto* connected = std::get_if<connect_result>(&what);
  if (connected == nullptr) return;
  object push(out);
  object into(push.name("connect"));
  write(into, *connected);
}

run_part encode_json_run(push_style style, const view& through, std::string_view channel, std::span<const change> told,
                         publication_ptr& last, std::size_t bytes_max, std::string& out) {
  const auto head = push_head(style, channel);
  const bool chained = through.delta && through.type == subscription_type::stream;
  run_part part;
  for (; part.done < told.size(); ++part.done) {
    const auto before = out.size();
    if (before != 0) out += '\n';
    const bool shown = append_push(out, style, head, through, told[part.done], last);
    if (!shown || (before != 0 && out.size() > bytes_max)) out.resize(before);
    if (!shown) continue;
    if (out.size() == before) break;
    ++part.shown;
    if (chained) last = told[part.done].told;
  }
  return part;
}

void encode_json_unsubscribe(push_style style, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out) {
  out += push_head(style, channel);
  out += ",\"unsubscribe\":";
  {
    object body(out);
    body.number("code", code);
    body.string_unless_empty("reason", reason);
  }
  out += push_closing(style);
}

void encode_json_disconnect(push_style style, std::uint32_t code, std::string_view reason, std::string& out) {
  out += push_opening(style);
  out += R"("disconnect":)";
  {
    object body(out);
    body.number("code", code);
    body.string("reason", reason);
  }
  out += push_closing(style);
}

void encode_json_announcement(push_style style, std::string_view channel, const announcement& what, std::string& out) {
  out += push_head(style, channel);
  out += what.left ? ",\"leave\":" : ",\"join\":";
  {
    object body(out);
    write_info(body.name("info"), what.who);
  }
  out += push_closing(style);
}

void encode_json_ping(std::string& out) { out += "{}"; }

}  // namespace tidewire::protocol
