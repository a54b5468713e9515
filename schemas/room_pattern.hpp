// Subscriptions to many rooms. A pattern is a room name whose last character is "*", "sensor:*" or "sensor:hall-*": every room of that
// namespace whose name begins so, now and later.
//
// What such a subscription is told says which room it is of: its tag "room" is the room's name, and its key is room "/" key, where "%" and
// "/" of the room are written "%25" and "%2F". It has no offset, for there is no order between rooms.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/publication.hpp"
#include "schemas/result.hpp"

namespace tidewire {

inline bool is_room_pattern(std::string_view name) noexcept { return name.find('*') != std::string_view::npos; }

// One "*", at the end, behind a namespace and its colon. The failure says which rule was broken.
result<void> check_room_pattern(std::string_view pattern, std::size_t bytes_max);

// What the names of its rooms begin with. REQUIRES: check_room_pattern.
inline std::string_view prefix_of_pattern(std::string_view pattern) noexcept { return pattern.substr(0, pattern.size() - 1); }

// How its subscribers are told of a change or an entity of that room.
publication as_of_room(std::string_view room, const publication& told);
entity_document as_of_room(std::string_view room, const entity_document& row);

// A key as its subscribers see it, and back; none: it is not of that form.
std::string key_of_room(std::string_view room, std::string_view key);
struct room_key {
  std::string room;
  std::string key;

  bool operator==(const room_key&) const = default;
};
std::optional<room_key> read_key_of_room(std::string_view text);

}  // namespace tidewire
