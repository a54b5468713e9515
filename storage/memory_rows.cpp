#include "storage/memory_rows.hpp"

#include <utility>

#include "schemas/limit_hits.hpp"
#include "storage/rules.hpp"

namespace tidewire::storage {

namespace {

entity_document document_of(const publication& change) {
  return {*change.key, change.offset, change.time_ms, change.data, change.tags, change.expires_ms};
}

// Offset 1 introduces the epoch to early subscribers, also if the writer left it out.
publication_ptr with_epoch(const publication_ptr& change, const std::string& epoch) {
  if (change->offset != 1 || !change->epoch.empty()) return change;
  auto copy = std::make_shared<publication>(*change);
  copy->epoch = epoch;
  return copy;
}

}  // namespace

result<void> memory_rows::write(std::span<const append> appends) {
  std::map<std::string_view, room_record> after;  // checked as a whole before anything changes
  for (const auto& change : appends) {
    const auto known = after.find(change.room);
    if (leaving_.contains(change.room)) return refuse_leaving(change.room);
    auto next = check_append(change, known != after.end() ? std::optional(known->second) : record_of(change.room));
    if (!next) return tl::unexpected(std::move(next.error()));
    after.insert_or_assign(change.room, std::move(*next));
  }
  for (const auto& change : appends) apply(change);
  for (auto& [name, record] : after) rooms_.find(name)->second.record = std::move(record);
  return {};
}

result<void> memory_rows::trim(std::string_view room, std::uint64_t first) {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return {};
  auto& [record, entities, stream] = at->second;
  if (first > record.top && !stream.empty()) record.changed_ms = stream.back()->time_ms;
  for (; record.first < first && !stream.empty(); ++record.first) stream.pop_front();
  return {};
}

result<void> memory_rows::sweep(std::int64_t now_ms, std::size_t max_rows) {
  auto at = answers_.lower_bound(swept_to_);
  for (std::size_t seen = 0; at != answers_.end() && seen < max_rows; ++seen) {
    at = at->second.expires_ms <= now_ms ? answers_.erase(at) : std::next(at);
  }
  swept_to_ = at == answers_.end() ? answer_key{} : at->first;
  return {};
}

bool memory_rows::forget(std::string_view room, std::size_t max_rows) {
  if (const auto known = rooms_.find(room); known != rooms_.end()) leaving_.insert(rooms_.extract(known));
  const auto at = leaving_.find(room);
  if (at == leaving_.end()) return true;
  std::size_t taken = 0;
  for (auto& entities = at->second.entities; !entities.empty(); ++taken) {
    if (taken == max_rows) return false;
    const auto entity = entities.begin();
    const auto& document = entity->second;
    if (document.expires_ms != 0) expiry_.erase(expiry_key(document.expires_ms, room, document.key));
    for (const auto& [field, value] : indexed(document.tags))
      if (value != nullptr) index_.erase(index_key(field, *value, room, document.key));
    entities.erase(entity);
  }
  for (auto answer = answers_.lower_bound(answer_key(room, "", "")); answer != answers_.end() && std::get<0>(answer->first) == room;) {
    if (taken++ == max_rows) return false;
    answer = answers_.erase(answer);
  }
  leaving_.erase(at);
  return true;
}

bool memory_rows::leaving(std::string_view room) const { return leaving_.contains(room); }

std::vector<std::string> memory_rows::leaving() const {
  std::vector<std::string> names;
  for (const auto& [name, kept] : leaving_) names.push_back(name);
  return names;
}

std::vector<room_age> memory_rows::ages(std::string_view after, std::size_t limit) const {
  std::vector<room_age> page;
  for (auto at = after.empty() ? rooms_.begin() : rooms_.upper_bound(after); at != rooms_.end() && page.size() < limit; ++at) {
    const auto& [record, entities, stream] = at->second;
    page.push_back(stream.empty() ? room_age{at->first, record, 0, record.changed_ms}
                                  : room_age{at->first, record, stream.front()->time_ms, stream.back()->time_ms});
  }
  return page;
}

std::shared_ptr<const memory_rows> memory_rows::copy_of(const room_choice& wanted, std::size_t bytes_max) const {
  auto copy = std::make_shared<memory_rows>();
  std::size_t bytes = 0;
  for (auto at = rooms_.lower_bound(wanted.name); at != rooms_.end() && at->first.starts_with(wanted.name); ++at) {
    if (!wanted.includes(at->first)) continue;
    for (const auto& [key, document] : at->second.entities) bytes += sizeof(document) + 2 * key.size() + document.data.size();
    bytes += at->second.stream.size() * sizeof(publication_ptr);
    if (bytes > bytes_max) return nullptr;
    copy->rooms_.emplace(at->first, at->second);
  }
  return copy;
}

result<std::uint64_t> memory_rows::first_after(std::string_view room, std::int64_t time_ms) const {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return 1;
  auto offset = at->second.record.first;
  for (const auto& publication : at->second.stream) {
    if (publication->time_ms > time_ms) break;
    ++offset;
  }
  return offset;
}

result<std::optional<room_record>> memory_rows::room(std::string_view room) const { return record_of(room); }

result<std::uint64_t> memory_rows::entities(std::string_view room) const {
  const auto at = rooms_.find(room);
  return at == rooms_.end() ? 0 : at->second.entities.size();
}

result<std::optional<entity_document>> memory_rows::entity(std::string_view room, std::string_view key) const {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return std::nullopt;
  const auto found = at->second.entities.find(key);
  if (found == at->second.entities.end()) return std::nullopt;
  return found->second;
}

result<std::optional<dedupe_record>> memory_rows::dedupe(std::string_view room, std::string_view scope, std::string_view id) const {
  const auto found = answers_.find(answer_key(room, scope, id));
  if (found == answers_.end() || leaving_.contains(room)) return std::nullopt;
  return found->second;
}

result<state_page> memory_rows::state(std::string_view room, std::string_view after, page_limit limit) const {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return state_page{};
  const auto& [record, entities, stream] = at->second;
  state_page page{record.epoch, record.top, {}, false};
  page_meter meter(limit);
  for (auto row = after.empty() ? entities.begin() : entities.upper_bound(after); row != entities.end(); ++row) {
    page.more = !meter.admits(row->second);
    if (page.more) break;
    page.rows.push_back(row->second);
  }
  return page;
}

result<states_page> memory_rows::states(std::string_view prefix, std::string_view after_room, std::string_view after_key,
                                        page_limit limit) const {
  states_page page;
  page_meter meter(limit);
  for (auto at = rooms_.lower_bound(std::max(prefix, after_room)); at != rooms_.end() && at->first.starts_with(prefix); ++at) {
    const auto& entities = at->second.entities;
    const bool goes_on = at->first == after_room && !after_key.empty();
    for (auto row = goes_on ? entities.upper_bound(after_key) : entities.begin(); row != entities.end(); ++row) {
      page.more = !meter.admits(row->second);
      if (page.more) return page;
      page.rows.push_back({at->first, row->second});
    }
  }
  return page;
}

result<stream_page> memory_rows::stream(std::string_view room, std::uint64_t after, page_limit limit, bool reverse) const {
  const auto at = rooms_.find(room);
  if (at == rooms_.end()) return stream_page{};
  const auto& record = at->second.record;
  stream_page page{record.epoch, record.top, record.first, {}, false};
  const auto [low, high] = stream_window(record, after, reverse);
  page_meter meter(limit);
  for (std::uint64_t i = 0; low + i <= high; ++i) {
    const auto& publication = at->second.stream[(reverse ? high - i : low + i) - record.first];
    page.more = !meter.admits(*publication);
    if (page.more) break;
    page.publications.push_back(publication);
  }
  return page;
}

result<std::vector<named_room>> memory_rows::rooms(std::string_view prefix, std::string_view after, std::size_t limit) const {
  std::vector<named_room> page;
  for (auto at = after < prefix ? rooms_.lower_bound(prefix) : rooms_.upper_bound(after);
       at != rooms_.end() && at->first.starts_with(prefix) && page.size() < limit; ++at) {
    page.push_back({at->first, at->second.record, at->second.entities.size()});
  }
  return page;
}

result<std::vector<indexed_entity>> memory_rows::find(std::string_view field, std::string_view value, std::string_view after_room,
                                                      std::string_view after_key, page_limit limit) const {
  std::vector<indexed_entity> page;
  page_meter meter(limit);
  const index_key position(field, value, after_room, after_key);
  const bool from_start = after_room.empty() && after_key.empty();
  for (auto at = from_start ? index_.lower_bound(position) : index_.upper_bound(position); at != index_.end(); ++at) {
    const auto& [row_field, row_value, room, key] = *at;
    if (row_field != field || row_value != value) break;
    const auto owner = rooms_.find(room);
    if (owner == rooms_.end()) continue;  // it is leaving
    const auto& entities = owner->second.entities;
    const auto found = entities.find(key);
    if (found == entities.end()) return fail(errc::internal, "an index row names no entity: key '" + key + "' of room '" + room + "'");
    if (!meter.admits(found->second)) break;
    page.push_back({room, found->second});
  }
  return page;
}

result<std::vector<due_entity>> memory_rows::due(const due_position& after, std::int64_t now_ms, std::size_t limit) const {
  std::vector<due_entity> page;
  for (auto at = expiry_.upper_bound({after.expires_ms, after.room, after.key}); at != expiry_.end() && page.size() < limit; ++at) {
    const auto& [time_ms, room, key] = at->first;
    if (time_ms > now_ms) break;
    const auto owner = rooms_.find(room);
    if (owner != rooms_.end()) page.push_back({time_ms, room, key, at->second, owner->second.record.epoch});
  }
  return page;
}

std::optional<room_record> memory_rows::record_of(std::string_view room) const {
  const auto at = rooms_.find(room);
  return at == rooms_.end() ? std::nullopt : std::optional(at->second.record);
}

void memory_rows::apply(const append& change) {
  auto& [record, entities, stream] = rooms_[change.room];
  for (const auto& publication : change.publications) {
    stream.push_back(with_epoch(publication, change.epoch));
    if (!publication->key) continue;
    if (publication->removed) {
      entities.erase(*publication->key);
    } else {
      entities.insert_or_assign(*publication->key, document_of(*publication));
    }
    const auto [gone_ms, come_ms] = expiry_change_of(*publication);
    if (gone_ms != 0) expiry_.erase(expiry_key(gone_ms, change.room, *publication->key));
    if (come_ms != 0) expiry_.insert_or_assign(expiry_key(come_ms, change.room, *publication->key), publication->offset);
    for (const auto& [field, gone, come] : index_changes(*publication)) {
      if (gone) index_.erase(index_key(field, *gone, change.room, *publication->key));
      if (come) index_.emplace(field, *come, change.room, *publication->key);
    }
  }
  for (const auto& answer : change.dedupe) answers_.insert_or_assign(answer_key(change.room, answer.scope, answer.id), answer);
}

}  // namespace tidewire::storage
