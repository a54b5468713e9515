// Presence kept as rooms. A namespace may have the subscribers of each of its rooms R written down in two further rooms, whose names are a
// prefix and R: one entity for each connection (key: its id), one for each user (key: the user). These rooms belong to namespaces of
// subscription_type map_clients and map_users; only the server changes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/options.hpp"
#include "schemas/publication.hpp"

namespace tidewire {

// Whether subscribers of rooms of that namespace are written down anywhere.
inline bool keeps_presence(const namespace_options& options) noexcept {
  return !options.clients_presence_prefix.empty() || !options.users_presence_prefix.empty();
}

// Where one subscriber is written down.
struct presence_place {
  room_use kind = room_use::clients;  // or users
  std::string room;
  std::string key;

  auto operator<=>(const presence_place&) const = default;
};

// The places of a subscriber of that room. A room whose name gets too long with the prefix has none, nor has who is nobody among users.
std::vector<presence_place> presence_places(const server_options& options, std::string_view room, const client_info& who);

// {"client","user","conn_info"?,"chan_info"?} of a connection, {"user"} of a user; and back, empty if it is none.
std::string presence_document(room_use kind, const client_info& who);
std::optional<client_info> read_presence_document(std::string_view document);

}  // namespace tidewire
