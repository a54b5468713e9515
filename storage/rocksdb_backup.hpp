// RocksDB's own backups, for rocksdb_kv.cpp.
#pragma once

#include <atomic>
#include <string>

#include "storage/backup.hpp"

namespace rocksdb {
class DB;
}

namespace tidewire::storage {

// As store::back_up(), of the open database at `path`. Gives up when `closing` becomes true.
result<backup_record> make_backup(rocksdb::DB& db, const std::string& path, const backup_order& order, backup_watch& watch,
                                  const std::atomic<bool>& closing);

}  // namespace tidewire::storage
