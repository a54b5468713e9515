#include "transport/chunked_body.hpp"

#include <algorithm>

#include "transport/http_text.hpp"

namespace tidewire::transport {
namespace {

constexpr unsigned digits_max = 15;  // more than any body that fits

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_field_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7F);
}

}  // namespace

chunked_body::progress chunked_body::feed(std::string_view& input, std::string& body) {
  while (!input.empty()) {
    if (state_ == expects::data) {
      const auto piece = input.substr(0, left_);
      body.append(piece);
      input.remove_prefix(piece.size());
      left_ -= piece.size();
      if (left_ == 0) state_ = expects::data_cr;
      continue;
    }
    const char next = input.front();
    input.remove_prefix(1);
    if (const auto outcome = take(next); outcome != progress::more) return outcome;
  }
  return progress::more;
}

chunked_body::progress chunked_body::take(char next) {
  const auto expect = [&](char wanted, expects then) {
    if (next != wanted) return progress::malformed;
    state_ = then;
    return progress::more;
  };
  const auto overhead = [&] { return ++overhead_bytes_ > overhead_bytes_max_ ? progress::too_long : progress::more; };
  switch (state_) {
    case expects::size:
      if (const int value = hex_value(next); value >= 0) {
        if (++digits_ > digits_max) return progress::too_large;
        left_ = left_ * 16 + static_cast<std::size_t>(value);
        return progress::more;
      }
      if (digits_ == 0) return progress::malformed;
      if (next == '\r') return expect('\r', expects::size_lf);
      if (next != ';' && next != ' ' && next != '\t') return progress::malformed;
      state_ = expects::extension;
      return overhead();
    case expects::extension:
      if (next == '\r') return expect('\r', expects::size_lf);
      return is_field_char(next) ? overhead() : progress::malformed;
    case expects::size_lf: return next == '\n' ? end_of_size_line() : progress::malformed;
    case expects::data_cr: return expect('\r', expects::data_lf);
    case expects::data_lf: return expect('\n', expects::size);
    case expects::trailer:
      if (next == '\r') return expect('\r', expects::last_lf);
      if (!is_token_char(next)) return progress::malformed;
      state_ = expects::trailer_name;
      return overhead();
    case expects::trailer_name:
      if (next == ':') {
        state_ = expects::trailer_value;
      } else if (!is_token_char(next)) {
        return progress::malformed;
      }
      return overhead();
    case expects::trailer_value:
      if (next == '\r') return expect('\r', expects::trailer_lf);
      return is_field_char(next) ? overhead() : progress::malformed;
    case expects::trailer_lf: return expect('\n', expects::trailer);
    case expects::last_lf: return next == '\n' ? progress::complete : progress::malformed;
    case expects::data: break;  // feed() takes it in one piece
  }
  return progress::malformed;
}

chunked_body::progress chunked_body::end_of_size_line() {
  digits_ = 0;
  if (left_ == 0) {
    state_ = expects::trailer;
    return progress::more;
  }
  if (left_ > body_bytes_max_ - body_bytes_) return progress::too_large;
  body_bytes_ += left_;
  state_ = expects::data;
  return progress::more;
}

}  // namespace tidewire::transport
