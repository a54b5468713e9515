#include "schemas/json_cursor.hpp"

namespace tidewire {
namespace {

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
  for (++at_; at_ != end_; ++at_) {
    if (*at_ == '"') {
      ++at_;
      return true;
    }
    if (*at_ == '\\' && ++at_ == end_) return false;
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
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return true;
  }
  return false;
}

}  // namespace tidewire
