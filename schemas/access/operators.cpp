#include "schemas/access/operators.hpp"

#include "schemas/access/api_key.hpp"
#include "schemas/digest.hpp"

namespace tidewire {

namespace {

using enum room_action;

// Rights of a token are those of a client, and the user of an API key begins with "apikey:".
constexpr std::string_view operators_user = "operator";

rights everywhere(action_set allowed) { return {std::string(operators_user), false, {{{room_glob::of_stars("*")}, allowed}}}; }

}  // namespace

namespace_options options_of_operators_rooms() {
  namespace_options made;
  made.name = operators_namespace;
  made.kept = durability::memory;
  made.history_size = 0;
  made.history_ttl_s = 0;
  made.force_recovery = false;
  made.room_ttl_s = 3'600;  // there is one for each question that an operator asked; less would make retention look at all rooms more often
  return made;
}

bool is_for_operators(std::string_view room) noexcept {
  return room.size() > operators_namespace.size() && room.starts_with(operators_namespace) && room[operators_namespace.size()] == ':';
}

rights rights_of_operators() { return everywhere({subscribe, publish, presence, history, manage}); }

rights rights_of_watching_operators() { return everywhere({subscribe, presence, history, manage}); }

bool is_operator(const rights& whose) noexcept { return !whose.client && whose.user == operators_user; }

bool shows_operators_token(std::string_view hash, std::string_view shown) {
  if (hash.empty()) return true;
  return shown.size() <= api_key_bytes_max && equal_in_constant_time(hash_api_key(shown), hash);
}

}  // namespace tidewire
