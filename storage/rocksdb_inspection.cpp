#include "storage/rocksdb_inspection.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <cstdarg>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/commit_mark.hpp"

namespace tidewire::storage {

namespace {

namespace fs = std::filesystem;
using option = rocksdb::WalFilter::WalProcessingOption;

// A batch in the log begins with the sequence number of its first change, 8 bytes little endian; each change has one.
std::uint64_t sequence_of(const rocksdb::WriteBatch& batch) {
  std::uint64_t sequence = 0;
  std::memcpy(&sequence, batch.Data().data(), sizeof sequence);
  return sequence;
}

class format_finder final : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
    if (family == 0 && key == rocksdb::Slice(format_row.data(), format_row.size())) format = value.ToString();
    return {};
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return {}; }

  std::optional<std::string> format;
};

// Reads the log and takes nothing of it.
class log_reader final : public rocksdb::WalFilter {
 public:
  option LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*, bool*) override {
    const auto sequence = sequence_of(batch);
    if (!first) first = sequence;
    if (!gap && next != 0 && sequence != next) gap = true;
    if (gap) return option::kIgnoreCurrentRecord;
    next = sequence + batch.Count();
    return batch.Iterate(&meta).ok() ? option::kIgnoreCurrentRecord : option::kCorruptedRecord;
  }
  const char* Name() const override { return "tidewire.log_reader"; }

  std::optional<std::uint64_t> first;  // the sequence number that the log begins with
  std::uint64_t next = 0;              // and the one behind its end, or behind its first gap
  bool gap = false;
  format_finder meta;
};

class replay_guard final : public rocksdb::WalFilter {
 public:
  explicit replay_guard(std::uint64_t tables_end) : tables_end_(tables_end) {}

  option LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*, bool*) override {
    const auto sequence = sequence_of(batch);
    if (next_ == 0 ? sequence > tables_end_ + 1 : sequence != next_) return option::kStopReplay;
    next_ = sequence + batch.Count();
    return option::kContinueProcessing;
  }
  const char* Name() const override { return "tidewire.replay_guard"; }

 private:
  const std::uint64_t tables_end_;
  std::uint64_t next_ = 0;
};

// RocksDB would begin a new file of its own words in the directory.
class no_words final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// The lock of the directory, as the database itself takes it.
class directory_lock {
 public:
  explicit directory_lock(const std::string& path) : status(rocksdb::Env::Default()->LockFile(path + "/LOCK", &lock_)) {}
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;
  ~directory_lock() {
    if (status.ok()) rocksdb::Env::Default()->UnlockFile(lock_);
  }

 private:
  rocksdb::FileLock* lock_ = nullptr;

 public:
  const rocksdb::Status status;
};

constexpr std::string_view log_remedy =
    "restore a backup, or start once with --recover, which gives up the changes behind the damage and begins new epochs";
constexpr std::string_view other_remedy = "restore a backup; --recover mends damage of the log alone";

failure damaged(const std::string& path, std::string_view cause, std::string_view remedy) {
  return {errc::internal, "the database in " + path + " is damaged: " + std::string(remedy) + " (" + std::string(cause) + ")"};
}

// Without CURRENT the database would be taken for a new one, and its files be deleted.
result<inspection> inspect_new(const std::string& path) {
  std::error_code error;
  for (const auto& file : fs::directory_iterator(path, error)) {
    const auto kind = file.path().extension();
    if (kind == ".sst" || kind == ".log")
      return tl::unexpected(damaged(path, "it has " + file.path().filename().string() + ", but no file CURRENT", other_remedy));
  }
  if (commit_mark::is_in(path)) return tl::unexpected(damaged(path, "changes were acknowledged, but its files are gone", other_remedy));
  return inspection{};
}

struct contents {
  log_reader log;
  std::optional<std::string> format;
  std::uint64_t tables_end = 0;
};

result<void> read(const std::string& path, rocksdb::DBOptions with, contents& found) {
  with.wal_filter = &found.log;
  with.info_log = std::make_shared<no_words>();
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* raw = nullptr;
  const auto status =
      rocksdb::DB::OpenForReadOnly(with, path, {{rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()}}, &families, &raw);
  if (!status.ok()) return tl::unexpected(open_failure(path, status));
  const std::unique_ptr<rocksdb::DB> db(raw);
  found.tables_end = db->GetLatestSequenceNumber();  // no record of the log was taken
  std::string format;
  const auto got = db->Get({}, families.front(), rocksdb::Slice(format_row.data(), format_row.size()), &format);
  static_cast<void>(db->DestroyColumnFamilyHandle(families.front()));
  if (!got.ok() && !got.IsNotFound()) return tl::unexpected(open_failure(path, got));
  if (got.ok()) found.format = format;
  if (found.log.meta.format) found.format = found.log.meta.format;
  return {};
}

}  // namespace

failure open_failure(const std::string& path, const rocksdb::Status& status) {
  const std::string text = status.ToString();
  const auto says = [&](const char* what) { return text.find(what) != std::string::npos; };
  if (status.IsIOError() && says("lock")) {
    return {errc::unavailable,
            "the database in " + path + " is in use by another process: stop it, or choose another directory (" + text + ")"};
  }
  if (status.IsCorruption()) return damaged(path, text, says("WAL") || says(".log") ? log_remedy : other_remedy);
  if (status.IsInvalidArgument() || status.IsNotFound() || says("No such file")) return damaged(path, text, other_remedy);
  return {errc::unavailable, "cannot open the database in " + path + ": " + text};
}

std::unique_ptr<rocksdb::WalFilter> make_replay_guard(std::uint64_t tables_end) { return std::make_unique<replay_guard>(tables_end); }

result<inspection> inspect(const kv_options& options, rocksdb::DBOptions with) {
  const auto& path = options.path;
  const directory_lock lock(path);
  if (!lock.status.ok()) return tl::unexpected(open_failure(path, lock.status));
  std::error_code error;
  if (!fs::exists(path + "/CURRENT", error)) return inspect_new(path);

  const auto promised = commit_mark::promised(path, options.boot_id);
  if (!promised && !options.recover) return tl::unexpected(damaged(path, promised.error().detail, log_remedy));
  const bool has_mark = promised && *promised;
  // With a mark it does not matter what the log looks like behind its end, else anything but a torn last record is damage.
  with.wal_recovery_mode = has_mark || options.recover ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                                       : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  contents found;
  if (auto done = read(path, with, found); !done) return tl::unexpected(std::move(done.error()));

  const auto& log = found.log;
  if (found.format && options.check_format) {
    if (auto known = options.check_format(*found.format); !known) return tl::unexpected(std::move(known.error()));
  }
  if (!found.format && (log.first || found.tables_end > 0)) return tl::unexpected(damaged(path, "it has no format version", other_remedy));
  if (log.first && *log.first > found.tables_end + 1) {
    return tl::unexpected(damaged(
        path, "its log begins with change " + std::to_string(*log.first) + ", and its tables end with " + std::to_string(found.tables_end),
        other_remedy));
  }
  if (options.recover) return inspection{found.tables_end, has_mark};
  const auto end = log.first ? log.next - 1 : found.tables_end;
  if (has_mark && end < **promised) {
    return tl::unexpected(
        damaged(path, "change " + std::to_string(**promised) + " was acknowledged, and only " + std::to_string(end) + " can be recovered",
                log_remedy));
  }
  if (!has_mark && log.gap) return tl::unexpected(damaged(path, "changes are missing from the log", log_remedy));
  return inspection{found.tables_end, has_mark};
}

}  // namespace tidewire::storage
