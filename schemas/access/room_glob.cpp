#include "schemas/access/room_glob.hpp"

#include <cstddef>
#include <utility>

#include "schemas/room_pattern.hpp"

namespace tidewire {

void room_glob::add_stars(std::string_view text) {
  while (!text.empty()) {
    const auto star = text.find('*');
    if (star != 0) pieces_.push_back({piece_kind::text, std::string(text.substr(0, star))});
    if (star == std::string_view::npos) return;
    if (pieces_.empty() || pieces_.back().kind != piece_kind::star) pieces_.push_back({piece_kind::star, {}});
    text.remove_prefix(star + 1);
  }
}

result<room_glob> room_glob::parse(std::string_view text) {
  if (text.empty()) return fail(errc::bad_request, "a pattern of rooms is empty");
  room_glob made;
  while (!text.empty()) {
    const auto open = text.find_first_of("{}");
    made.add_stars(text.substr(0, open));
    if (open == std::string_view::npos) break;
    const auto close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == std::string_view::npos || text[close] == '{' || close == open + 1)
      return fail(errc::bad_request, R"(a claim in a pattern of rooms is written like "user:{sub}")");
    made.pieces_.push_back({piece_kind::claim, std::string(text.substr(open + 1, close - open - 1))});
    text.remove_prefix(close + 1);
  }
  return made;
}

room_glob room_glob::of_stars(std::string_view text) {
  room_glob made;
  made.add_stars(text);
  return made;
}

room_glob room_glob::of_room(std::string_view name) {
  room_glob made;
  made.pieces_.push_back({piece_kind::text, std::string(name)});
  return made;
}

std::optional<room_glob> room_glob::bind(const claim_texts& claims) const {
  room_glob bound = *this;
  for (auto& each : bound.pieces_) {
    if (each.kind != piece_kind::claim) continue;
    const auto found = claims.find(each.text);
    if (found == claims.end() || found->second.empty()) return std::nullopt;
    each = {piece_kind::text, found->second};
  }
  return bound;
}

// A pattern's rooms are all that begin with its prefix: whatever follows has to be taken by a star of ours at the end.
bool room_glob::covers(std::string_view room) const {
  if (!is_room_pattern(room)) return matches(room);
  return room.ends_with('*') && !pieces_.empty() && pieces_.back().kind == piece_kind::star && matches(prefix_of_pattern(room));
}

// Text by text from the left; when one does not fit, the last star takes a byte more. Earlier stars need no second look.
bool room_glob::matches(std::string_view name) const {
  std::size_t at = 0, next = 0;                                         // in the name, and the piece to come
  std::size_t star = pieces_.size(), star_at = std::string_view::npos;  // the piece behind the last star, and where that star ends
  while (true) {
    if (next < pieces_.size() && pieces_[next].kind == piece_kind::star) {
      star = ++next;
      star_at = at;
    } else if (next < pieces_.size() && pieces_[next].kind == piece_kind::text && name.substr(at).starts_with(pieces_[next].text)) {
      at += pieces_[next++].text.size();
    } else if (next == pieces_.size() && at == name.size()) {
      return !pieces_.empty();
    } else if (star_at != std::string_view::npos && star_at < name.size()) {
      at = ++star_at;
      next = star;
    } else {
      return false;
    }
  }
}

}  // namespace tidewire
