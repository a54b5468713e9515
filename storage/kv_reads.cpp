#include "storage/kv_reads.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "storage/entity_count.hpp"
#include "storage/envelope.hpp"
#include "storage/keys.hpp"
#include "storage/rules.hpp"

namespace tidewire::storage {

namespace {

template <class T>
tl::unexpected<failure> pass_on(result<T>& failed) {
  return tl::unexpected(std::move(failed.error()));
}

// The row of a room lags behind its stream: see add_rows().
result<room_record> complete_room(const kv_view& view, std::string_view room, std::string_view row) {
  auto record = decode_room(row);
  if (!record) return record;
  const auto prefix = keys::text(room);
  const auto newer = view.scan(family::stream, {keys::stream(room, record->top + 1), keys::end_of(prefix)}, true);
  if (auto read = newer->status(); !read) return pass_on(read);
  if (!newer->valid()) return record;
  const auto newest = keys::read_offset(newer->key().substr(prefix.size()));
  if (!newest) return fail(errc::internal, "a stored stream key is malformed, in room '" + std::string(room) + "'");
  record->top = *newest;
  record->changed_ms = 0;
  return record;
}

result<std::optional<room_record>> read_room(const kv_view& view, std::string_view room) {
  auto row = view.get(family::rooms, room);
  if (!row) return pass_on(row);
  if (!*row) return std::nullopt;
  return complete_room(view, room, **row);
}

result<std::optional<entity_document>> read_entity(const kv_view& view, std::string_view room, std::string_view key) {
  auto row = view.get(family::state, keys::state(room, key));
  if (!row) return pass_on(row);
  if (!*row) return std::nullopt;
  return decode_entity(key, **row);
}

key_range stream_range(std::string_view room, offset_window window) {
  const auto last = keys::stream(room, window.high);
  return {keys::stream(room, window.low), keys::next_to(last)};
}

}  // namespace

result<std::optional<room_record>> kv_reads::room(std::string_view room) const {
  const auto counted = count(cache_type::room);
  return read_room(*view_, room);
}

result<std::uint64_t> kv_reads::entities(std::string_view room) const {
  if (leaves(room)) return 0;
  return read_entity_count(*view_, room);
}

result<std::optional<entity_document>> kv_reads::entity(std::string_view room, std::string_view key) const {
  const auto counted = count(cache_type::entity);
  if (leaves(room)) return std::nullopt;
  return read_entity(*view_, room, key);
}

result<std::optional<dedupe_record>> kv_reads::dedupe(std::string_view room, std::string_view scope, std::string_view id) const {
  const auto counted = count(cache_type::dedupe);
  if (leaves(room)) return std::nullopt;
  auto row = view_->get(family::dedupe, keys::dedupe(room, scope, id));
  if (!row) return pass_on(row);
  if (!*row) return std::nullopt;
  return decode_dedupe(scope, id, **row);
}

result<state_page> kv_reads::state(std::string_view room, std::string_view after, page_limit limit) const {
  const auto counted = count(cache_type::page);
  auto record = read_room(*view_, room);
  if (!record) return pass_on(record);
  if (!*record) return state_page{};

  state_page page{(*record)->epoch, (*record)->top, {}, false};
  const auto prefix = keys::text(room);
  const auto rows = view_->scan(family::state, {after.empty() ? prefix : keys::next_to(prefix + std::string(after)), keys::end_of(prefix)});
  page_meter meter(limit);
  for (; rows->valid(); rows->next()) {
    auto document = decode_entity(rows->key().substr(prefix.size()), rows->value());
    if (!document) return pass_on(document);
    if (!meter.admits(*document)) {
      page.more = true;
      return page;
    }
    page.rows.push_back(std::move(*document));
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return page;
}

result<states_page> kv_reads::states(std::string_view prefix, std::string_view after_room, std::string_view after_key,
                                     page_limit limit) const {
  const auto begin = keys::states_prefix(prefix);
  const bool from_start = after_room.empty() && after_key.empty();
  const auto behind = from_start ? begin : std::max(begin, keys::next_to(keys::state(after_room, after_key)));
  const auto rows = view_->scan(family::state, {behind, keys::end_of(begin)});
  states_page page;
  page_meter meter(limit);
  for (; rows->valid(); rows->next()) {
    auto found = keys::read_room_and_key(rows->key());
    if (!found) return fail(errc::internal, "a stored state row is malformed");
    if (leaves(found->room)) continue;
    auto document = decode_entity(found->key, rows->value());
    if (!document) return pass_on(document);
    if (!meter.admits(*document)) {
      page.more = true;
      return page;
    }
    page.rows.push_back({std::move(found->room), std::move(*document)});
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return page;
}

result<stream_page> kv_reads::stream(std::string_view room, std::uint64_t after, page_limit limit, bool reverse) const {
  const auto counted = count(cache_type::stream);
  auto record = read_room(*view_, room);
  if (!record) return pass_on(record);
  if (!*record) return stream_page{};

  stream_page page{(*record)->epoch, (*record)->top, (*record)->first, {}, false};
  const auto window = stream_window(**record, after, reverse);
  if (window.low > window.high) return page;
  const auto prefix_size = keys::text(room).size();
  auto offset = reverse ? window.high : window.low;
  const auto rows = view_->scan(family::stream, stream_range(room, window), reverse);
  page_meter meter(limit);
  for (; rows->valid(); rows->next(), reverse ? --offset : ++offset) {
    if (keys::read_offset(rows->key().substr(prefix_size)) != offset) break;
    auto publication = decode_publication(offset, rows->value());
    if (!publication) return pass_on(publication);
    if (!meter.admits(*publication)) {
      page.more = true;
      return page;
    }
    if (offset == 1) publication->epoch = page.epoch;
    page.publications.push_back(std::make_shared<const tidewire::publication>(std::move(*publication)));
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  if (page.publications.size() != window.high - window.low + 1) {
    return fail(errc::internal, "the stream of room '" + std::string(room) + "' misses offset " + std::to_string(offset));
  }
  return page;
}

result<std::vector<named_room>> kv_reads::rooms(std::string_view prefix, std::string_view after, std::size_t limit) const {
  const auto rows = view_->scan(
      family::rooms, {std::max(std::string(prefix), after.empty() ? std::string() : keys::next_to(after)), keys::end_of(prefix)});
  std::vector<named_room> page;
  for (; rows->valid() && page.size() < limit; rows->next()) {
    auto record = complete_room(*view_, rows->key(), rows->value());
    if (!record) return pass_on(record);
    auto entities = read_entity_count(*view_, rows->key());
    if (!entities) return pass_on(entities);
    page.push_back({std::string(rows->key()), std::move(*record), *entities});
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return page;
}

result<std::vector<indexed_entity>> kv_reads::find(std::string_view field, std::string_view value, std::string_view after_room,
                                                   std::string_view after_key, page_limit limit) const {
  const auto prefix = keys::index_prefix(field, value);
  const bool from_start = after_room.empty() && after_key.empty();
  const auto rows = view_->scan(
      family::index, {from_start ? prefix : keys::next_to(keys::index(field, value, after_room, after_key)), keys::end_of(prefix)});
  std::vector<indexed_entity> page;
  page_meter meter(limit);
  for (; rows->valid(); rows->next()) {
    auto found = keys::read_room_and_key(rows->key().substr(prefix.size()));
    if (!found) return fail(errc::internal, "a stored index row is malformed");
    if (leaves(found->room)) continue;
    auto document = read_entity(*view_, found->room, found->key);
    if (!document) return pass_on(document);
    if (!*document) return fail(errc::internal, "an index row names no entity: key '" + found->key + "' of room '" + found->room + "'");
    if (!meter.admits(**document)) return page;
    page.push_back({std::move(found->room), std::move(**document)});
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return page;
}

result<std::vector<due_entity>> kv_reads::due(const due_position& after, std::int64_t now_ms, std::size_t limit) const {
  std::vector<due_entity> page;
  if (now_ms < after.expires_ms) return page;
  const auto low =
      after.room.empty() ? keys::expiry_from(after.expires_ms) : keys::next_to(keys::expiry(after.expires_ms, after.room, after.key));
  const auto rows = view_->scan(family::expiry, {low, keys::end_of(keys::expiry_from(now_ms))});
  std::unordered_map<std::string, std::string> epochs;
  for (; rows->valid() && page.size() < limit; rows->next()) {
    auto found = keys::read_expiry(rows->key());
    if (!found) return fail(errc::internal, "a stored expiry key is malformed");
    if (leaves(found->room)) continue;
    auto version = decode_expiry(rows->value());
    if (!version) return pass_on(version);
    auto known = epochs.find(found->room);
    if (known == epochs.end()) {
      auto row = view_->get(family::rooms, found->room);
      if (!row) return pass_on(row);
      if (!*row) return fail(errc::internal, "an expiry row names no room: '" + found->room + "'");
      auto record = decode_room(**row);
      if (!record) return pass_on(record);
      known = epochs.emplace(found->room, std::move(record->epoch)).first;
    }
    page.push_back({found->time_ms, std::move(found->room), std::move(found->key), *version, known->second});
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return page;
}

result<std::uint64_t> kv_reads::first_after(std::string_view room, std::int64_t time_ms) const {
  auto record = read_room(*view_, room);
  if (!record) return pass_on(record);
  if (!*record) return 1;
  auto offset = (*record)->first;
  const auto rows = view_->scan(family::stream, stream_range(room, {offset, (*record)->top}));
  for (; rows->valid(); rows->next(), ++offset) {
    auto time = decode_publication_time(rows->value());
    if (!time) return pass_on(time);
    if (*time > time_ms) return offset;
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return offset;
}

result<std::int64_t> kv_reads::time_at(std::string_view room, std::uint64_t offset) const {
  const auto row = view_->get(family::stream, keys::stream(room, offset));
  if (!row) return tl::unexpected(row.error());
  return *row ? decode_publication_time(**row) : result<std::int64_t>(0);
}

result<std::vector<room_age>> kv_reads::ages(std::string_view after, std::size_t limit) const {
  const auto rows = view_->scan(family::rooms, {after.empty() ? std::string() : keys::next_to(after), {}});
  std::vector<room_age> page;
  for (; rows->valid() && page.size() < limit; rows->next()) {
    auto record = complete_room(*view_, rows->key(), rows->value());
    if (!record) return pass_on(record);
    room_age age{std::string(rows->key()), *record, 0, record->changed_ms};
    if (record->first <= record->top) {
      auto oldest = time_at(age.name, record->first);
      auto newest = time_at(age.name, record->top);
      if (!oldest) return pass_on(oldest);
      if (!newest) return pass_on(newest);
      age.oldest_ms = *oldest;
      age.newest_ms = *newest;
    }
    page.push_back(std::move(age));
  }
  if (auto ended = rows->status(); !ended) return pass_on(ended);
  return page;
}

}  // namespace tidewire::storage
