#include "bench/load/parts/http_response.hpp"

#include <charconv>

namespace tidewire::load {
namespace {

constexpr http_response malformed{-1, {}, 0};

bool same_letters(std::string_view text, std::string_view lower) noexcept {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i)
    if ((text[i] | 0x20) != (lower[i] | 0x20)) return false;
  return true;
}

// The value of the header in the head, which begins with the status line; empty when there is none.
std::string_view header(std::string_view head, std::string_view name_and_colon) noexcept {
  for (auto line_end = head.find("\r\n"); line_end != std::string_view::npos; line_end = head.find("\r\n")) {
    head.remove_prefix(line_end + 2);
    if (!same_letters(head, name_and_colon)) continue;
    auto value = head.substr(name_and_colon.size(), head.find("\r\n") - name_and_colon.size());
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace

http_response read_http_response(std::string_view text) noexcept {
  constexpr std::string_view start = "HTTP/1.1 ";
  if (text.substr(0, start.size()) != start.substr(0, text.size())) return malformed;
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return {};
  const auto head = text.substr(0, head_end);
  http_response found;
  if (std::from_chars(head.data() + start.size(), head.data() + head.size(), found.status).ec != std::errc()) return malformed;
  if (!header(head, "transfer-encoding:").empty()) return malformed;
  const auto length = header(head, "content-length:");
  std::size_t body_size = 0;
  if (!length.empty() && std::from_chars(length.data(), length.data() + length.size(), body_size).ec != std::errc()) return malformed;
  if (text.size() - head_end - 4 < body_size) return {};
  found.body = text.substr(head_end + 4, body_size);
  found.size = head_end + 4 + body_size;
  return found;
}

}  // namespace tidewire::load
