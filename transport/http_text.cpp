#include "transport/http_text.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <cassert>
#include <ctime>
#include <utility>

#include "schemas/api/problem.hpp"

namespace tidewire::transport {
namespace {

std::string_view reason_phrase(std::uint16_t status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// IMF-fixdate (RFC 9110 §5.6.7), made once a second and thread.
std::string_view http_date() {
  thread_local std::time_t made_at = -1;
  thread_local std::array<char, 32> text{};
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    made_at = now;
  }
  return text.data();
}

bool is_plain(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; });
}

}  // namespace

http_response make_problem(errc code, std::string_view detail) {
  http_response made{.status = describe(code).http_status,
                     .content_type = std::string(api::problem_content_type),
                     .headers = {},
                     .body = api::problem_body({code, std::string(detail)})};
  if (made.status == 503) made.headers.push_back({"retry-after", "1"});
  return made;
}

http_response make_problem(std::uint16_t status, std::string_view detail) {
  std::string body = R"({"type":"about:blank","title":")";
  body.append(reason_phrase(status)).append(R"(","status":)").append(std::to_string(status));
  body.append(R"(,"detail":")").append(detail).append("\"}");
  return {.status = status, .content_type = std::string(api::problem_content_type), .headers = {}, .body = std::move(body)};
}

bool may_have_body(std::uint16_t status) noexcept { return status >= 200 && status != 204 && status != 304; }

bool is_sendable(const http_response& response) noexcept {
  return is_plain(response.content_type) && std::all_of(response.headers.begin(), response.headers.end(),
                                                        [](const header& field) { return is_plain(field.name) && is_plain(field.value); });
}

std::string make_response_head(const http_response& response, bool keep_alive, std::size_t room) {
  assert(is_sendable(response));
  std::string head;
  head.reserve(256 + room);
  const auto line = [&](std::string_view name, std::string_view value) { head.append(name).append(": ").append(value).append("\r\n"); };
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_phrase(response.status)).append("\r\n");
  line("date", http_date());
  if (!response.content_type.empty()) line("content-type", response.content_type);
  if (may_have_body(response.status)) line("content-length", std::to_string(response.body.size()));
  for (const auto& field : response.headers) line(field.name, field.value);
  line("connection", keep_alive ? "keep-alive" : "close");
  return head.append("\r\n");
}

std::string make_stream_head(std::string_view content_type, std::span<const header> headers) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  const auto line = [&](std::string_view name, std::string_view value) { head.append(name).append(": ").append(value).append("\r\n"); };
  line("date", http_date());
  line("content-type", content_type);
  line("transfer-encoding", "chunked");
  for (const auto& field : headers) line(field.name, field.value);
  line("connection", "close");
  return head.append("\r\n");
}

bool is_token_char(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool list_holds(const http_request& request, std::string_view lower_name, std::string_view token) noexcept {
  bool found = false;
  for (const auto& field : request.headers)
    if (field.name == lower_name)
      for_each_item(field.value, [&](std::string_view item) { found = found || equals_ignoring_case(item, token); });
  return found;
}

std::string_view http_request::find(std::string_view name) const noexcept {
  for (const auto& field : headers) {
    if (field.name == name) return field.value;
  }
  return {};
}

}  // namespace tidewire::transport
