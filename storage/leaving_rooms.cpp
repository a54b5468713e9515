#include "storage/leaving_rooms.hpp"

#include <mutex>

#include "storage/entity_count.hpp"
#include "storage/envelope.hpp"
#include "storage/keys.hpp"
#include "storage/rules.hpp"

namespace tidewire::storage {

namespace {

constexpr std::string_view mark_prefix = "leaving/";

std::string mark_of(std::string_view room) { return std::string(mark_prefix) + std::string(room); }

}  // namespace

result<void> leaving_rooms::learn(const kv_view& view) {
  std::set<std::string, std::less<>> marked;
  const auto rows = view.scan(family::meta, {std::string(mark_prefix), keys::end_of(mark_prefix)});
  for (; rows->valid(); rows->next()) marked.emplace(rows->key().substr(mark_prefix.size()));
  if (auto ended = rows->status(); !ended) return ended;
  const std::unique_lock lock(own_->mutex);
  own_->names = std::move(marked);
  own_->count.store(own_->names.size(), std::memory_order_release);
  return {};
}

bool leaving_rooms::contains(std::string_view room) const {
  if (own_->count.load(std::memory_order_acquire) == 0) return false;
  const std::shared_lock lock(own_->mutex);
  return own_->names.contains(room);
}

std::vector<std::string> leaving_rooms::names() const {
  const std::shared_lock lock(own_->mutex);
  return {own_->names.begin(), own_->names.end()};
}

void leaving_rooms::add(std::string_view room) {
  const std::unique_lock lock(own_->mutex);
  own_->names.emplace(room);
  own_->count.store(own_->names.size(), std::memory_order_release);
}

void leaving_rooms::remove(std::string_view room) {
  const std::unique_lock lock(own_->mutex);
  if (const auto found = own_->names.find(room); found != own_->names.end()) own_->names.erase(found);
  own_->count.store(own_->names.size(), std::memory_order_release);
}

void leaving_rooms::begin(kv_batch& batch, std::string_view room, std::uint64_t first, std::uint64_t top, std::uint64_t point_deletes_max) {
  batch.put(family::meta, mark_of(room), {});
  batch.erase(family::rooms, room);
  put_entity_count(batch, room, 0);
  if (top + 1 - first > point_deletes_max) {
    batch.erase(family::stream, key_range{keys::next_to(keys::stream(room, first - 1)), keys::stream(room, top + 1)});
  } else {
    for (auto offset = first; offset <= top; ++offset) batch.erase(family::stream, keys::stream(room, offset));
  }
}

result<bool> leaving_rooms::take_rows(const kv_view& view, kv_batch& batch, std::string_view room, std::size_t max_rows) {
  const auto prefix = keys::text(room);
  std::size_t taken = 0;
  const auto entities = view.scan(family::state, {prefix, keys::end_of(prefix)});
  for (; entities->valid(); entities->next()) {
    if (taken++ == max_rows) return false;
    const auto key = entities->key().substr(prefix.size());
    const auto document = decode_entity(key, entities->value());
    if (!document) return tl::unexpected(document.error());
    batch.erase(family::state, entities->key());
    if (document->expires_ms != 0) batch.erase(family::expiry, keys::expiry(document->expires_ms, room, key));
    for (const auto& [field, value] : indexed(document->tags))
      if (value != nullptr) batch.erase(family::index, keys::index(field, *value, room, key));
  }
  if (const auto ended = entities->status(); !ended) return tl::unexpected(ended.error());
  const auto answers = view.scan(family::dedupe, {prefix, keys::end_of(prefix)});
  for (; answers->valid(); answers->next()) {
    if (taken++ == max_rows) return false;
    batch.erase(family::dedupe, answers->key());
  }
  if (const auto ended = answers->status(); !ended) return tl::unexpected(ended.error());
  return true;
}

void leaving_rooms::end(kv_batch& batch, std::string_view room) { batch.erase(family::meta, mark_of(room)); }

}  // namespace tidewire::storage
