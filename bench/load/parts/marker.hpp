// What every published payload begins with, so that a delivery is known and checked without parsing what is around it:
//   payload  = {"tw":" publisher room sequence "}            at least marker_bytes + 2 bytes
//            | {"tw":" publisher room sequence ","pad":" x* "}
//   publisher = 3 hex digits, room = 4 hex digits, sequence = 9 hex digits, all in lower case
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tidewire::load {

struct marker {
  unsigned publisher = 0;
  unsigned room = 0;
  std::uint64_t sequence = 0;
};

inline constexpr std::string_view marker_start = "{\"tw\":\"";
inline constexpr std::size_t marker_bytes = marker_start.size() + 16;
inline constexpr unsigned publishers_max = 1U << 12;
inline constexpr unsigned rooms_max = 1U << 16;
inline constexpr std::size_t payload_bytes_min = 40;

// A JSON object of exactly so many bytes, at least payload_bytes_min.
std::string make_payload(std::size_t bytes);

// Writes the marker over the one that the payload begins with.
void stamp(char* payload, const marker& what) noexcept;

// 16 hex digits as two numbers of 8 digits each.
inline std::uint64_t read_hex8(const char* at) noexcept {
  std::uint64_t text = 0;
  std::memcpy(&text, at, sizeof text);
  auto value = (text & 0x0F0F0F0F0F0F0F0FU) + 9 * ((text >> 6) & 0x0101010101010101U);
  value = ((value << 4) | (value >> 8)) & 0x00FF00FF00FF00FFU;
  value = ((value << 8) | (value >> 16)) & 0x0000FFFF0000FFFFU;
  return ((value << 16) | (value >> 32)) & 0xFFFFFFFFU;
}

// Both need marker_bytes readable bytes.
inline bool is_marker(const char* at) noexcept { return std::memcmp(at, marker_start.data(), marker_start.size()) == 0; }

inline marker read_marker(const char* at) noexcept {
  const auto high = read_hex8(at + marker_start.size());
  const auto low = read_hex8(at + marker_start.size() + 8);
  return {static_cast<unsigned>(high >> 20), static_cast<unsigned>((high >> 4) & 0xFFFF), ((high & 0xF) << 32) | low};
}

// Where the first whole marker begins; npos when there is none.
std::size_t find_marker(std::string_view text) noexcept;

}  // namespace tidewire::load
