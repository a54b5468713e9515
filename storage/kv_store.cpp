// The store over an ordered key-value database. Rows: storage/keys.hpp and storage/envelope.hpp.
#include <algorithm>
#include <unordered_map>

#include "storage/dead_rows.hpp"
#include "storage/entity_count.hpp"
#include "storage/envelope.hpp"
#include "storage/keys.hpp"
#include "storage/kv.hpp"
#include "storage/kv_reads.hpp"
#include "storage/leaving_rooms.hpp"
#include "storage/lifecycle.hpp"
#include "storage/reads_through.hpp"
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

class kv_frozen final : public frozen {
 public:
  explicit kv_frozen(std::shared_ptr<const kv_hold> moment) : moment_(std::move(moment)) {}

  result<std::unique_ptr<const readable>> look() const override {
    auto view = moment_->view();
    if (!view) return fail(errc::no_longer_kept, "the database was opened again after a failed write: begin anew");
    return std::make_unique<kv_reads>(std::move(view));
  }

 private:
  const std::shared_ptr<const kv_hold> moment_;
};

class kv_store final : public reads_through<store, kv_store> {
 public:
  kv_store(std::unique_ptr<kv> db, last_stop before, cache_counters* told)
      : db_(std::move(db)), before_(before), told_(told), dead_(*db_) {}
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
    return opened ? learn() : opened;
  }

  // What is known of the rows without reading them each time. After a failed write nobody knows whether its rows are there.
  result<void> learn() {
    auto counted = dead_.count();
    return counted ? leaving_.learn(*db_->view()) : counted;
  }
  result<void> keep_dead(const dead_record& record, dead_usage most, bool sync) override { return dead_.keep(record, most, sync); }
  result<bool> discard_dead(std::string_view id) override { return dead_.discard(id); }
  dead_usage dead_kept() const override { return dead_.kept(); }
  result<std::optional<dead_record>> dead(std::string_view id) const override { return dead_.get(id); }
  result<dead_page> list_dead(std::string_view after, page_limit limit) const override { return dead_.list(after, limit); }

  result<void> trim(std::string_view room, std::uint64_t first) override {
    auto known = last_written(std::string(room));
    if (!known) return pass_on(known);
    if (!*known) return {};
    auto& record = (*known)->record;
    const auto from = record.first;
    const auto to = std::min(first, record.top + 1);
    if (to <= from) return {};

    const auto batch = db_->batch();
    if (to - from > point_deletes_max) {
      batch->erase(family::stream, key_range{keys::next_to(keys::stream(room, from - 1)), keys::stream(room, to)});
    } else {
      for (auto offset = from; offset < to; ++offset) batch->erase(family::stream, keys::stream(room, offset));
    }
    if (to > record.top) {
      auto changed_ms = now()->time_at(room, record.top);
      if (!changed_ms) return pass_on(changed_ms);
      record.changed_ms = *changed_ms;
    }
    record.first = to;
    batch->put(family::rooms, room, encode(record));
    return commit(*batch, false, {{std::string(room), std::move(**known)}});
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
    return expired || max_rows == 0 ? commit(*batch, false, {}) : result<void>{};  // no rows: only whether it would be refused
  }

  result<bool> forget(std::string_view room, std::size_t max_rows) override {
    const auto batch = db_->batch();
    const auto view = db_->view();
    const bool begins = !leaving_.contains(room);
    if (begins) {
      const auto known = last_written(std::string(room));
      if (!known) return tl::unexpected(known.error());
      if (!*known) return true;
      leaving_rooms::begin(*batch, room, (*known)->record.first, (*known)->record.top, point_deletes_max);
    }
    auto whole = leaving_rooms::take_rows(*view, *batch, room, max_rows);
    if (!whole) return whole;
    if (*whole) leaving_rooms::end(*batch, room);
    if (begins) leaving_.add(room);  // from now on nobody reads of it, whatever becomes of the write
    written_.erase(std::string(room));
    if (auto done = commit(*batch, false, {}); !done) return pass_on(done);
    if (*whole) leaving_.remove(room);
    return whole;
  }

  bool leaving(std::string_view room) const override { return leaving_.contains(room); }
  std::vector<std::string> leaving() const override { return leaving_.names(); }

  result<void> keep_note(std::string_view name, std::string_view text) override {
    const auto batch = db_->batch();
    batch->put(family::meta, note_prefix + std::string(name), text);
    return commit(*batch, false, {});
  }

  result<std::string> note(std::string_view name) const override {
    auto row = db_->view()->get(family::meta, note_prefix + std::string(name));
    if (!row) return pass_on(row);
    return row->value_or(std::string());
  }

  memory_use memory() const override { return db_->memory(); }
  database_view inspect() const override { return db_->inspect(); }

  result<std::vector<room_age>> ages(std::string_view after, std::size_t limit) const override { return now()->ages(after, limit); }

  std::unique_ptr<const readable> at_once() const override { return std::make_unique<kv_reads>(db_->view(), aids()); }

  result<std::shared_ptr<const frozen>> freeze(const room_choice&, std::size_t) const override {
    return std::make_shared<const kv_frozen>(db_->hold());
  }

  result<backup_record> back_up(const backup_order& order, backup_watch& watch) const override { return db_->back_up(order, watch); }

  struct reads_now {
    kv_reads reads;
    const kv_reads* operator->() const noexcept { return &reads; }
  };
  reads_now now() const { return {kv_reads(db_->view(), aids())}; }

 private:
  static inline const std::string note_prefix = "note/";

  read_aids aids() const { return {&leaving_, db_.get(), told_}; }

  struct known_room {
    room_record record;
    std::optional<std::uint64_t> entities{};  // nothing: to be read when it matters
  };
  using room_map = std::unordered_map<std::string, known_room>;
  struct prepared {
    std::unique_ptr<kv_batch> batch;
    room_map after;  // the rooms as this batch leaves them
  };

  result<prepared> prepare(std::span<const append> appends) const {
    prepared made{db_->batch(), {}};
    for (const auto& change : appends) {
      const auto known = made.after.find(change.room);
      if (leaving_.contains(change.room)) return refuse_leaving(change.room);
      auto before = known != made.after.end() ? result<std::optional<known_room>>(known->second) : last_written(change.room);
      if (!before) return pass_on(before);
      auto next = check_append(change, before->has_value() ? std::optional((*before)->record) : std::nullopt);
      if (!next) return pass_on(next);
      if (!*before || (*before)->record.kept != next->kept) made.batch->put(family::rooms, change.room, encode(*next));
      auto entities = count_entities_after(change, *before);
      if (!entities) return pass_on(entities);
      if (change.more_entities != 0) put_entity_count(*made.batch, change.room, **entities);
      made.after.insert_or_assign(change.room, known_room{std::move(*next), *entities});
      add_rows(*made.batch, change);
    }
    return made;
  }

  // Nothing: that is not known, and did not change.
  result<std::optional<std::uint64_t>> count_entities_after(const append& change, const std::optional<known_room>& before) const {
    auto known = before ? before->entities : std::uint64_t{0};
    if (change.more_entities == 0) return known;
    if (!known) {
      const auto read = read_entity_count(*db_->view(), change.room);
      if (!read) return tl::unexpected(read.error());
      known = *read;
    }
    return check_entities(change, *known);
  }

  // The room as the newest write left it. Only for the writer.
  result<std::optional<known_room>> last_written(const std::string& room) const {
    if (const auto known = written_.find(room); known != written_.end()) return known->second;
    return now()->room(room).map(
        [](std::optional<room_record>&& record) { return record ? std::optional(known_room{std::move(*record)}) : std::nullopt; });
  }

  result<void> commit(kv_batch& batch, bool sync, room_map after) {
    auto done = db_->write(batch, sync);
    if (done) remember(std::move(after));
    return done;
  }

  void remember(room_map after) {
    if (written_.size() + after.size() > written_rooms_max) written_.clear();  // they are read again when needed
    for (auto& [name, known] : after) written_.insert_or_assign(name, std::move(known));
  }

  std::unique_ptr<kv> db_;
  const last_stop before_;
  cache_counters* const told_;
  dead_rows dead_;
  leaving_rooms leaving_;
  room_map written_;      // the writer's: spares a read for each append
  std::string swept_to_;  // the writer's: where the next sweep() begins
};

}  // namespace

result<std::unique_ptr<store>> open_rocksdb_store(const rocksdb_options& options) {
  auto db = open_rocksdb_kv({options.path, options.block_cache_bytes, options.memtable_bytes, options.recover, options.boot_id,
                             [path = options.path](const std::string& format) { return check_format(path, format); }, options.queries});
  if (!db) return pass_on(db);
  auto before = begin_use(**db, options);
  if (!before) return pass_on(before);
  auto opened = std::make_unique<kv_store>(std::move(*db), *before, options.reads);
  if (auto known = opened->learn(); !known) return pass_on(known);
  return opened;
}

}  // namespace tidewire::storage
