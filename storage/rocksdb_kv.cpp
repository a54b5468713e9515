#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <algorithm>
#include <array>
#include <atomic>
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
#include "storage/rocksdb_views.hpp"

namespace tidewire::storage {

namespace {

thread_local bool writes_here = false;

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
    note_if_slow(begun, "commit", "*");
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
    cause_ = status.IsCorruption() ? open_failure(options_.path, status).detail : status.ToString();  // compaction found damage, say
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
