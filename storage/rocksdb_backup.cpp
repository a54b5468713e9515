#include "storage/rocksdb_backup.hpp"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "storage/restore.hpp"

namespace tidewire::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t progress_step_bytes = 262'144;

std::string message_of(int error) { return std::generic_category().message(error); }

// The right to a directory of backups: one makes backups, or several read them. Goes with the process.
class directory_lock {
 public:
  directory_lock(directory_lock&& from) noexcept : file_(std::exchange(from.file_, -1)) {}
  directory_lock& operator=(directory_lock&&) = delete;
  ~directory_lock() {
    if (file_ >= 0) ::close(file_);
  }

  static result<directory_lock> take(const std::string& directory, bool alone) {
    const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
      if (errno == ENOENT) return fail(errc::unknown_room, "there is no directory " + directory);
      return fail(errc::internal, "cannot open the directory " + directory + ": " + message_of(errno));
    }
    directory_lock taken(file);
    if (::flock(file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0)
      return fail(errc::conflict, "another process uses the backups in " + directory + ": wait for its end, or choose another directory");
    return taken;
  }

 private:
  explicit directory_lock(int file) : file_(file) {}
  int file_;
};

failure backup_failure(const std::string& what, const rocksdb::Status& status) {
  if (status.IsCorruption()) return {errc::internal, what + ": it is damaged (" + status.ToString() + "); use another backup"};
  if (status.IsNotFound()) return {errc::unknown_room, what + ": there is no such backup (" + status.ToString() + ")"};
  return {errc::internal, what + ": " + status.ToString()};
}

backup_record record_of(const rocksdb::BackupInfo& info) {
  return {info.backup_id, info.timestamp, info.size, info.number_files, 0, info.app_metadata};
}

// What of the newest backup no other one has.
std::uint64_t own_bytes_of_newest(const rocksdb::BackupEngine& engine) {
  std::vector<rocksdb::BackupInfo> all;
  engine.GetBackupInfo(&all, true);
  if (all.empty()) return 0;
  std::set<std::string> earlier;
  for (std::size_t i = 0; i + 1 < all.size(); ++i)
    for (const auto& file : all[i].file_details) earlier.insert(file.relative_filename);
  std::uint64_t bytes = 0;
  for (const auto& file : all.back().file_details)
    if (!earlier.contains(file.relative_filename)) bytes += file.size;
  return bytes;
}

// Backups inside the database would be part of the next one.
result<void> check_apart(const std::string& backups, const std::string& database) {
  std::error_code error;
  const auto place = fs::weakly_canonical(backups, error);
  const auto base = fs::weakly_canonical(database, error);
  if (error) return fail(errc::internal, "cannot look at " + backups + ": " + error.message());
  const auto [rest, unused] = std::mismatch(base.begin(), base.end(), place.begin(), place.end());
  if (rest == base.end()) return fail(errc::bad_request, backups + " is inside the database's own directory: choose another one");
  return {};
}

struct reader_of_backups {
  directory_lock lock;
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine;
};

result<reader_of_backups> open_backups(const std::string& directory) {
  auto lock = directory_lock::take(directory, false);
  if (!lock) return tl::unexpected(std::move(lock.error()));
  rocksdb::BackupEngineReadOnly* raw = nullptr;
  const auto opened = rocksdb::BackupEngineReadOnly::Open(rocksdb::BackupEngineOptions(directory), rocksdb::Env::Default(), &raw);
  if (!opened.ok()) return tl::unexpected(backup_failure("cannot open the backups in " + directory, opened));
  return reader_of_backups{std::move(*lock), std::unique_ptr<rocksdb::BackupEngineReadOnly>(raw)};
}

result<backup_record> verify(const reader_of_backups& backups, const std::string& directory, std::uint32_t id) {
  const auto name = [&](std::uint32_t which) { return "backup " + std::to_string(which) + " in " + directory; };
  rocksdb::BackupInfo info;
  const auto found = id == 0 ? backups.engine->GetLatestBackupInfo(&info) : backups.engine->GetBackupInfo(id, &info);
  // The newest is the newest: that an older one is whole is for the operator to make use of.
  std::vector<rocksdb::BackupID> damaged;
  backups.engine->GetCorruptedBackups(&damaged);
  for (const auto each : damaged)
    if (id == 0 ? !found.ok() || each > info.backup_id : each == id)
      return tl::unexpected(backup_failure(name(each), rocksdb::Status::Corruption("a file is missing or has another size")));
  if (!found.ok()) return tl::unexpected(backup_failure(id == 0 ? "the newest backup in " + directory : name(id), found));
  if (const auto whole = backups.engine->VerifyBackup(info.backup_id, true); !whole.ok())
    return tl::unexpected(backup_failure(name(info.backup_id), whole));
  return record_of(info);
}

}  // namespace

result<backup_record> make_backup(rocksdb::DB& db, const std::string& path, const backup_order& order, backup_watch& watch,
                                  const std::atomic<bool>& closing) {
  if (auto apart = check_apart(order.directory, path); !apart) return tl::unexpected(std::move(apart.error()));
  std::error_code error;
  fs::create_directories(order.directory, error);
  if (error) return fail(errc::internal, "cannot create the directory " + order.directory + ": " + error.message());
  const auto lock = directory_lock::take(order.directory, true);
  if (!lock) return tl::unexpected(lock.error());

  rocksdb::BackupEngineOptions options(order.directory);
  options.backup_rate_limit = order.bytes_per_s;
  options.callback_trigger_interval_size = progress_step_bytes;
  rocksdb::BackupEngine* raw = nullptr;
  if (const auto opened = rocksdb::BackupEngine::Open(options, db.GetEnv(), &raw); !opened.ok())
    return tl::unexpected(backup_failure("cannot open the backups in " + order.directory, opened));
  const std::unique_ptr<rocksdb::BackupEngine> engine(raw);

  std::uint64_t tables = 0;
  db.GetAggregatedIntProperty(rocksdb::DB::Properties::kLiveSstFilesSize, &tables);
  watch.database_bytes = tables;
  rocksdb::CreateBackupOptions how;
  how.flush_before_backup = true;  // a log is copied again by each backup, a table only once
  how.decrease_background_thread_cpu_priority = true;
  how.background_thread_cpu_priority = rocksdb::CpuPriority::kLow;
  how.progress_callback = [&] {
    watch.copied_bytes += progress_step_bytes;
    if (watch.stop || closing) engine->StopBackup();
  };
  rocksdb::BackupID id = 0;
  const auto made = engine->CreateNewBackupWithMetadata(how, &db, order.made_by, &id);
  if (!made.ok()) {
    static_cast<void>(engine->GarbageCollect());  // a full disk gets its space back at once
    if (watch.stop || closing) return fail(errc::unavailable, "the backup was given up, because the database is being closed");
    return tl::unexpected(backup_failure("the backup into " + order.directory + " failed, older ones are as they were", made));
  }
  rocksdb::BackupInfo info;
  if (const auto found = engine->GetBackupInfo(id, &info); !found.ok())
    return tl::unexpected(backup_failure("the backup that was just made in " + order.directory, found));
  auto record = record_of(info);
  record.copied_bytes = own_bytes_of_newest(*engine);
  if (order.keep > 0) {
    if (const auto purged = engine->PurgeOldBackups(static_cast<std::uint32_t>(order.keep)); !purged.ok())
      return tl::unexpected(backup_failure("backup " + std::to_string(id) + " is made, but older ones could not be removed", purged));
  }
  return record;
}

result<std::vector<backup_record>> list_backups(const std::string& directory) {
  const auto backups = open_backups(directory);
  if (!backups) return tl::unexpected(backups.error());
  std::vector<rocksdb::BackupInfo> all;
  backups->engine->GetBackupInfo(&all);
  std::vector<backup_record> records;
  for (const auto& each : all) records.push_back(record_of(each));
  return records;
}

result<backup_record> verify_backup(const std::string& directory, std::uint32_t id) {
  const auto backups = open_backups(directory);
  if (!backups) return tl::unexpected(backups.error());
  return verify(*backups, directory, id);
}

result<backup_record> restore_backup(const restore_order& order, const std::function<void(restore_step)>& on_step) {
  const auto backups = open_backups(order.directory);
  if (!backups) return tl::unexpected(backups.error());
  if (auto free = check_restore_target(order.data); !free) return tl::unexpected(std::move(free.error()));
  on_step(restore_step::verifying);
  auto record = verify(*backups, order.directory, order.id);
  if (!record) return record;

  std::error_code error;
  fs::create_directories(order.data, error);
  if (error) return fail(errc::internal, "cannot create the directory " + order.data + ": " + error.message());
  const auto alone = directory_lock::take(order.data, true);
  if (!alone) return fail(errc::conflict, "another restore into " + order.data + " is under way");
  if (auto begun = begin_restore(order.data); !begun) return tl::unexpected(std::move(begun.error()));
  on_step(restore_step::copying);
  const auto copied = backups->engine->RestoreDBFromBackup(record->id, order.data, order.data);
  if (!copied.ok()) return tl::unexpected(backup_failure("the restore into " + order.data + " failed; repeat it", copied));
  on_step(restore_step::marking);
  if (auto ended = finish_restore(order.data, record->id); !ended) return tl::unexpected(std::move(ended.error()));
  return record;
}

}  // namespace tidewire::storage
