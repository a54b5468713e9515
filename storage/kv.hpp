// An ordered key-value database with families of rows, snapshots and atomic batches: what kv_store needs of RocksDB, in
// words that do not need RocksDB's headers. Only the files named rocksdb_… include them.
//
// Threads: view(), hold(), back_up() and what they give from any thread; everything else by one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/result.hpp"
#include "storage/backup.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

enum class family : std::uint8_t { meta, state, stream, rooms, index, dedupe, dead, expiry };

// Keys from `low` up to, but not with, `high`; an empty `high` is no bound.
struct key_range {
  std::string low;
  std::string high;
};

// Walks the rows of a range. The views key() and value() hold until next().
class kv_cursor {
 public:
  virtual ~kv_cursor() = default;
  virtual bool valid() const = 0;
  virtual void next() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual result<void> status() const = 0;  // once not valid: the end, or a failure
};

// All reads of one view see the same moment. A view is for a short while: reopen() waits for the end of those given out before.
class kv_view {
 public:
  virtual ~kv_view() = default;
  virtual result<std::optional<std::string>> get(family of, std::string_view key) const = 0;

  // From the first row of the range upwards, or in reverse from the last downwards. The cursor must not outlive the view.
  virtual std::unique_ptr<kv_cursor> scan(family of, key_range range, bool reverse = false) const = 0;
};

// A moment that views can be made of, for as long as one likes.
class kv_hold {
 public:
  virtual ~kv_hold() = default;
  // Null after reopen(), which waits for nobody's holds.
  virtual std::unique_ptr<kv_view> view() const = 0;
};

// Changes that become visible and durable together. A later change of the same key wins. REQUIRES: gone before reopen().
class kv_batch {
 public:
  virtual ~kv_batch() = default;
  virtual void put(family of, std::string_view key, std::string_view value) = 0;
  virtual void erase(family of, std::string_view key) = 0;
  // REQUIRES: of family::stream, range.low is no key of a row but next_to() one.
  virtual void erase(family of, const key_range& range) = 0;
};

class kv {
 public:
  virtual ~kv() = default;
  virtual std::unique_ptr<kv_view> view() const = 0;

  virtual std::shared_ptr<const kv_hold> hold() const = 0;

  virtual std::unique_ptr<kv_batch> batch() const = 0;

  // After a failed write the outcome is unknown and every later write is refused until reopen() succeeds.
  virtual result<void> write(kv_batch& changes, bool sync) = 0;

  // The same without sync, if the database need not wait for its own background work; else false, and nothing has happened.
  virtual result<bool> write_at_once(kv_batch& changes) = 0;

  // Closes the database and recovers it from its files. Views go on meanwhile, and also after a failure; then call again.
  // Ends a backup under way.
  virtual result<void> reopen() = 0;

  // Blocks that this thread has read from files, by a counter that runs between the two. None: on threads that write it never does.
  virtual std::optional<std::uint64_t> begin_counting() const = 0;
  virtual std::uint64_t end_counting() const = 0;
  virtual memory_use memory() const = 0;
  virtual database_view inspect() const = 0;

  // As store::back_up().
  virtual result<backup_record> back_up(const backup_order& order, backup_watch& watch) = 0;
};

// In family::meta: the version of what rows mean. Written with the first batch of a database.
inline constexpr std::string_view format_row = "format";

struct kv_options {
  std::string path;
  std::size_t block_cache_bytes = 0;
  std::size_t memtable_bytes = 0;  // of these at most about so much; 0: memtables are not counted there
  bool recover = false;            // give up what follows the first damaged record of the log, instead of refusing to open
  std::string boot_id{};           // of the running kernel; empty: unknown
  std::function<result<void>(const std::string& format)> check_format{};  // asked before anything is written
  query_counters* queries = nullptr;                                      // told what is read and written; outlives the database
  bool being_restored = false;  // open what is otherwise refused: a directory whose restore has not finished
};

// Says in a directory that a restore into it has not finished: such a database is refused at open.
inline constexpr std::string_view unfinished_restore_file = "RESTORE-NOT-FINISHED";

result<std::unique_ptr<kv>> open_rocksdb_kv(const kv_options& options);

}  // namespace tidewire::storage
