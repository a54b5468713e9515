// PUT, PATCH and DELETE of /api/v1/rooms/{room}/entities/{key}, as operations.
#pragma once

#include <optional>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// The header field Accept-Patch (RFC 5789 §3.1), due in the answer to a PATCH of another type.
inline constexpr std::string_view accept_patch = "application/merge-patch+json, application/json-patch+json";

struct entity_request {
  std::string_view method;
  std::string_view key;
  std::string_view content_type;
  std::string_view if_match;  // header fields, empty if absent
  std::string_view if_none_match;
  std::optional<std::string_view> ttl = std::nullopt;  // the query parameter
};

// PUT takes the document, PATCH a merge patch (RFC 7396) or a JSON patch (RFC 6902), DELETE nothing: its body is not looked at. A ttl is
// for the first two. Errors: method_not_allowed, unsupported_media, bad_request (the ttl), and those of check_key, parse_precondition and
// canonical_json.
result<operation> parse_entity_request(const entity_request& asked, std::string_view body, const limits& bounds);

}  // namespace tidewire::api
