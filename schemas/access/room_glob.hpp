// Which rooms a permission is for: "sensor:*", "user:{sub}", "team:{team}:*". A star is any run of bytes, also an empty one or one with
// colons; a name in braces is a claim of the caller's token, taken as it is: stars in it are bytes like others.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire {

// The claims of a token that are texts, by name.
using claim_texts = std::map<std::string, std::string, std::less<>>;

class room_glob {
 public:
  // Error: bad_request for an empty text, or a brace without its counterpart or without a name.
  static result<room_glob> parse(std::string_view text);
  // The same without claims: braces are bytes like others.
  static room_glob of_stars(std::string_view text);
  // That one room.
  static room_glob of_room(std::string_view name);

  // With the claims filled in; nothing: one is missing or empty, so it is for no room.
  std::optional<room_glob> bind(const claim_texts& claims) const;

  // Whether it is for that room or, of a pattern of rooms ("sensor:hall-*"), for all of them. Claims that are not bound match nothing.
  bool covers(std::string_view room) const;

  bool operator==(const room_glob&) const = default;

 private:
  enum class piece_kind : unsigned char { text, star, claim };
  struct piece {
    piece_kind kind;
    std::string text;  // or the claim's name; of a star empty

    bool operator==(const piece&) const = default;
  };
  void add_stars(std::string_view text);
  bool matches(std::string_view name) const;

  std::vector<piece> pieces_;
};

}  // namespace tidewire
