// How the database is set up: its families, and what each of them gains from.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/write_buffer_manager.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "storage/kv.hpp"

namespace tidewire::storage {

// In the order of enum class family.
extern const std::array<std::string, 8> family_names;

// The memory of one database, all families and reopenings together. Memtables take their room from the cache: one bound for both.
struct database_memory {
  explicit database_memory(const kv_options& options);

  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> memtables;  // null: only each family's own limit
};

rocksdb::DBOptions database_options(const kv_options& options, const database_memory& memory);

// Publications are appended to the streams of many rooms. With this hint a memtable does not search all its rows for the place of a new
// one, which is most of what a small write costs, but begins at the last row of the same room: some 250 bytes a room and memtable.
//
// RocksDB 7.8 keeps hints of rows and of deleted ranges in one table, although these are two lists: no prefix may have both. So the ranges
// that batch::erase() takes begin one byte behind a row's key, which is no key of this kind; and ranges in the log, which older versions
// wrote, are replayed before there are any hints.
class stream_hint final : public rocksdb::SliceTransform {
 public:
  void enable() noexcept { enabled_.store(true, std::memory_order_relaxed); }

  const char* Name() const override { return "tidewire.stream_hint"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), key.size() - offset_bytes}; }
  bool InDomain(const rocksdb::Slice& key) const override {
    return enabled_.load(std::memory_order_relaxed) && is_row({key.data(), key.size()});
  }

  // text(room) and an offset: storage/keys.hpp.
  static bool is_row(std::string_view key) noexcept {
    return key.size() > offset_bytes && key.substr(0, key.size() - offset_bytes).ends_with(std::string_view("\0\1", 2));
  }

 private:
  static constexpr std::size_t offset_bytes = 8;

  std::atomic<bool> enabled_{false};
};

// Every family's options before those of its own.
rocksdb::ColumnFamilyOptions common_options(const kv_options& options, const database_memory& memory);

rocksdb::ColumnFamilyOptions options_of(family of, rocksdb::ColumnFamilyOptions common, const std::shared_ptr<stream_hint>& hint);

}  // namespace tidewire::storage
