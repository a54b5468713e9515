#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <filesystem>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "schemas/statistics/cycle_clock.hpp"
#include "storage/commit_mark.hpp"
#include "storage/kv.hpp"
#include "storage/rocksdb_backup.hpp"
#include "storage/rocksdb_inspection.hpp"
#include "storage/rocksdb_options.hpp"

namespace tidewire::storage {

namespace {

std::size_t at(family of) { return static_cast<std::size_t>(of); }

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// RocksDB counts each comparison of keys for each thread, unless told not to: a twentieth of a small write.
void count_nothing_here() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }

thread_local bool writes_here = false;

std::string_view bytes_of(const rocksdb::Slice& from) { return {from.data(), from.size()}; }

failure read_failure(const rocksdb::Status& status) {
  return {status.IsCorruption() ? errc::internal : errc::unavailable, "cannot read the database: " + status.ToString()};
}

// An open database. `closed` becomes ready when the last view or batch of it is gone and its directory is free again.
class database {
 public:
  database(std::unique_ptr<rocksdb::WalFilter> guard, std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families,
           query_counters* queries, std::promise<void> closed)
      : guard_(std::move(guard)), db_(std::move(db)), families_(std::move(families)), queries_(queries), closed_(std::move(closed)) {}
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database() {
    for (auto* each : families_) db_->DestroyColumnFamilyHandle(each);
    db_.reset();
    closed_.set_value();
  }

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* handle(family of) const { return families_[at(of)]; }
  std::uint64_t sequence() const { return db_->GetLatestSequenceNumber(); }
  void count(family of, query_operation what, std::uint64_t times = 1) const {
    if (queries_ != nullptr && times > 0) queries_->count(at(of), what, times);
  }

 private:
  std::unique_ptr<rocksdb::WalFilter> guard_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  query_counters* const queries_;
  std::promise<void> closed_;
};
using database_ptr = std::shared_ptr<database>;

class cursor final : public kv_cursor {
 public:
  cursor(const database& from, const rocksdb::Snapshot* moment, family of, key_range range, bool reverse)
      : range_(std::move(range)), low_(range_.low), high_(range_.high), reverse_(reverse) {
    rocksdb::ReadOptions options;
    options.snapshot = moment;
    options.iterate_lower_bound = &low_;
    if (!range_.high.empty()) options.iterate_upper_bound = &high_;
    rows_.reset(from.db().NewIterator(options, from.handle(of)));
    from.count(of, query_operation::scan);
    reverse_ ? rows_->SeekToLast() : rows_->SeekToFirst();
  }

  bool valid() const override { return rows_->Valid(); }
  void next() override { reverse_ ? rows_->Prev() : rows_->Next(); }
  std::string_view key() const override { return bytes_of(rows_->key()); }
  std::string_view value() const override { return bytes_of(rows_->value()); }
  result<void> status() const override {
    if (!rows_->status().ok()) return tl::unexpected(read_failure(rows_->status()));
    return {};
  }

 private:
  key_range range_;
  rocksdb::Slice low_;  // the iterator keeps pointers to these
  rocksdb::Slice high_;
  bool reverse_;
  std::unique_ptr<rocksdb::Iterator> rows_;
};

// A moment of a database, until the last view of it is gone.
class moment {
 public:
  explicit moment(database_ptr from) : from_(std::move(from)), snapshot_(from_->db().GetSnapshot()) {}
  moment(const moment&) = delete;
  moment& operator=(const moment&) = delete;
  ~moment() { from_->db().ReleaseSnapshot(snapshot_); }

  const database& from() const { return *from_; }
  const rocksdb::Snapshot* snapshot() const { return snapshot_; }

 private:
  database_ptr from_;
  const rocksdb::Snapshot* snapshot_;
};
using moment_ptr = std::shared_ptr<const moment>;

class view final : public kv_view {
 public:
  explicit view(moment_ptr of) : of_(std::move(of)) { count_nothing_here(); }

  result<std::optional<std::string>> get(family of, std::string_view key) const override {
    rocksdb::ReadOptions options;
    options.snapshot = of_->snapshot();
    std::string value;
    of_->from().count(of, query_operation::get);
    const auto status = of_->from().db().Get(options, of_->from().handle(of), slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return tl::unexpected(read_failure(status));
    return value;
  }

  std::unique_ptr<kv_cursor> scan(family of, key_range range, bool reverse) const override {
    return std::make_unique<cursor>(of_->from(), of_->snapshot(), of, std::move(range), reverse);
  }

 private:
  moment_ptr of_;
};

// Lets go of its moment when the database must be closed.
class hold final : public kv_hold {
 public:
  explicit hold(moment_ptr of) : of_(std::move(of)) {}

  std::unique_ptr<kv_view> view() const override {
    const std::lock_guard lock(mutex_);
    return of_ ? std::make_unique<storage::view>(of_) : nullptr;
  }

  void let_go() {
    moment_ptr gone;  // outside the lock
    const std::lock_guard lock(mutex_);
    gone = std::move(of_);
  }

 private:
  mutable std::mutex mutex_;
  moment_ptr of_;
};

class batch final : public kv_batch {
 public:
  explicit batch(database_ptr target) : target_(std::move(target)) {}

  void put(family of, std::string_view key, std::string_view value) override {
    note(changes_.Put(target_->handle(of), slice(key), slice(value)));
    ++puts_[at(of)];
  }
  void erase(family of, std::string_view key) override {
    note(changes_.Delete(target_->handle(of), slice(key)));
    ++erased_[at(of)];
  }
  void erase(family of, const key_range& range) override {
    assert(of != family::stream || !stream_hint::is_row(range.low));
    note(changes_.DeleteRange(target_->handle(of), slice(range.low), slice(range.high)));
    ++erased_[at(of)];
  }

  rocksdb::WriteBatch& changes() { return changes_; }
  // It has been written.
  void count() const {
    for (std::size_t i = 0; i < puts_.size(); ++i) {
      target_->count(static_cast<family>(i), query_operation::put, puts_[i]);
      target_->count(static_cast<family>(i), query_operation::erase, erased_[i]);
    }
  }

 private:
  // Only a limit on the size of a batch can make these fail, and none is set.
  static void note(const rocksdb::Status& status) { assert(status.ok()); }

  database_ptr target_;
  rocksdb::WriteBatch changes_;
  std::array<std::uint32_t, family_names.size()> puts_{};
  std::array<std::uint32_t, family_names.size()> erased_{};  // rows and ranges
};

class rocksdb_kv final : public kv {
 public:
  explicit rocksdb_kv(const kv_options& options)
      : options_(options),
        memory_(options),
        database_options_(database_options(options, memory_)),
        common_options_(common_options(options, memory_)) {}

  // A family that we do not know was made by a newer version; RocksDB would refuse it in less helpful words.
  result<void> check_families() const {
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(database_options_, options_.path, &names).ok())
      return {};  // nothing there yet, or open() will say
    for (const auto& name : names) {
      if (std::find(family_names.begin(), family_names.end(), name) == family_names.end()) {
        return fail(errc::internal, "the database in " + options_.path + " has the unknown column family '" + name +
                                        "': a newer version wrote it; start that version, or restore a backup");
      }
    }
    return {};
  }

  // Nothing is written before it is known that this may be done and that nothing acknowledged is missing.
  result<void> open() {
    const auto found = storage::inspect(options_, database_options_);
    if (!found) return tl::unexpected(found.error());
    auto opened = open_writer(*found);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto mark = commit_mark::begin(options_.path, options_.boot_id, opened->db->sequence());  // what was recovered is in tables, synced
    if (!mark) return tl::unexpected(std::move(mark.error()));
    become(std::move(*opened));
    mark_ = std::move(*mark);
    acknowledged_ = current()->sequence();
    writable_ = true;
    return {};
  }

  std::unique_ptr<kv_view> view() const override { return std::make_unique<storage::view>(std::make_shared<const moment>(current())); }

  std::shared_ptr<const kv_hold> hold() const override {
    const std::lock_guard lock(mutex_);
    auto made = std::make_shared<storage::hold>(std::make_shared<const moment>(current_));
    std::erase_if(holds_, [](const auto& each) { return each.expired(); });
    holds_.push_back(made);
    return made;
  }

  std::unique_ptr<kv_batch> batch() const override { return std::make_unique<storage::batch>(current()); }

  result<void> write(kv_batch& changes, bool sync) override {
    rocksdb::WriteOptions options;
    options.sync = sync;
    return write(changes, options).map([](bool) {});
  }

  result<bool> write_at_once(kv_batch& changes) override {
    rocksdb::WriteOptions options;
    options.no_slowdown = true;
    return write(changes, options);
  }

  // Reading goes on from a read-only database while the directory is free of its writer: only one may have it open.
  result<void> reopen() override {
    writable_ = false;
    closing_ = true;
    if (!read_only_) {
      rocksdb::CancelAllBackgroundWork(&current()->db(), true);  // or files would go while the reader opens them
      auto reader = open_reader();
      if (!reader) return tl::unexpected(std::move(reader.error()));
      if (reader->db->sequence() < acknowledged_) return fail(errc::storage_refused, "acknowledged changes are missing from the files");
      auto writer_closed = std::move(closed_);
      become(std::move(*reader));
      let_go_of_holds();
      read_only_ = true;
      writer_closed.wait();
    }
    closing_ = false;
    if (auto opened = open(); !opened) return opened;
    let_go_of_holds();
    read_only_ = false;
    return {};
  }

  std::optional<std::uint64_t> begin_counting() const override {
    if (writes_here) return std::nullopt;
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    return rocksdb::get_perf_context()->block_read_count;
  }
  std::uint64_t end_counting() const override {
    count_nothing_here();
    return rocksdb::get_perf_context()->block_read_count;
  }

  memory_use memory() const override {
    return {memory_.cache->GetUsage(), memory_.cache->GetPinnedUsage(), memory_.memtables ? memory_.memtables->memory_usage() : 0};
  }

  database_view inspect() const override {
    const auto from = current();
    const auto ask = [&](family of, const std::string& property) {
      std::uint64_t value = 0;
      return from->db().GetIntProperty(from->handle(of), property, &value) ? value : 0;
    };
    using properties = rocksdb::DB::Properties;
    database_view all;
    for (std::size_t i = 0; i < family_names.size(); ++i) {
      const auto of = static_cast<family>(i);
      rocksdb::ColumnFamilyMetaData files;
      from->db().GetColumnFamilyMetaData(from->handle(of), &files);
      all.tables.push_back({family_names[i], ask(of, properties::kEstimateNumKeys), files.file_count, files.size,
                            ask(of, properties::kCurSizeAllMemTables), ask(of, properties::kEstimatePendingCompactionBytes)});
    }
    all.running_flushes = ask(family::meta, properties::kNumRunningFlushes);
    all.running_compactions = ask(family::meta, properties::kNumRunningCompactions);
    all.write_rate_bytes = ask(family::meta, properties::kActualDelayedWriteRate);
    all.writes_stopped = ask(family::meta, properties::kIsWriteStopped) != 0;
    all.snapshots = ask(family::meta, properties::kNumSnapshots);
    all.background_errors = ask(family::meta, properties::kBackgroundErrors);
    return all;
  }

  result<backup_record> back_up(const backup_order& order, backup_watch& watch) override {
    const auto from = current();
    if (!writable_)
      return fail(errc::unavailable, "the database takes no writes since one failed: make room or repair the disk, then try again");
    return make_backup(from->db(), options_.path, order, watch, closing_);
  }

 private:
  // False: it would have to wait, and must not.
  result<bool> write(kv_batch& changes, const rocksdb::WriteOptions& options) {
    if (!writable_) return fail(errc::storage_refused, "the database takes no writes since one failed: " + cause_);
    writes_here = true;
    count_nothing_here();
    const auto db = current();
    auto& batch = static_cast<storage::batch&>(changes);
    const auto begun = cycle_clock::now();
    const auto status = db->db().Write(options, &batch.changes());
    if (status.ok()) {
      if (auto* const told = options_.queries) {
        (options.sync ? told->commits_synced : told->commits).add(cycle_clock::ns(begun, cycle_clock::now()));
        batch.count();
      }
      acknowledged_ = db->sequence();
      mark_->advance(acknowledged_, options.sync);
      return true;
    }
    if (options.no_slowdown && status.IsIncomplete()) return false;
    writable_ = false;
    cause_ = status.ToString();
    return fail(errc::storage_refused, "a write failed, its outcome is unknown: " + cause_);
  }

  struct fresh_database {
    database_ptr db;
    std::future<void> closed;
  };

  result<fresh_database> open_writer(const inspection& found) const {
    auto with = database_options_;
    auto guard = make_replay_guard(found.tables_end);
    with.wal_filter = guard.get();
    // Where a mark says how far changes were acknowledged, what is damaged is behind it. Else a torn last record is the trace of an unclean
    // stop, and damage before it took acknowledged changes: nobody but the operator may decide to go on without them.
    with.wal_recovery_mode = found.reaches_mark || options_.recover ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                                                    : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    return open_database(with, std::move(guard), [](auto&&... all) { return rocksdb::DB::Open(all...); });
  }

  result<fresh_database> open_reader() const {
    auto with = database_options_;
    with.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    return open_database(with, nullptr, [](auto&&... all) { return rocksdb::DB::OpenForReadOnly(all...); });
  }

  result<fresh_database> open_database(const rocksdb::DBOptions& with, std::unique_ptr<rocksdb::WalFilter> guard, auto open) const {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    const auto hint = std::make_shared<stream_hint>();
    for (std::size_t i = 0; i < family_names.size(); ++i)
      families.emplace_back(family_names[i], options_of(static_cast<family>(i), common_options_, hint));
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status status = open(with, options_.path, families, &handles, &raw);
    if (!status.ok()) return tl::unexpected(open_failure(options_.path, status));
    hint->enable();
    std::promise<void> closed;
    auto closing = closed.get_future();
    return fresh_database{std::make_shared<database>(std::move(guard), std::unique_ptr<rocksdb::DB>(raw), std::move(handles),
                                                     options_.queries, std::move(closed)),
                          std::move(closing)};
  }

  void let_go_of_holds() {
    std::vector<std::weak_ptr<storage::hold>> all;
    {
      const std::lock_guard lock(mutex_);
      all = std::exchange(holds_, {});
    }
    for (const auto& each : all)
      if (const auto held = each.lock()) held->let_go();
  }

  database_ptr current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  void become(fresh_database next) {
    database_ptr previous;  // closed outside the lock, if nobody reads from it
    const std::lock_guard lock(mutex_);
    previous = std::exchange(current_, std::move(next.db));
    closed_ = std::move(next.closed);
  }

  const kv_options options_;
  const database_memory memory_;
  const rocksdb::DBOptions database_options_;
  const rocksdb::ColumnFamilyOptions common_options_;
  std::future<void> closed_;  // of current_; the writer's
  bool read_only_ = false;    // the writer's
  std::atomic<bool> writable_ = false;
  std::atomic<bool> closing_ = false;  // a backup under way must end
  std::string cause_;                  // why it is not writable; the writer's
  std::unique_ptr<commit_mark> mark_;  // the writer's
  std::uint64_t acknowledged_ = 0;     // sequence number; the writer's
  mutable std::mutex mutex_;
  database_ptr current_;
  mutable std::vector<std::weak_ptr<storage::hold>> holds_;
};

}  // namespace

std::span<const std::string_view> table_names() noexcept {
  static const auto names = [] {
    std::array<std::string_view, family_names.size()> all;
    std::ranges::copy(family_names, all.begin());
    return all;
  }();
  return names;
}

result<std::unique_ptr<kv>> open_rocksdb_kv(const kv_options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.path, error);
  if (error) return fail(errc::unavailable, "cannot create the directory " + options.path + ": " + error.message());
  if (!options.being_restored && std::filesystem::exists(std::filesystem::path(options.path) / unfinished_restore_file, error))
    return fail(errc::internal, "a restore into " + options.path + " did not finish: run `tidectl restore` again with the same directory");
  auto out = std::make_unique<rocksdb_kv>(options);
  if (auto known = out->check_families(); !known) return tl::unexpected(std::move(known.error()));
  if (auto opened = out->open(); !opened) return tl::unexpected(std::move(opened.error()));
  return out;
}

}  // namespace tidewire::storage
