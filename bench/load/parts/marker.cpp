#include "bench/load/parts/marker.hpp"

#include <bit>
#include <cassert>

namespace tidewire::load {

static_assert(std::endian::native == std::endian::little, "read_hex8 reads its digits in this order");

std::string make_payload(std::size_t bytes) {
  assert(bytes >= payload_bytes_min);
  std::string payload(marker_start);
  payload.append(16, '0');
  payload += R"(","pad":")";
  payload.append(bytes - payload.size() - 2, 'x');
  payload += R"("})";
  return payload;
}

void stamp(char* payload, const marker& what) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  assert(what.publisher < publishers_max && what.room < rooms_max && what.sequence < (std::uint64_t{1} << 36));
  auto value = (std::uint64_t{what.publisher} << 52) | (std::uint64_t{what.room} << 36) | what.sequence;
  auto* const first = payload + marker_start.size();
  for (auto* at = first + 16; at != first; value >>= 4) *--at = digits[value & 0xF];
}

std::size_t find_marker(std::string_view text) noexcept {
  std::size_t from = 0;
  while (from + marker_bytes <= text.size()) {
    const auto* brace = static_cast<const char*>(std::memchr(text.data() + from, '{', text.size() - from - marker_bytes + 1));
    if (brace == nullptr) break;
    if (is_marker(brace)) return static_cast<std::size_t>(brace - text.data());
    from = static_cast<std::size_t>(brace - text.data()) + 1;
  }
  return std::string_view::npos;
}

}  // namespace tidewire::load
