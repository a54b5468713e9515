#include "schemas/json_cursor.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace tidewire {
namespace {

// Eight bytes at a time: the high bit of each byte of the result says whether that byte is `wanted`. Above the first that is, bits may be
// wrong (a borrow), below it none.
constexpr std::uint64_t each_byte = 0x0101010101010101U;

std::uint64_t find_byte(std::uint64_t word, unsigned char wanted) noexcept {
  const auto zero_where_found = word ^ (each_byte * wanted);
  return (zero_where_found - each_byte) & ~zero_where_found & (each_byte << 7U);
}

// The next quote or backslash: what is in between means nothing to a cursor.
const char* find_string_mark(const char* at, const char* end) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    for (std::uint64_t word = 0; static_cast<std::size_t>(end - at) >= sizeof word; at += sizeof word) {
      std::memcpy(&word, at, sizeof word);
      if (const auto found = find_byte(word, '"') | find_byte(word, '\\')) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

bool opens_or_closes(char c) noexcept { return c == '{' || c == '}' || c == '[' || c == ']'; }

bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool ends_scalar(char c) noexcept { return c == ',' || c == '}' || c == ']' || is_space(c); }

std::string_view slice(const char* from, const char* to) noexcept { return {from, static_cast<std::size_t>(to - from)}; }

}  // namespace

json_cursor::json_cursor(std::string_view text, char opening) noexcept
    : at_(text.data()), end_(text.data() + text.size()), closing_(opening == '{' ? '}' : ']') {
  skip_space();
  if (at_ == end_ || *at_ != opening) {
    state_ = state::broken;
    return;
  }
  ++at_;
}

bool json_cursor::next(item& found) noexcept {
  if (state_ == state::done || state_ == state::broken) return false;
  skip_space();
  if (at_ == end_) return stop(state::broken);
  if (*at_ == closing_) return finish();
  if (state_ == state::more) {
    if (*at_ != ',') return stop(state::broken);
    ++at_;
    skip_space();
  }
  state_ = state::more;
  found.name = {};
  if (closing_ == '}') {
    const char* begin = at_;
    if (at_ == end_ || *at_ != '"' || !skip_string()) return stop(state::broken);
    found.name = slice(begin, at_);
    skip_space();
    if (at_ == end_ || *at_ != ':') return stop(state::broken);
    ++at_;
    skip_space();
  }
  const char* begin = at_;
  if (!skip_value()) return stop(state::broken);
  found.value = slice(begin, at_);
  return true;
}

bool json_cursor::stop(state why) noexcept {
  state_ = why;
  return false;
}

bool json_cursor::finish() noexcept {
  ++at_;
  skip_space();
  return stop(at_ == end_ ? state::done : state::broken);
}

void json_cursor::skip_space() noexcept {
  while (at_ != end_ && is_space(*at_)) ++at_;
}

bool json_cursor::skip_string() noexcept {
  for (++at_; (at_ = find_string_mark(at_, end_)) != end_; ++at_) {
    if (*at_ == '"') {
      ++at_;
      return true;
    }
    if (++at_ == end_) return false;
  }
  return false;
}

bool json_cursor::skip_value() noexcept {
  if (at_ == end_) return false;
  if (*at_ == '"') return skip_string();
  if (*at_ != '{' && *at_ != '[') {
    const char* begin = at_;
    while (at_ != end_ && !ends_scalar(*at_)) ++at_;
    return at_ != begin;
  }
  std::size_t depth = 0;
  while (at_ != end_) {
    const char c = *at_;
    if (c == '"') {
      if (!skip_string()) return false;
      continue;
    }
    ++at_;
    if (!opens_or_closes(c)) continue;
    if (c == '{' || c == '[') {
      ++depth;
    } else if (--depth == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace tidewire
