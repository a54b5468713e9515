// How results look, for shapes.hpp: the name of the member and the object in it. `Object` is json_object or msgpack_object; `parts` is told
// where texts stand that other replies have too, unless it is null.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "schemas/protocol/publication_shapes.hpp"

namespace tidewire::protocol::shapes {

inline std::string_view name_of(const connect_result&) { return "connect"; }
inline std::string_view name_of(const subscribe_result&) { return "subscribe"; }
inline std::string_view name_of(const unsubscribe_result&) { return "unsubscribe"; }
inline std::string_view name_of(const publish_result&) { return "publish"; }
inline std::string_view name_of(const presence_result&) { return "presence"; }
inline std::string_view name_of(const presence_stats_result&) { return "presence_stats"; }
inline std::string_view name_of(const history_result&) { return "history"; }
inline std::string_view name_of(const rpc_result&) { return "rpc"; }
inline std::string_view name_of(const refresh_result&) { return "refresh"; }
inline std::string_view name_of(const sub_refresh_result&) { return "sub_refresh"; }
inline std::string_view name_of(const ping_result&) { return "ping"; }

template <class Object>
void write(Object&, const unsubscribe_result&) {}
template <class Object>
void write(Object&, const publish_result&) {}
template <class Object>
void write(Object&, const ping_result&) {}

template <class Object>
void write_stream_subscription(Object& into, const subscribe_result& what, shared_parts* parts) {
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
  into.flag("positioned", what.positioned);
  into.flag("recoverable", what.recoverable);
  into.string_unless_empty("epoch", what.epoch);
  if (what.positioned || what.recoverable || what.offset != 0) into.number("offset", what.offset);
  into.flag("was_recovering", what.was_recovering);
  into.flag("recovered", what.recovered);
  if (!what.publications.empty()) write_publications(into, what, parts);
  into.flag("delta", what.delta);
  into.number_unless_zero("id", what.channel_number);
  into.number_unless_zero("publish_debounce", what.publish_debounce_ms);
  into.raw_unless_empty("data", what.data);
}

template <class Object>
void write_subscriptions(Object& into, const std::map<std::string, subscribe_result>& subs, shared_parts* parts) {
  if (subs.empty()) return;
  Object channels(into.name("subs"));
  for (const auto& [channel, what] : subs) {
    Object subscription(channels.key(channel));
    write_stream_subscription(subscription, what, parts);
  }
}

template <class Object>
void write(Object& into, const connect_result& what, shared_parts* parts) {
  into.string("client", what.client);
  into.string_unless_empty("version", what.version);
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
  into.raw_unless_empty("data", what.data);
  write_subscriptions(into, what.subs, parts);
  into.number_unless_zero("ping", what.ping_s);
  into.flag("pong", what.pong);
  into.string_unless_empty("session", what.session);
  into.string_unless_empty("node", what.node);
}

template <class Object>
void write_map_page(Object& into, const subscribe_result& what, shared_parts* parts) {
  into.number("phase", static_cast<std::uint64_t>(what.phase));
  into.string_unless_empty("cursor", what.cursor);
  into.string_unless_empty("epoch", what.epoch);
  into.number_unless_zero("offset", what.offset);
  write_state(into, what, parts);
  if (!what.publications.empty()) write_publications(into, what, parts);
}

template <class Object>
void write_map_live(Object& into, const subscribe_result& what, shared_parts* parts) {
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
  into.string_unless_empty("epoch", what.epoch);
  write_state(into, what, parts);
  write_publications(into, what, parts);
  into.number("offset", what.offset);
  into.flag("recoverable", what.recoverable);
  into.flag("positioned", what.positioned);
  into.flag("was_recovering", what.was_recovering);
  into.flag("recovered", what.recovered);
  into.flag("delta", what.delta);
  into.number_unless_zero("id", what.channel_number);
  into.number_unless_zero("publish_debounce", what.publish_debounce_ms);
  into.raw_unless_empty("data", what.data);
}

template <class Object>
void write(Object& into, const subscribe_result& what, shared_parts* parts) {
  if (what.type == subscription_type::stream) return write_stream_subscription(into, what, parts);
  into.number("type", static_cast<std::uint64_t>(what.type));
  if (what.phase == subscribe_phase::live) return write_map_live(into, what, parts);
  write_map_page(into, what, parts);
}

template <class Object>
void write(Object& into, const presence_result& what) {
  Object clients(into.name("presence"));
  for (const auto& each : what.clients) write_info<Object>(clients.key(each.client), each);
}

template <class Object>
void write(Object& into, const presence_stats_result& what) {
  into.number("num_clients", what.num_clients);
  into.number("num_users", what.num_users);
}

template <class Object>
void write(Object& into, const history_result& what) {
  if (!what.publications.empty()) write_publications(into, subscription_type::stream, what.publications);
  into.string_unless_empty("epoch", what.epoch);
  into.number("offset", what.offset);
}

template <class Object>
void write(Object& into, const rpc_result& what) {
  into.raw_unless_empty("data", what.data);
}

template <class Object>
void write(Object& into, const refresh_result& what) {
  into.string_unless_empty("client", what.client);
  into.string_unless_empty("version", what.version);
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
}

template <class Object>
void write(Object& into, const sub_refresh_result& what) {
  into.flag("expires", what.expires);
  into.number_unless_zero("ttl", what.ttl_s);
}

// All others have nothing that is shared.
template <class Object, class Result>
void write(Object& into, const Result& what, shared_parts*) {
  write(into, what);
}

}  // namespace tidewire::protocol::shapes
