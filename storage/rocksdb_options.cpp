#include "storage/rocksdb_options.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace tidewire::storage {

namespace {

constexpr std::size_t wal_bytes_max = 134'217'728;  // bounds the replay at start to about a second
constexpr std::size_t small_memtable_bytes = 8'388'608;
constexpr std::size_t deletions_window = 4'096;  // of rows of a table: if half of them are deletions, it is compacted

// When a write found no space, RocksDB would go on by itself as soon as it sees some: with a log whose end it does not know.
class no_recovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override { *automatic = false; }
};

// What RocksDB warns of goes where everything else does. A file of its own in the directory would be one more that a full disk refuses, and
// RocksDB of Debian ends the process when that happens twice.
class our_log final : public rocksdb::Logger {
 public:
  our_log() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  void LogHeader(const char*, va_list) override {}
  void Logv(const char* format, va_list values) override { Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, values); }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list values) override {
    if (level < GetInfoLogLevel() || level >= rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    std::array<char, 1'024> text;
    std::vsnprintf(text.data(), text.size(), format, values);
    spdlog::log(level == rocksdb::InfoLogLevel::WARN_LEVEL ? spdlog::level::warn : spdlog::level::err, "rocksdb: {}", text.data());
  }
};

}  // namespace

const std::array<std::string, 8> family_names{
    rocksdb::kDefaultColumnFamilyName, "state", "stream", "rooms", "index", "dedupe", "dead", "expiry"};

database_memory::database_memory(const kv_options& options)
    : cache(rocksdb::NewLRUCache(options.block_cache_bytes)),
      memtables(options.memtable_bytes == 0 ? nullptr : std::make_shared<rocksdb::WriteBufferManager>(options.memtable_bytes, cache)) {}

rocksdb::DBOptions database_options(const kv_options& options, const database_memory& memory) {
  rocksdb::DBOptions out;
  out.create_if_missing = true;
  out.create_missing_column_families = true;
  out.paranoid_checks = true;
  out.track_and_verify_wals_in_manifest = !options.recover;
  out.max_bgerror_resume_count = 0;  // kv::reopen() decides when to go on, after no space as after any other error
  out.listeners.push_back(std::make_shared<no_recovery>());
  out.allow_concurrent_memtable_write = false;  // one writer
  out.max_total_wal_size = wal_bytes_max;
  out.write_buffer_manager = memory.memtables;
  out.max_open_files = 512;
  out.info_log = std::make_shared<our_log>();
  return out;
}

// Every family: whole-key bloom filters in its tables, so that a missing key costs no read, and blocks in one shared cache. Filters and
// indexes are cut into blocks too: the whole filter of a large table fits no shard of a small cache, and would be read again for every key.
// No prefix extractor: pages read long runs, where it would save nothing.
rocksdb::ColumnFamilyOptions common_options(const kv_options& options, const database_memory& memory) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  rocksdb::ColumnFamilyOptions out;
  // Its first block and its bloom filter are made in proportion to this.
  if (options.memtable_bytes != 0) out.write_buffer_size = std::min(out.write_buffer_size, options.memtable_bytes / 3);
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

// In memtables only what is asked for by a key that may be missing gains from a bloom filter. Rows of `state` replace each other: a small
// memtable is searched faster, and what was replaced in it is never written to a table.
rocksdb::ColumnFamilyOptions options_of(family of, rocksdb::ColumnFamilyOptions out, const std::shared_ptr<stream_hint>& hint) {
  if (of == family::stream) out.memtable_insert_with_hint_prefix_extractor = hint;
  const auto small = std::min(out.write_buffer_size, small_memtable_bytes);
  if (of == family::state) {
    out.write_buffer_size = small;
    out.max_write_buffer_number = 4;
  }
  // Records come in the order of their ids, so no table overlaps another: by levels each would stay alone, however small.
  if (of == family::dead) out.compaction_style = rocksdb::kCompactionStyleUniversal;
  if (of == family::expiry) {  // its front is deleted and read again and again: what is deleted must not pile up there
    out.write_buffer_size = small;
    out.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(deletions_window, deletions_window / 2));
  }
  out.memtable_whole_key_filtering = of == family::state || of == family::dedupe;
  out.memtable_prefix_bloom_size_ratio = out.memtable_whole_key_filtering ? 0.02 : 0.0;
  return out;
}

}  // namespace tidewire::storage
