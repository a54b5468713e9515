#include "schemas/api/batch_body.hpp"

#include <set>
#include <utility>

#include "schemas/api/media_type.hpp"
#include "schemas/api/operation_reader.hpp"
#include "schemas/api/plain_publication.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire::api {

namespace {

// JSON around documents that lie so many levels deep in it; each is bounded by itself.
result<std::string> read_json(std::string_view text, std::size_t levels, std::size_t bytes_max, const limits& bounds) {
  limits whole = bounds;
  whole.document_bytes_max = bytes_max;
  whole.json_depth_max = bounds.json_depth_max + levels;
  return canonical_json(text, whole);
}

result<void> read_items(std::string_view raw, std::string_view caller, const limits& bounds, batch_body& into) {
  const auto items = json_elements(raw);
  if (!items) return fail_at("/operations", errc::bad_request, "must be an array");
  if (items->empty()) return fail_at("/operations", errc::bad_request, "is an empty array");
  if (exceeds<"batch_items_max">(items->size() > bounds.batch_items_max))
    return fail_at("/operations", errc::limit_exceeded, "has more than " + std::to_string(bounds.batch_items_max) + " items");
  std::set<std::pair<std::string, std::string>> ids;
  into.items.reserve(items->size());
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto pointer = "/operations/" + std::to_string(i);
    std::string room;
    auto read = read_room_publication(pointer, (*items)[i], caller, bounds, room);
    if (!read) return tl::unexpected(std::move(read.error()));
    if (read->once && !ids.emplace(room, read->once->id).second)
      return fail_at(pointer, errc::bad_request, "has the same id as another operation of this room");
    into.items.push_back({std::move(room), std::move(*read)});
  }
  return {};
}

}  // namespace

result<batch_body> parse_batch(std::string_view content_type, std::string_view caller, std::string_view body, const limits& bounds) {
  if (media_type(content_type) != "application/json") return fail(errc::unsupported_media, "send application/json in UTF-8");
  const auto json = read_json(body, 3, bounds.http_body_bytes_max, bounds);
  if (!json) return tl::unexpected(json.error());
  const auto members = json_members(*json);
  if (!members) return fail_at("", errc::bad_request, "must be an object");
  batch_body made;
  for (const auto& [name, raw] : *members) {
    if (name == "atomic") {
      const auto atomic = json_boolean(raw);
      if (!atomic) return fail_at("/atomic", errc::bad_request, "must be true or false");
      made.atomic = *atomic;
    } else if (name == "operations") {
      if (auto read = read_items(raw, caller, bounds, made); !read) return tl::unexpected(read.error());
    } else {
      return fail_at(member_pointer("", name), errc::bad_request, "is not a member of a batch");
    }
  }
  if (made.items.empty()) return fail_at("/operations", errc::bad_request, "is missing");
  return made;
}

result<operation> parse_line(std::string_view line, std::string_view caller, std::string& room, const limits& bounds) {
  if (exceeds<"ingest_line_bytes_max">(line.size() > bounds.ingest_line_bytes_max))
    return fail(errc::payload_too_large, "the line is longer than " + std::to_string(bounds.ingest_line_bytes_max) + " bytes");
  const auto json = read_json(line, 1, bounds.ingest_line_bytes_max, bounds);
  if (!json) return tl::unexpected(json.error());
  return read_room_publication("", *json, caller, bounds, room);
}

}  // namespace tidewire::api
