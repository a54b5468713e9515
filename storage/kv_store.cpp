// The store over an ordered key-value database. Rows: storage/keys.hpp and storage/envelope.hpp.
#include <algorithm>
#include <unordered_map>

#include "storage/dead_rows.hpp"
#include "storage/envelope.hpp"
#include "storage/keys.hpp"
#include "storage/kv.hpp"
#include "storage/lifecycle.hpp"
#include "storage/rules.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

namespace {

constexpr std::size_t written_rooms_max = 65'536;
constexpr std::uint64_t point_deletes_max = 1'024;  // a longer run is deleted as a range, which costs every later read a little

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

// The room's own row is written only when more than the top changes: the stream says where that is.
void add_rows(kv_batch& batch, const append& change) {
  for (const auto& publication : change.publications) {
    batch.put(family::stream, keys::stream(change.room, publication->offset), encode(*publication));
    if (!publication->key) continue;
    const auto& key = *publication->key;
    if (publication->removed) {
      batch.erase(family::state, keys::state(change.room, key));
    } else {
      batch.put(family::state, keys::state(change.room, key), encode_entity_of(*publication));
    }
    const auto [gone_ms, come_ms] = expiry_change_of(*publication);
    if (gone_ms != 0) batch.erase(family::expiry, keys::expiry(gone_ms, change.room, key));
    if (come_ms != 0) batch.put(family::expiry, keys::expiry(come_ms, change.room, key), encode_expiry(publication->offset));
    for (const auto& [field, gone, come] : index_changes(*publication)) {
      if (gone) batch.erase(family::index, keys::index(field, *gone, change.room, key));
      if (come) batch.put(family::index, keys::index(field, *come, change.room, key), {});
    }
  }
  for (const auto& answer : change.dedupe) batch.put(family::dedupe, keys::dedupe(change.room, answer.scope, answer.id), encode(answer));
}

class kv_store final : public store {
 public:
  kv_store(std::unique_ptr<kv> db, last_stop before) : db_(std::move(db)), dead_(*db_), before_(before) {}
  kv_store(const kv_store&) = delete;
  kv_store& operator=(const kv_store&) = delete;
  ~kv_store() override { static_cast<void>(end_use(*db_)); }

  last_stop stopped() const noexcept override { return before_; }

  result<void> write(std::span<const append> appends, bool sync) override {
    auto made = prepare(appends);
    if (!made) return pass_on(made);
    return commit(*made->batch, sync, std::move(made->after));
  }

  result<bool> write_at_once(std::span<const append> appends) override {
    auto made = prepare(appends);
    if (!made) return pass_on(made);
    auto done = db_->write_at_once(*made->batch);
    if (done && *done) remember(std::move(made->after));
    return done;
  }

  result<void> reopen_writes() override {
    written_.clear();
    auto opened = db_->reopen();
    return opened ? dead_.count() : opened;
  }

  result<void> count_dead() { return dead_.count(); }
  result<void> keep_dead(const dead_record& record, dead_usage most, bool sync) override { return dead_.keep(record, most, sync); }
  result<bool> discard_dead(std::string_view id) override { return dead_.discard(id); }
  dead_usage dead_kept() const override { return dead_.kept(); }
  result<std::optional<dead_record>> dead(std::string_view id) const override { return dead_.get(id); }
  result<dead_page> list_dead(std::string_view after, page_limit limit) const override { return dead_.list(after, limit); }

  result<void> trim(std::string_view room, std::uint64_t first) override {
    auto record = last_written(std::string(room));
    if (!record) return pass_on(record);
    if (!*record) return {};
    const auto from = (*record)->first;
    const auto to = std::min(first, (*record)->top + 1);
    if (to <= from) return {};

    const auto batch = db_->batch();
    if (to - from > point_deletes_max) {
      batch->erase(family::stream, key_range{keys::next_to(keys::stream(room, from - 1)), keys::stream(room, to)});
    } else {
      for (auto offset = from; offset < to; ++offset) batch->erase(family::stream, keys::stream(room, offset));
    }
    (*record)->first = to;
    batch->put(family::rooms, room, encode(**record));
    return commit(*batch, false, {{std::string(room), std::move(**record)}});
  }

  result<std::uint64_t> first_after(std::string_view room, std::int64_t time_ms) const override {
    const auto view = db_->view();
    auto record = read_room(*view, room);
    if (!record) return pass_on(record);
    if (!*record) return 1;
    auto offset = (*record)->first;
    const auto rows = view->scan(family::stream, stream_range(room, {offset, (*record)->top}));
    for (; rows->valid(); rows->next(), ++offset) {
      auto time = decode_publication_time(rows->value());
      if (!time) return pass_on(time);
      if (*time > time_ms) return offset;
    }
    if (auto ended = rows->status(); !ended) return pass_on(ended);
    return offset;
  }

  result<void> sweep(std::int64_t now_ms, std::size_t max_rows) override {
    const auto view = db_->view();
    const auto batch = db_->batch();
    const auto rows = view->scan(family::dedupe, {swept_to_, {}});
    bool expired = false;
    for (std::size_t seen = 0; rows->valid() && seen < max_rows; rows->next(), ++seen) {
      swept_to_ = keys::next_to(rows->key());
      auto answer = decode_dedupe({}, {}, rows->value());
      if (!answer) return pass_on(answer);
      if (answer->expires_ms > now_ms) continue;
      batch->erase(family::dedupe, rows->key());
      expired = true;
    }
    if (!rows->valid()) {
      swept_to_.clear();
      if (auto ended = rows->status(); !ended) return ended;
    }
    return expired ? commit(*batch, false, {}) : result<void>{};
  }

  result<std::optional<room_record>> room(std::string_view room) const override { return read_room(*db_->view(), room); }

  result<std::optional<entity_document>> entity(std::string_view room, std::string_view key) const override {
    return read_entity(*db_->view(), room, key);
  }

  result<std::optional<dedupe_record>> dedupe(std::string_view room, std::string_view scope, std::string_view id) const override {
    auto row = db_->view()->get(family::dedupe, keys::dedupe(room, scope, id));
    if (!row) return pass_on(row);
    if (!*row) return std::nullopt;
    return decode_dedupe(scope, id, **row);
  }

  result<state_page> state(std::string_view room, std::string_view after, page_limit limit) const override {
    const auto view = db_->view();
    auto record = read_room(*view, room);
    if (!record) return pass_on(record);
    if (!*record) return state_page{};

    state_page page{(*record)->epoch, (*record)->top, {}, false};
    const auto prefix = keys::text(room);
    const auto rows =
        view->scan(family::state, {after.empty() ? prefix : keys::next_to(prefix + std::string(after)), keys::end_of(prefix)});
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

  result<states_page> states(std::string_view prefix, std::string_view after_room, std::string_view after_key,
                             page_limit limit) const override {
    const auto view = db_->view();
    const auto begin = keys::states_prefix(prefix);
    const bool from_start = after_room.empty() && after_key.empty();
    const auto behind = from_start ? begin : std::max(begin, keys::next_to(keys::state(after_room, after_key)));
    const auto rows = view->scan(family::state, {behind, keys::end_of(begin)});
    states_page page;
    page_meter meter(limit);
    for (; rows->valid(); rows->next()) {
      auto found = keys::read_room_and_key(rows->key());
      if (!found) return fail(errc::internal, "a stored state row is malformed");
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

  result<stream_page> stream(std::string_view room, std::uint64_t after, page_limit limit, bool reverse) const override {
    const auto view = db_->view();
    auto record = read_room(*view, room);
    if (!record) return pass_on(record);
    if (!*record) return stream_page{};

    stream_page page{(*record)->epoch, (*record)->top, (*record)->first, {}, false};
    const auto window = stream_window(**record, after, reverse);
    if (window.low > window.high) return page;
    const auto prefix_size = keys::text(room).size();
    auto offset = reverse ? window.high : window.low;
    const auto rows = view->scan(family::stream, stream_range(room, window), reverse);
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

  result<std::vector<named_room>> rooms(std::string_view prefix, std::string_view after, std::size_t limit) const override {
    const auto view = db_->view();
    const auto rows = view->scan(
        family::rooms, {std::max(std::string(prefix), after.empty() ? std::string() : keys::next_to(after)), keys::end_of(prefix)});
    std::vector<named_room> page;
    for (; rows->valid() && page.size() < limit; rows->next()) {
      auto record = complete_room(*view, rows->key(), rows->value());
      if (!record) return pass_on(record);
      page.push_back({std::string(rows->key()), std::move(*record)});
    }
    if (auto ended = rows->status(); !ended) return pass_on(ended);
    return page;
  }

  result<std::vector<indexed_entity>> find(std::string_view field, std::string_view value, std::string_view after_room,
                                           std::string_view after_key, page_limit limit) const override {
    const auto view = db_->view();
    const auto prefix = keys::index_prefix(field, value);
    const bool from_start = after_room.empty() && after_key.empty();
    const auto rows = view->scan(
        family::index, {from_start ? prefix : keys::next_to(keys::index(field, value, after_room, after_key)), keys::end_of(prefix)});
    std::vector<indexed_entity> page;
    page_meter meter(limit);
    for (; rows->valid(); rows->next()) {
      auto found = keys::read_room_and_key(rows->key().substr(prefix.size()));
      if (!found) return fail(errc::internal, "a stored index row is malformed");
      auto document = read_entity(*view, found->room, found->key);
      if (!document) return pass_on(document);
      if (!*document) return fail(errc::internal, "an index row names no entity: key '" + found->key + "' of room '" + found->room + "'");
      if (!meter.admits(**document)) return page;
      page.push_back({std::move(found->room), std::move(**document)});
    }
    if (auto ended = rows->status(); !ended) return pass_on(ended);
    return page;
  }

  result<std::vector<due_entity>> due(const due_position& after, std::int64_t now_ms, std::size_t limit) const override {
    std::vector<due_entity> page;
    if (now_ms < after.expires_ms) return page;
    const auto view = db_->view();
    const auto low =
        after.room.empty() ? keys::expiry_from(after.expires_ms) : keys::next_to(keys::expiry(after.expires_ms, after.room, after.key));
    const auto rows = view->scan(family::expiry, {low, keys::end_of(keys::expiry_from(now_ms))});
    std::unordered_map<std::string, std::string> epochs;
    for (; rows->valid() && page.size() < limit; rows->next()) {
      auto found = keys::read_expiry(rows->key());
      if (!found) return fail(errc::internal, "a stored expiry key is malformed");
      auto version = decode_expiry(rows->value());
      if (!version) return pass_on(version);
      auto known = epochs.find(found->room);
      if (known == epochs.end()) {
        auto row = view->get(family::rooms, found->room);
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

 private:
  using room_map = std::unordered_map<std::string, room_record>;
  struct prepared {
    std::unique_ptr<kv_batch> batch;
    room_map after;  // the rooms as this batch leaves them
  };

  result<prepared> prepare(std::span<const append> appends) const {
    prepared made{db_->batch(), {}};
    for (const auto& change : appends) {
      const auto known = made.after.find(change.room);
      auto before = known != made.after.end() ? result<std::optional<room_record>>(known->second) : last_written(change.room);
      if (!before) return pass_on(before);
      auto next = check_append(change, *before);
      if (!next) return pass_on(next);
      if (!*before || (*before)->kept != next->kept) made.batch->put(family::rooms, change.room, encode(*next));
      made.after.insert_or_assign(change.room, std::move(*next));
      add_rows(*made.batch, change);
    }
    return made;
  }

  // The room as the newest write left it. Only for the writer.
  result<std::optional<room_record>> last_written(const std::string& room) const {
    if (const auto known = written_.find(room); known != written_.end()) return known->second;
    return read_room(*db_->view(), room);
  }

  result<void> commit(kv_batch& batch, bool sync, room_map after) {
    auto done = db_->write(batch, sync);
    if (done) remember(std::move(after));
    return done;
  }

  void remember(room_map after) {
    if (written_.size() + after.size() > written_rooms_max) written_.clear();  // they are read again when needed
    for (auto& [name, record] : after) written_.insert_or_assign(name, std::move(record));
  }

  std::unique_ptr<kv> db_;
  dead_rows dead_;
  const last_stop before_;
  room_map written_;      // the writer's: spares a read for each append
  std::string swept_to_;  // the writer's: where the next sweep() begins
};

}  // namespace

result<std::unique_ptr<store>> open_rocksdb_store(const rocksdb_options& options) {
  auto db = open_rocksdb_kv({options.path, options.block_cache_bytes, options.recover, options.boot_id,
                             [path = options.path](const std::string& format) { return check_format(path, format); }});
  if (!db) return pass_on(db);
  auto before = begin_use(**db, options);
  if (!before) return pass_on(before);
  auto opened = std::make_unique<kv_store>(std::move(*db), *before);
  if (auto counted = opened->count_dead(); !counted) return pass_on(counted);
  return opened;
}

}  // namespace tidewire::storage
