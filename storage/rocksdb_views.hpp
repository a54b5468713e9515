// An open RocksDB database as those see it who read and write: views of a moment, holds of one, batches. What opens, closes and recovers it
// is rocksdb_kv.cpp.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "schemas/statistics/cycle_clock.hpp"
#include "storage/kv.hpp"
#include "storage/rocksdb_options.hpp"

namespace tidewire::storage {

// RocksDB counts each comparison of keys for each thread, unless told not to: a twentieth of a small write.
void count_nothing_here();

// Notes what took long, since that moment of the cycle clock (schemas/statistics/slow_queries.hpp).
void note_if_slow(std::uint64_t begun, std::string_view operation, std::string_view table);

// Notes a read that took long, while it lives.
class read_watch {
 public:
  read_watch(family of, std::string_view operation) : of_(of), operation_(operation) {}
  read_watch(const read_watch&) = delete;
  read_watch& operator=(const read_watch&) = delete;
  ~read_watch() { note_if_slow(begun_, operation_, family_names[static_cast<std::size_t>(of_)]); }

 private:
  const family of_;
  const std::string_view operation_;
  const std::uint64_t begun_ = cycle_clock::now();
};

// `closed` becomes ready when the last view or batch of it is gone and its directory is free again.
class database {
 public:
  database(std::unique_ptr<rocksdb::WalFilter> guard, std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families,
           query_counters* queries, std::promise<void> closed)
      : guard_(std::move(guard)), db_(std::move(db)), families_(std::move(families)), queries_(queries), closed_(std::move(closed)) {}
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* handle(family of) const { return families_[static_cast<std::size_t>(of)]; }
  std::uint64_t sequence() const { return db_->GetLatestSequenceNumber(); }
  void count(family of, query_operation what, std::uint64_t times = 1) const {
    if (queries_ != nullptr && times > 0) queries_->count(static_cast<std::size_t>(of), what, times);
  }

 private:
  std::unique_ptr<rocksdb::WalFilter> guard_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  query_counters* const queries_;
  std::promise<void> closed_;
};
using database_ptr = std::shared_ptr<database>;

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

  result<std::optional<std::string>> get(family of, std::string_view key) const override;
  std::unique_ptr<kv_cursor> scan(family of, key_range range, bool reverse) const override;

 private:
  moment_ptr of_;
};

// Lets go of its moment when the database must be closed.
class hold final : public kv_hold {
 public:
  explicit hold(moment_ptr of) : of_(std::move(of)) {}

  std::unique_ptr<kv_view> view() const override;
  void let_go();

 private:
  mutable std::mutex mutex_;
  moment_ptr of_;
};

class batch final : public kv_batch {
 public:
  explicit batch(database_ptr target) : target_(std::move(target)) {}

  void put(family of, std::string_view key, std::string_view value) override;
  void erase(family of, std::string_view key) override;
  void erase(family of, const key_range& range) override;

  rocksdb::WriteBatch& changes() { return changes_; }
  // It has been written.
  void count() const;

 private:
  database_ptr target_;
  rocksdb::WriteBatch changes_;
  std::array<std::uint32_t, std::tuple_size_v<decltype(family_names)>> puts_{};
  std::array<std::uint32_t, std::tuple_size_v<decltype(family_names)>> erased_{};  // rows and ranges
};

}  // namespace tidewire::storage
