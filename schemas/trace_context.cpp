#include "schemas/trace_context.hpp"

#include <algorithm>

namespace tidewire {

namespace {

constexpr std::size_t length = 55;

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool all_hex(std::string_view text) noexcept { return std::ranges::all_of(text, is_hex); }

bool is_id(std::string_view text) noexcept { return all_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

bool is_odd_digit(char c) noexcept { return ((c <= '9' ? c - '0' : c - 'a' + 10) & 1) != 0; }

}  // namespace

std::optional<trace_parent> parse_traceparent(std::string_view text) noexcept {
  if (text.size() < length) return std::nullopt;
  const auto version = text.substr(0, 2);
  const trace_parent read{text.substr(3, 32), text.substr(36, 16), is_odd_digit(text[54])};
  const bool dashes = text[2] == '-' && text[35] == '-' && text[52] == '-';
  if (!dashes || !all_hex(version) || !is_id(read.trace_id) || !is_id(read.parent_id) || !all_hex(text.substr(53, 2))) return std::nullopt;
  if (version == "ff") return std::nullopt;
  const bool ends = text.size() == length || (version != "00" && text[length] == '-');
  return ends ? std::optional(read) : std::nullopt;
}

}  // namespace tidewire
