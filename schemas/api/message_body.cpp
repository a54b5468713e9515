#include "schemas/api/message_body.hpp"

#include "schemas/api/media_type.hpp"
#include "schemas/api/operation_reader.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire::api {

result<std::string> parse_message(std::string_view content_type, std::string_view body, const limits& bounds) {
  if (media_type(content_type) != "application/json") return fail(errc::unsupported_media, "send application/json, in UTF-8");
  limits whole = bounds;  // the data lies one level deep in it, and is bounded by itself
  whole.document_bytes_max = bounds.http_body_bytes_max;
  whole.json_depth_max = bounds.json_depth_max + 1;
  const auto json = canonical_json(body, whole);
  if (!json) return tl::unexpected(json.error());
  const auto members = json_members(*json);
  if (!members) return fail_at("", errc::bad_request, R"(must be an object {"data": …})");
  std::string_view data;
  for (const auto& [name, raw] : *members) {
    if (name != "data") return fail_at(member_pointer("", name), errc::bad_request, "is not a member of a message");
    data = raw;
  }
  if (data.empty()) return fail_at("/data", errc::bad_request, "is missing");
  if (exceeds<"document_bytes_max">(data.size() > bounds.document_bytes_max))
    return fail_at("/data", errc::payload_too_large, "is longer than " + std::to_string(bounds.document_bytes_max) + " bytes");
  return std::string(data);
}

}  // namespace tidewire::api
