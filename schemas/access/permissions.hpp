// Who may do what: the one decision for all ways in, client protocol and HTTP. What nobody allows is forbidden, but with --dev.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/access/room_grants.hpp"
#include "schemas/options.hpp"
#include "schemas/token.hpp"

namespace tidewire {

struct rights {
  std::string user;      // `sub` of the token; of an API key "apikey:" and its name; empty: nobody in particular
  bool client = true;    // may do what namespaces let clients do; an API key has its rooms and nothing else
  room_grants grants{};  // of the token itself, of the rules ([[permission]]) that are about it, or of the key

  bool operator==(const rights&) const = default;
};

// What a token gives: its scope in all rooms, its capabilities, and what the rules say of who has such claims.
rights rights_of(const server_options& options, const token_claims& claims);
rights rights_of(const api_key_options& key);

// Whether they may subscribe to the room, or to all rooms of a pattern, without a subscription token. Rooms of certain users are for these
// with --dev, too.
bool may_subscribe(const server_options& options, const rights& whose, const std::string& room);

// Whether they may do that. With --dev everybody may do everything.
bool may(const server_options& options, const rights& whose, room_action what, const std::string& room);

// What of the documents of that room they may read, where may() lets them do that, or may_subscribe(); nothing: everything. Several
// permissions add up.
std::optional<field_mask> readable_fields(const server_options& options, const rights& whose, room_action what, const std::string& room);

// The secrets and keys by which tokens are trusted.
token_rules trusted_by(const server_options& options) noexcept;

}  // namespace tidewire
