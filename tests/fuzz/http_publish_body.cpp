// Publish bodies. The first byte chooses the form, the second whether the path names a room. Of an event in binary mode the headers come
// first, "name:value" in each line, up to an empty line. What is accepted can be stored and told:
// documents are JSON without a line break, names are in order, and each id is there once.
#include "schemas/api/publish_body.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <set>

#include "schemas/api/batch_body.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace {

using namespace tidewire;

limits small_limits() {
  limits bounds;
  bounds.http_body_bytes_max = 4'096;
  bounds.document_bytes_max = 256;
  bounds.key_bytes_max = 32;
  bounds.tags_max = 4;
  bounds.tag_bytes_max = 16;
  bounds.batch_items_max = 8;
  bounds.json_depth_max = 6;
  bounds.idempotency_id_bytes_max = 64;
  bounds.ingest_line_bytes_max = 1'024;
  return bounds;
}

void check_operation(const operation& made, const limits& bounds) {
  if (made.kind == operation_kind::remove) {
    assert(made.data.empty());
  } else {
    assert(!made.data.empty() && made.data.find('\n') == std::string::npos);
    assert(canonical_json(made.data, bounds) == made.data);
  }
  if (made.key)
    assert(check_key(*made.key, bounds.key_bytes_max));
  else
    assert(made.kind == operation_kind::set && made.only_if == precondition{});
  if (made.tags) {
    assert(made.tags->size() <= bounds.tags_max);
    assert(std::is_sorted(made.tags->begin(), made.tags->end()));
    assert(std::adjacent_find(made.tags->begin(), made.tags->end(),
                              [](const auto& left, const auto& right) { return left.first == right.first; }) == made.tags->end());
  }
  if (made.once) assert(made.once->fingerprint.size() == 64 && made.once->id.size() <= bounds.idempotency_id_bytes_max);
}

api::event_attributes take_headers(std::string_view& rest) {
  api::event_attributes headers;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) break;
    const auto colon = std::min(line.find(':'), line.size());
    headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  return headers;
}

void check_batch(std::string_view body, const limits& bounds) {
  const auto parsed = api::parse_batch("application/json", "caller", body, bounds);
  if (!parsed) return assert(!parsed.error().detail.empty());
  assert(!parsed->items.empty() && parsed->items.size() <= bounds.batch_items_max);
  for (const auto& each : parsed->items) {
    assert(check_publishable_room(each.room, bounds.room_name_bytes_max));
    check_operation(each.what, bounds);
  }
}

void check_line(std::string_view line, std::string room, const limits& bounds) {
  const auto parsed = api::parse_line(line, "caller", room, bounds);
  if (!parsed) return assert(!parsed.error().detail.empty());
  assert(check_publishable_room(room, bounds.room_name_bytes_max));
  check_operation(*parsed, bounds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::string_view types[] = {"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"};
  const auto form = data[0] % 6;
  const auto* room = data[1] % 2 == 0 ? "room" : "";
  static const limits bounds = small_limits();
  std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (form == 4) return check_batch(body, bounds), 0;
  if (form == 5) return check_line(body, room, bounds), 0;
  api::publish_context from{types[form % 3], room, "caller"};
  if (form == 3) from.event_headers = take_headers(body);
  if (form == 3 && data[1] % 4 < 2) from.content_type = "text/plain";
  const auto parsed = api::parse_publish(from, body, bounds);
  if (!parsed) {
    assert(!parsed.error().detail.empty());
    return 0;
  }
  assert(parsed->operations.size() <= bounds.batch_items_max);
  assert(parsed->as_array || parsed->operations.size() == 1);
  assert(parsed->operations.empty() || check_publishable_room(parsed->room, bounds.room_name_bytes_max));
  std::set<std::string_view> ids;
  for (const auto& made : parsed->operations) {
    check_operation(made, bounds);
    if (made.once) assert(ids.insert(made.once->id).second);
  }
  return 0;
}
