// The value of Content-Type (RFC 9110 §8.3).
#pragma once

#include <string>
#include <string_view>

namespace tidewire::api {

// type "/" subtype in lower case without parameters; empty if malformed, or if a charset other than UTF-8 is named.
std::string media_type(std::string_view content_type);

// Whether a media type in lower case is JSON: "…/json" or "…/…+json".
bool is_json(std::string_view media_type) noexcept;

}  // namespace tidewire::api
