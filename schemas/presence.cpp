#include "schemas/presence.hpp"

#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"

namespace tidewire {

std::vector<presence_place> presence_places(const server_options& options, std::string_view room, const client_info& who) {
  const auto& kept = options_of(options, room);
  std::vector<presence_place> places;
  const auto add = [&](room_use kind, const std::string& prefix, const std::string& key) {
    if (prefix.empty() || key.empty() || prefix.size() + room.size() > options.limit.room_name_bytes_max) return;
    if (key.size() <= options.limit.key_bytes_max) places.push_back({kind, prefix + std::string(room), key});
  };
  add(room_use::clients, kept.clients_presence_prefix, who.client);
  add(room_use::users, kept.users_presence_prefix, who.user);
  return places;
}

std::string presence_document(room_use kind, const client_info& who) {
  std::string document;
  {
    protocol::json_object into(document);
    if (kind == room_use::clients) into.string("client", who.client);
    into.string("user", who.user);
    if (kind == room_use::clients) into.raw_unless_empty("conn_info", who.conn_info);
    if (kind == room_use::clients) into.raw_unless_empty("chan_info", who.chan_info);
  }
  return document;
}

std::optional<client_info> read_presence_document(std::string_view document) {
  const auto members = json_members(document);
  if (!members) return std::nullopt;
  client_info who;
  for (const auto& [name, raw] : *members) {
    if (name == "client") who.client = json_string(raw).value_or("");
    if (name == "user") who.user = json_string(raw).value_or("");
    if (name == "conn_info") who.conn_info = raw;
    if (name == "chan_info") who.chan_info = raw;
  }
  return who;
}

}  // namespace tidewire
