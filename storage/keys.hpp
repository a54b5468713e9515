// The keys of every column family. Rows of one family sort by the unsigned bytes of their keys, and every encoding here
// keeps the order of what it encodes, for any bytes, NUL included:
//
//   state   = text(room) key
//   stream  = text(room) offset                        offset: 8 bytes, big endian
//   rooms   = room
//   index   = text(field) text(value) text(room) key
//   dedupe  = text(room) text(scope) id
//   expiry  = time text(room) key                   time: Unix milliseconds, 8 bytes, big endian
//   dead    = id                                       of the record, in text
//   meta    = "format" / "boot" / "clean" / "restored"              storage/lifecycle.hpp
//
//   text(s) = every byte of s, NUL as 00 FF; then 00 01
//
// The terminator sorts below every continuation, so text("a") < text("a\0") < text("ab"), and no text is a prefix of another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::storage::keys {

std::string text(std::string_view bytes);

std::string state(std::string_view room, std::string_view key);
// Of the state of all rooms whose name begins so.
std::string states_prefix(std::string_view room_prefix);
std::string stream(std::string_view room, std::uint64_t offset);
std::string index_prefix(std::string_view field, std::string_view value);
std::string index(std::string_view field, std::string_view value, std::string_view room, std::string_view key);
std::string dedupe(std::string_view room, std::string_view scope, std::string_view id);

// REQUIRES: time_ms >= 0. Without room and key it is less than every row of that time.
std::string expiry_from(std::int64_t time_ms);
std::string expiry(std::int64_t time_ms, std::string_view room, std::string_view key);

// The least key above every key that begins with `prefix`; empty when there is none.
std::string end_of(std::string_view prefix);

// The least key above `key`.
std::string next_to(std::string_view key);

// A state key, or the tail of an index key behind its index_prefix(), taken apart; none if it is malformed.
struct room_and_key {
  std::string room;
  std::string key;

  bool operator==(const room_and_key&) const = default;
};
std::optional<room_and_key> read_room_and_key(std::string_view bytes);

// An expiry key taken apart; none if it is malformed.
struct expiring {
  std::int64_t time_ms = 0;
  std::string room;
  std::string key;

  bool operator==(const expiring&) const = default;
};
std::optional<expiring> read_expiry(std::string_view bytes);

// The tail of a stream key behind text(room); none if it is malformed.
std::optional<std::uint64_t> read_offset(std::string_view bytes);

}  // namespace tidewire::storage::keys
