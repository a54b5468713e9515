// The body of POST /api/v1/rooms/{room}/messages: {"data"}, any JSON, for who is subscribed right now.
#pragma once

#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// The data, as raw JSON without a line break. Errors: unsupported_media; bad_request (syntax, members); payload_too_large beyond
// document_bytes_max.
result<std::string> parse_message(std::string_view content_type, std::string_view body, const limits& bounds);

}  // namespace tidewire::api
