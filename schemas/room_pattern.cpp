#include "schemas/room_pattern.hpp"

#include <algorithm>
#include <utility>

#include "schemas/names.hpp"

namespace tidewire {

namespace {

constexpr std::string_view room_tag = "room";

// Instead of a tag of that name, if there is one.
tag_map with_room(const tag_map& tags, std::string_view room) {
  auto all = tags;
  const auto at = std::ranges::lower_bound(all, room_tag, {}, &tag_map::value_type::first);
  if (at != all.end() && at->first == room_tag) {
    at->second = room;
  } else {
    all.emplace(at, room_tag, room);
  }
  return all;
}

}  // namespace

result<void> check_room_pattern(std::string_view pattern, std::size_t bytes_max) {
  if (auto named = check_room_name(pattern, bytes_max); !named) return named;
  if (pattern.find('*') != pattern.size() - 1) return fail(errc::bad_request, "a pattern has one \"*\", at its end: \"sensor:*\"");
  if (pattern.find(':') == std::string_view::npos) return fail(errc::bad_request, "a pattern is of one namespace: \"sensor:*\"");
  return {};
}

publication as_of_room(std::string_view room, const publication& told) {
  publication shown;
  shown.time_ms = told.time_ms;
  if (told.key) shown.key = key_of_room(room, *told.key);
  shown.removed = told.removed;
  shown.data = told.data;
  shown.tags = with_room(told.tags, room);
  shown.tags_before = with_room(told.tags_before, room);
  shown.info = told.info;
  return shown;
}

entity_document as_of_room(std::string_view room, const entity_document& row) {
  return {key_of_room(room, row.key), 0, row.updated_ms, row.data, with_room(row.tags, room)};
}

std::string key_of_room(std::string_view room, std::string_view key) {
  std::string text;
  text.reserve(room.size() + 1 + key.size());
  for (const char c : room) {
    if (c == '%') {
      text += "%25";
    } else if (c == '/') {
      text += "%2F";
    } else {
      text += c;
    }
  }
  text += '/';
  text += key;
  return text;
}

std::optional<room_key> read_key_of_room(std::string_view text) {
  const auto end = text.find('/');
  if (end == std::string_view::npos) return std::nullopt;
  room_key found{{}, std::string(text.substr(end + 1))};
  auto rest = text.substr(0, end);
  while (!rest.empty()) {
    const auto plain = std::min(rest.find('%'), rest.size());
    found.room += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    if (rest.starts_with("%25")) {
      found.room += '%';
    } else if (rest.starts_with("%2F")) {
      found.room += '/';
    } else {
      return std::nullopt;
    }
    rest.remove_prefix(3);
  }
  return found;
}

}  // namespace tidewire
