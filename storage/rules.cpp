#include "storage/rules.hpp"

#include <algorithm>

#include "schemas/footprint.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire::storage {

namespace {

bool sorted_and_unique(const tag_map& tags) {
  return std::adjacent_find(tags.begin(), tags.end(), [](const auto& a, const auto& b) { return a.first >= b.first; }) == tags.end();
}

// Why the publication must not be stored; empty if it may.
std::string_view flaw_of(const publication& change, const std::string& epoch) {
  if (change.removed && (!change.key || !change.data.empty())) return "a removal needs a key and no data";
  if (change.expires_ms < 0 || change.expires_before_ms < 0) return "a time of expiry is below 0";
  if ((!change.key && change.expires_before_ms != 0) || ((!change.key || change.removed) && change.expires_ms != 0))
    return "only what stays under a key expires";
  if (!sorted_and_unique(change.tags) || !sorted_and_unique(change.tags_before)) return "tags must be sorted by name and unique";
  if (!change.epoch.empty() && (change.offset != 1 || change.epoch != epoch)) return "only offset 1 carries the epoch, its room's";
  return {};
}

tl::unexpected<failure> refuse(const append& change, std::string_view why) {
  return fail(errc::internal, "refused an append to room '" + change.room + "': " + std::string(why));
}

const std::string* indexed_value(const tag_map& tags, std::string_view field) {
  const auto at = std::find_if(tags.begin(), tags.end(), [&](const auto& tag) { return tag.first == field; });
  return at != tags.end() && at->second.size() <= index_value_bytes_max ? &at->second : nullptr;
}

}  // namespace

tl::unexpected<failure> refuse_leaving(const std::string& room) {
  return fail(errc::internal, "refused an append to room '" + room + "': it is being forgotten");
}

result<room_record> check_append(const append& change, const std::optional<room_record>& stored) {
  if (change.room.empty() || change.epoch.empty()) return refuse(change, "it needs a room and an epoch");
  if (change.publications.empty()) return refuse(change, "it holds no publication");
  if (stored && stored->epoch != change.epoch) return refuse(change, "the stored epoch is another: " + stored->epoch);

  room_record after = stored.value_or(room_record{change.epoch, 0, 1, change.kept});
  after.kept = change.kept;
  after.changed_ms = 0;
  for (const auto& publication : change.publications) {
    if (publication->offset != ++after.top) {
      return refuse(change, "offset " + std::to_string(publication->offset) + " where " + std::to_string(after.top) + " must follow");
    }
    if (const auto flaw = flaw_of(*publication, change.epoch); !flaw.empty()) return refuse(change, flaw);
  }
  return after;
}

result<std::uint64_t> check_entities(const append& change, std::uint64_t before) {
  if (change.more_entities < 0 && static_cast<std::uint64_t>(-change.more_entities) > before)
    return refuse(change, "it takes away more entities than there are");
  return before + static_cast<std::uint64_t>(change.more_entities);
}

std::array<index_change, 3> index_changes(const publication& change) {
  std::array<index_change, 3> changes{{{"type"}, {"source"}, {"state"}}};
  if (!change.key) return changes;
  for (auto& [field, gone, come] : changes) {
    const std::string* before = indexed_value(change.tags_before, field);
    const std::string* after = change.removed ? nullptr : indexed_value(change.tags, field);
    if (before && after && *before == *after) continue;
    gone = before;
    come = after;
  }
  return changes;
}

std::array<std::pair<std::string_view, const std::string*>, 3> indexed(const tag_map& tags) {
  std::array<std::pair<std::string_view, const std::string*>, 3> all{{{"type", nullptr}, {"source", nullptr}, {"state", nullptr}}};
  for (auto& [field, value] : all) value = indexed_value(tags, field);
  return all;
}

// A row that stays says another version.
expiry_change expiry_change_of(const publication& change) {
  return {change.expires_before_ms == change.expires_ms ? 0 : change.expires_before_ms, change.expires_ms};
}

offset_window stream_window(const room_record& room, std::uint64_t after, bool reverse) {
  if (reverse) return {room.first, after == 0 ? room.top : std::min(room.top, after - 1)};
  if (after >= room.top) return {};
  return {std::max(room.first, after + 1), room.top};
}

result<void> check_dead(dead_usage then, dead_usage most) {
  if (exceeds<"quarantine_records_max">(then.records > most.records))
    return fail(errc::limit_exceeded, "the quarantine holds as many records as it may");
  if (exceeds<"quarantine_bytes_max">(then.bytes > most.bytes))
    return fail(errc::limit_exceeded, "the quarantine holds as many bytes as it may");
  return {};
}

std::size_t size_of(const dead_record& record) {
  auto bytes = record.id.size() + record.room.size() + record.error.size() + record.backtrace.size();
  for (const auto& each : record.operations) bytes += bytes_of(each);
  return bytes;
}

bool page_meter::admits(const dead_record& row) { return admits(size_of(row)); }

bool page_meter::admits(const entity_document& row) { return admits(bytes_of(row)); }

bool page_meter::admits(const publication& row) { return admits(bytes_of(row)); }

bool page_meter::admits(std::size_t bytes) {
  if (rows_ == limit_.rows || (rows_ > 0 && bytes_ + bytes > limit_.bytes)) return false;
  ++rows_;
  bytes_ += bytes;
  return true;
}

}  // namespace tidewire::storage
