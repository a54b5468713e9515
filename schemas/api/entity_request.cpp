#include "schemas/api/entity_request.hpp"

#include <string>
#include <utility>

#include "schemas/api/etag.hpp"
#include "schemas/api/media_type.hpp"
#include "schemas/api/operation_reader.hpp"
#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

struct entity_method {
  std::string_view name;
  operation_kind kind;
  std::string_view media_type;  // of its body; empty: it has none
};

// Of a method with several types the first is the one that is meant when there is no body to tell.
constexpr entity_method entity_methods[] = {{"PUT", operation_kind::set, "application/json"},
                                            {"PATCH", operation_kind::merge, "application/merge-patch+json"},
                                            {"PATCH", operation_kind::patch, "application/json-patch+json"},
                                            {"DELETE", operation_kind::remove, ""}};

const entity_method* find_method(std::string_view name, std::string_view type) noexcept {
  const entity_method* found = nullptr;
  for (const auto& known : entity_methods)
    if (known.name == name && (found == nullptr || known.media_type == type)) found = &known;
  return found;
}

// Its values lie two levels deep.
limits of_patch(limits bounds) {
  bounds.json_depth_max += 2;
  return bounds;
}

}  // namespace

result<operation> parse_entity_request(const entity_request& asked, std::string_view body, const limits& bounds) {
  const auto type = media_type(asked.content_type);
  const auto* method = find_method(asked.method, type);
  if (!method) return fail(errc::method_not_allowed, "an entity has GET, PUT, PATCH and DELETE");
  if (auto checked = check_key(asked.key, bounds.key_bytes_max); !checked) return tl::unexpected(checked.error());
  auto condition = parse_precondition(asked.if_match, asked.if_none_match);
  if (!condition) return tl::unexpected(condition.error());

  operation made;
  made.key = asked.key;
  made.kind = method->kind;
  made.only_if = std::move(*condition);
  if (asked.ttl) {
    if (made.kind == operation_kind::remove) return fail(errc::bad_request, "\"ttl\" is for what stays: DELETE takes none");
    const auto seconds = read_ttl(*asked.ttl, bounds);
    if (!seconds) return fail(seconds.error().code, "\"ttl\" " + seconds.error().detail);
    made.ttl_s = *seconds;
  }
  if (method->media_type.empty()) return made;
  if (type != method->media_type)
    return fail(errc::unsupported_media, asked.method == "PATCH"
                                             ? "send application/merge-patch+json or application/json-patch+json, in UTF-8"
                                             : "send " + std::string(method->media_type) + ", in UTF-8");
  auto document = canonical_json(body, made.kind == operation_kind::patch ? of_patch(bounds) : bounds);
  if (!document) return tl::unexpected(document.error());
  if (made.kind == operation_kind::patch) {
    if (const auto checked = check_json_patch(*document); !checked) return tl::unexpected(checked.error());
  }
  made.data = std::move(*document);
  return made;
}

}  // namespace tidewire::api
