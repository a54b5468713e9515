// Where the next page of a listing begins. To clients a cursor is opaque; inside it is base64url of the listing's letter and a position,
// so that a cursor of another listing is noticed. Where a position may lie in a room that its reader must not know of, it is sealed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::api {

using cursor_key = std::array<std::uint8_t, 32>;

enum class listing : char {
  rooms = 'r',       // position: the last room's name; sealed
  entities = 'e',    // position: the last key
  found = 'f',       // position: the last room and key, with a line break between them; sealed
  history = 'h',     // position: the last offset, in decimal
  quarantine = 'q',  // position: the last record's id
  exports = 'x',     // position: where an export goes on (actors/ops/export_reader.hpp)
};

std::string encode_cursor(listing of, std::string_view position);

// The position. Errors: bad_request if it is no cursor of that listing.
result<std::string> decode_cursor(listing of, std::string_view cursor);

// The same with a position that nobody without the key can read or make: AES-256-GCM (NIST SP 800-38D), with a nonce of its own.
std::string seal_cursor(listing of, std::string_view position, const cursor_key& key);
result<std::string> open_cursor(listing of, std::string_view cursor, const cursor_key& key);

// For history. Errors as above, and if the position is no offset.
result<std::uint64_t> decode_offset_cursor(std::string_view cursor);

}  // namespace tidewire::api
