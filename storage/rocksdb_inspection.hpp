// What a directory of the database holds, found out before anything is written to it: whether this program may use it, and whether all that
// was acknowledged is there.
#pragma once

#include <rocksdb/options.h>
#include <rocksdb/status.h>
#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <memory>
#include <string>

#include "storage/kv.hpp"

namespace tidewire::storage {

struct inspection {
  // Tables hold changes up to this sequence number, or further; the log goes on from there.
  std::uint64_t tables_end = 0;

  // There is a mark that says how far changes were acknowledged, and the log reaches it: what is damaged behind it was promised to nobody.
  bool reaches_mark = false;
};

// Refuses, with the cause and the remedy: a directory in use, a format that check_format refuses, damage. With options.recover only what
// recovery cannot help. REQUIRES: nobody of this process has it open but for reading.
result<inspection> inspect(const kv_options& options, rocksdb::DBOptions with);

// Sees to it that a replay ends where the log has a gap; RocksDB would go on behind it. Must outlive the database.
std::unique_ptr<rocksdb::WalFilter> make_replay_guard(std::uint64_t tables_end);

// Says what a database that cannot be opened, or whose files turn out damaged later, suffers from and what can be done about it.
failure open_failure(const std::string& path, const rocksdb::Status& status);

}  // namespace tidewire::storage
