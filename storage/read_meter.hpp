// Counts one read of the database while it lives: was everything in memory, or did the database read files?
#pragma once

#include "schemas/cache_counters.hpp"
#include "storage/kv.hpp"

namespace tidewire::storage {

class read_meter {
 public:
  // Either null: nobody counts.
  read_meter(const kv* db, cache_counters* told, cache_type what) : db_(db), told_(told), what_(what) {
    if (db_ != nullptr && told_ != nullptr) before_ = db_->begin_counting();
  }
  read_meter(const read_meter&) = delete;
  read_meter& operator=(const read_meter&) = delete;
  ~read_meter() {
    if (!before_) return;
    const bool cached = db_->end_counting() == before_;
    told_->count(what_, cache_level::database, cached);
    if (!cached) told_->count(what_, cache_level::disk, true);
  }

 private:
  const kv* db_;
  cache_counters* told_;
  cache_type what_;
  std::optional<std::uint64_t> before_;  // none: this thread does not count
};

}  // namespace tidewire::storage
