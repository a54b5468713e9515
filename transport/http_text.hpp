// Small pieces of HTTP/1.1 text: response heads, problem bodies (RFC 9457) and header lists.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "schemas/errc.hpp"
#include "transport/application.hpp"

namespace tidewire::transport {

// A refusal of the engine's own table: status, type and title are the row's. 503 says when to come again.
http_response make_problem(errc code, std::string_view detail);
// A refusal that only HTTP knows: type about:blank, the title is the reason phrase. REQUIRES: the detail needs no JSON escapes.
http_response make_problem(std::uint16_t status, std::string_view detail);

// Status line, Date, framing and the response's own headers, up to the empty line. A response whose headers hold control
// characters is not ours to send: REQUIRES: is_sendable(response). Leaves room for so many bytes behind it.
std::string make_response_head(const http_response& response, bool keep_alive, std::size_t room = 0);
bool is_sendable(const http_response& response) noexcept;
// The head of a response of status 200 whose body comes in chunks and ends the connection.
std::string make_stream_head(std::string_view content_type, std::span<const header> headers);
// 1xx, 204 and 304 never have a body.
bool may_have_body(std::uint16_t status) noexcept;

bool is_token_char(char c) noexcept;  // RFC 9110 §5.6.2
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string_view trim(std::string_view text) noexcept;  // without the spaces and tabs around it
// Calls visit(item) for each trimmed item of a comma-separated list.
template <class Visit>
void for_each_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (const auto item = trim(list.substr(0, comma)); !item.empty()) visit(item);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}
// True if a comma-separated list, in any of the headers of that name, holds the token.
bool list_holds(const http_request& request, std::string_view lower_name, std::string_view token) noexcept;

}  // namespace tidewire::transport
