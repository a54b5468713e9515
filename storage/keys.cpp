#include "storage/keys.hpp"

#include <limits>

namespace tidewire::storage::keys {

namespace {

constexpr char nul = '\x00';
constexpr char escaped = '\xff';
constexpr char ended = '\x01';

void append_text(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) {
    out.push_back(byte);
    if (byte == nul) out.push_back(escaped);
  }
  out.push_back(nul);
  out.push_back(ended);
}

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>((number >> shift) & 0xff));
}

// Takes one text off the front of `rest`.
std::optional<std::string> take_text(std::string_view& rest) {
  std::string out;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != nul) {
      out.push_back(rest[i]);
      continue;
    }
    if (++i == rest.size()) return std::nullopt;
    if (rest[i] == ended) {
      rest.remove_prefix(i + 1);
      return out;
    }
    if (rest[i] != escaped) return std::nullopt;
    out.push_back(nul);
  }
  return std::nullopt;
}

}  // namespace

std::string text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + 2);
  append_text(out, bytes);
  return out;
}

std::string state(std::string_view room, std::string_view key) {
  std::string out;
  out.reserve(room.size() + key.size() + 2);
  append_text(out, room);
  out.append(key);
  return out;
}

std::string states_prefix(std::string_view room_prefix) {
  auto out = text(room_prefix);
  out.resize(out.size() - 2);  // without its end
  return out;
}

std::string stream(std::string_view room, std::uint64_t offset) {
  std::string out;
  out.reserve(room.size() + 10);
  append_text(out, room);
  append_number(out, offset);
  return out;
}

std::string index_prefix(std::string_view field, std::string_view value) {
  std::string out;
  out.reserve(field.size() + value.size() + 4);
  append_text(out, field);
  append_text(out, value);
  return out;
}

std::string index(std::string_view field, std::string_view value, std::string_view room, std::string_view key) {
  std::string out;
  out.reserve(field.size() + value.size() + room.size() + key.size() + 6);
  append_text(out, field);
  append_text(out, value);
  append_text(out, room);
  out.append(key);
  return out;
}

std::string dedupe(std::string_view room, std::string_view scope, std::string_view id) {
  std::string out;
  out.reserve(room.size() + scope.size() + id.size() + 5);  // a scope holds one NUL
  append_text(out, room);
  append_text(out, scope);
  out.append(id);
  return out;
}

std::string expiry_from(std::int64_t time_ms) {
  std::string out;
  append_number(out, static_cast<std::uint64_t>(time_ms));
  return out;
}

std::string expiry(std::int64_t time_ms, std::string_view room, std::string_view key) {
  std::string out;
  out.reserve(room.size() + key.size() + 10);
  append_number(out, static_cast<std::uint64_t>(time_ms));
  append_text(out, room);
  out.append(key);
  return out;
}

std::string end_of(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && out.back() == '\xff') out.pop_back();
  if (!out.empty()) out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

std::string next_to(std::string_view key) {
  std::string out(key);
  out.push_back(nul);
  return out;
}

std::optional<room_and_key> read_room_and_key(std::string_view bytes) {
  auto room = take_text(bytes);
  if (!room) return std::nullopt;
  return room_and_key{std::move(*room), std::string(bytes)};
}

std::optional<expiring> read_expiry(std::string_view bytes) {
  constexpr std::size_t time_bytes = 8;
  const auto time = read_offset(bytes.substr(0, time_bytes));
  if (!time || *time > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  auto row = read_room_and_key(bytes.substr(time_bytes));
  if (!row) return std::nullopt;
  return expiring{static_cast<std::int64_t>(*time), std::move(row->room), std::move(row->key)};
}

std::optional<std::uint64_t> read_offset(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  std::uint64_t offset = 0;
  for (const char byte : bytes) offset = offset << 8 | static_cast<unsigned char>(byte);
  return offset;
}

}  // namespace tidewire::storage::keys
