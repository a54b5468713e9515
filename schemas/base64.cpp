#include "schemas/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tidewire {

namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t foreign = 0xFF;
using value_table = std::array<std::uint8_t, 256>;

constexpr value_table values_of(std::string_view alphabet) {
  value_table values{};
  for (auto& value : values) value = foreign;
  for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}

constexpr value_table url_values = values_of(url_alphabet);
constexpr value_table standard_values = values_of(standard_alphabet);

// REQUIRES: no padding.
std::optional<std::string> decode(std::string_view text, const value_table& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;  // how many of them
  for (const char c : text) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value == foreign) return std::nullopt;
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>((bits >> held) & 0xFF));
    bits &= (1U << held) - 1;
  }
  if (bits != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      text.push_back(url_alphabet[(bits >> held) & 0x3F]);
    }
    bits &= (1U << held) - 1;
  }
  if (held > 0) text.push_back(url_alphabet[(bits << (6 - held)) & 0x3F]);
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) { return decode(text, url_values); }

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) return decode(text.substr(0, text.size() - 2), standard_values);
  if (text.ends_with('=')) return decode(text.substr(0, text.size() - 1), standard_values);
  return decode(text, standard_values);
}

}  // namespace tidewire
