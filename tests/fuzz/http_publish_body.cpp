// Publish bodies. The first byte chooses the form, the second whether the path names a room. What is accepted can be stored and told:
// documents are JSON without a line break, names are in order, and each id is there once.
#include "schemas/api/publish_body.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <set>

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::string_view types[] = {"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"};
  const api::publish_context from{types[data[0] % 3], data[1] % 2 == 0 ? "room" : "", "caller"};
  static const limits bounds = small_limits();
  const auto parsed = api::parse_publish(from, {reinterpret_cast<const char*>(data) + 2, size - 2}, bounds);
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
