#include "schemas/utf8.hpp"

namespace tidewire {
namespace {

struct second_byte_range {
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

// Table 3-7 of the Unicode Standard: some first bytes narrow the second.
second_byte_range second_byte(unsigned char first) noexcept {
  switch (first) {
    case 0xE0: return {0xA0, 0xBF};
    case 0xED: return {0x80, 0x9F};
    case 0xF0: return {0x90, 0xBF};
    case 0xF4: return {0x80, 0x8F};
    default: return {};
  }
}

std::size_t length_by_first_byte(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

unsigned char byte_at(std::string_view text, std::size_t at) noexcept { return static_cast<unsigned char>(text[at]); }

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto length = length_by_first_byte(byte_at(text, 0));
  if (length < 2 || text.size() < length) return length == 1 ? 1 : 0;
  const auto range = second_byte(byte_at(text, 0));
  if (byte_at(text, 1) < range.low || byte_at(text, 1) > range.high) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if ((byte_at(text, at) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = byte_at(text, at) < 0x80 ? 1 : utf8_length(text.substr(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void append_utf8(std::string& out, std::uint32_t character) {
  if (character > 0x10FFFF || (character >= 0xD800 && character < 0xE000)) character = replacement_character;
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((character >> shift) & 0x3F)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0 | (character >> 6));
    tail(0);
  } else if (character < 0x10000) {
    out += static_cast<char>(0xE0 | (character >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (character >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace tidewire
