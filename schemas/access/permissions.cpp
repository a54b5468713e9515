#include "schemas/access/permissions.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "schemas/access/operators.hpp"
#include "schemas/names.hpp"
#include "schemas/room_pattern.hpp"

namespace tidewire {

namespace {

using enum room_action;

constexpr std::pair<std::string_view, action_set> words[] = {
    {"subscribe", {subscribe}}, {"publish", {publish}}, {"presence", {presence}},
    {"history", {history}},     {"manage", {manage}},   {"read", {subscribe, presence, history}},
    {"sub", {subscribe}},       {"pub", {publish}},     {"prs", {presence}},
    {"hst", {history}},
};

// A room whose name ends in "#ann,bob" may be for these users only.
constexpr char user_boundary = '#';
constexpr char user_separator = ',';

// The words of a text that spaces separate.
template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto space = text.find(' ');
    if (space != 0) visit(text.substr(0, space));
    if (space == std::string_view::npos) return;
    text.remove_prefix(space + 1);
  }
}

bool has_word(std::string_view text, std::string_view wanted) {
  bool found = false;
  for_each_word(text, [&](std::string_view word) { found = found || word == wanted; });
  return found;
}

bool is_listed(std::string_view users, std::string_view user) {
  while (true) {
    const auto end = users.find(user_separator);
    if (users.substr(0, end) == user) return true;
    if (end == std::string_view::npos) return false;
    users.remove_prefix(end + 1);
  }
}

// Rooms that the server keeps are for who manages them.
bool is_granted(const rights& whose, room_action what, std::string_view room) {
  if (!grants(whose.grants, what, room)) return false;
  return !is_kept_by_server(room) || grants(whose.grants, manage, room);
}

}  // namespace

std::optional<action_set> actions_of(std::string_view word) noexcept {
  for (const auto& [name, actions] : words)
    if (name == word) return actions;
  return std::nullopt;
}

action_set actions_of_scope(std::string_view scope) noexcept {
  action_set all;
  for_each_word(scope, [&](std::string_view word) {
    if (word.size() > 3) all |= actions_of(word).value_or(action_set{});  // the short names are of capabilities
  });
  return all;
}

bool grants(const room_grants& all, room_action what, std::string_view room) {
  return std::ranges::any_of(all, [&](const room_grant& each) {
    return each.allow.has(what) && std::ranges::any_of(each.rooms, [&](const room_glob& rooms) { return rooms.covers(room); });
  });
}

rights rights_of(const server_options& options, const token_claims& claims) {
  rights made{claims.sub, true, claims.caps};
  if (const auto everywhere = actions_of_scope(claims.scope); !everywhere.empty())
    made.grants.push_back({{room_glob::of_stars("*")}, everywhere});
  for (const auto& rule : options.permissions) {
    if (claims.sub.empty() && !rule.anonymous) continue;
    if (!rule.scope.empty() && !has_word(claims.scope, rule.scope)) continue;
    room_grant bound{{}, rule.allow, rule.fields};
    for (const auto& rooms : rule.rooms)
      if (auto filled = rooms.bind(claims.texts)) bound.rooms.push_back(std::move(*filled));
    if (!bound.rooms.empty()) made.grants.push_back(std::move(bound));
  }
  return made;
}

rights rights_of(const api_key_options& key) { return {"apikey:" + key.name, false, {{key.rooms, key.allow, key.fields}}}; }

namespace {

// What the namespace and the room's name allow, without any grant.
bool is_open_to(const server_options& options, const rights& whose, const std::string& room) {
  if (!whose.client) return false;
  const auto& kept = options_of(options, room);
  const auto& user = whose.user;
  const bool personal = options.personal_channel && kept.name == options.personal_channel_namespace;
  if (is_kept_by_server(room) && !options.dev) return false;
  if (is_room_pattern(room)) {  // it would show the rooms of users, too
    if (kept.allow_user_limited_channels || personal) return false;
    if (!options.dev && !kept.allow_wildcards_for_client) return false;
  }
  if (const auto boundary = room.find(user_boundary); boundary != std::string::npos && (kept.allow_user_limited_channels || personal)) {
    const auto users = std::string_view(room).substr(boundary + 1);
    return !user.empty() && (kept.allow_user_limited_channels ? is_listed(users, user) : users == user);
  }
  return options.dev || (kept.allow_subscribe_for_client && (!user.empty() || kept.allow_subscribe_for_anonymous));
}

// The same for everything that may be done there.
bool is_open_for(const server_options& options, const rights& whose, room_action what, const std::string& room) {
  if (!whose.client) return false;
  const auto& kept = options_of(options, room);
  switch (what) {
    case subscribe: return is_open_to(options, whose, room);
    case publish: return kept.allow_publish_for_client && may_subscribe(options, whose, room);
    case presence: return kept.allow_presence_for_client && may_subscribe(options, whose, room);
    case history: return kept.allow_history_for_client && may_subscribe(options, whose, room);
    case manage: return false;
  }
  return false;
}

}  // namespace

bool may_subscribe(const server_options& options, const rights& whose, const std::string& room) {
  if (is_for_operators(room)) return is_operator(whose) && !is_room_pattern(room) && is_granted(whose, subscribe, room);
  return is_granted(whose, subscribe, room) || is_open_to(options, whose, room);
}

bool may(const server_options& options, const rights& whose, room_action what, const std::string& room) {
  if (is_for_operators(room)) return is_operator(whose) && is_granted(whose, what, room);
  return options.dev || is_granted(whose, what, room) || is_open_for(options, whose, what, room);
}

std::optional<field_mask> readable_fields(const server_options& options, const rights& whose, room_action what, const std::string& room) {
  if (options.dev) return std::nullopt;
  // Where the namespace lets clients read what was, they see of it what they see of what is.
  if (is_open_for(options, whose, what, room)) {
    if (what == subscribe || is_open_to(options, whose, room)) return std::nullopt;
    return readable_fields(options, whose, subscribe, room);
  }
  std::optional<field_mask> readable;
  for (const auto& each : whose.grants) {
    if (!each.allow.has(what) || std::ranges::none_of(each.rooms, [&](const room_glob& rooms) { return rooms.covers(room); })) continue;
    if (!each.fields) return std::nullopt;
    readable = readable ? field_mask::either(*readable, *each.fields) : *each.fields;
  }
  return readable;
}

token_rules trusted_by(const server_options& options) noexcept {
  return {options.token_hmac_secret, options.token_audience, options.token_issuer, options.token_leeway_s, options.token_keys.get()};
}

}  // namespace tidewire
