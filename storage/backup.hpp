// Backups of a RocksDB store in a directory of their own, and the way back. A backup is of one moment; it copies what no earlier one of the
// directory has, and every file is checked against its checksum before it is used. docs/decisions/0024.
//
// Making one is store::back_up(), while the store is open. The rest needs no server. Any thread; one backup at a time in a directory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire::storage {

struct backup_order {
  std::string directory;        // created if absent; outside that of the database
  std::size_t keep = 0;         // afterwards only the newest so many stay; 0: all
  std::size_t bytes_per_s = 0;  // copied; 0: as fast as it goes
  std::string made_by{};        // kept with it, for people
};

struct backup_record {
  std::uint32_t id = 0;  // ascending; never used again in its directory
  std::int64_t time_s = 0;
  std::uint64_t bytes = 0;  // of all its files, also those that it shares with others
  std::uint32_t files = 0;
  std::uint64_t copied_bytes = 0;  // that no earlier backup had; only known to who makes it
  std::string made_by{};
};

// What a backup under way says, and is told, from other threads.
struct backup_watch {
  std::atomic<std::uint64_t> copied_bytes{0};
  std::atomic<std::uint64_t> database_bytes{0};  // of the tables it is a backup of: it copies no more than about these
  std::atomic<bool> stop{false};                 // it fails soon, and leaves the older ones as they were
};

// The whole ones, oldest first. Errors: unknown_room when there is no such directory.
result<std::vector<backup_record>> list_backups(const std::string& directory);

// Reads every file of a backup (id 0: the newest) and compares checksums. Errors: unknown_room when there is none, internal when it is
// damaged.
result<backup_record> verify_backup(const std::string& directory, std::uint32_t id);

struct restore_order {
  std::string directory;
  std::uint32_t id = 0;  // 0: the newest
  std::string data;      // the database's: absent, empty, or holding what is left of a restore that did not finish
};

enum class restore_step : std::uint8_t { verifying, copying, marking };

// Verifies the backup, then makes the database from it. When it is opened next, every room begins a new epoch: offsets that were told
// after the backup will be used again. Until this has returned, and after a crash in it, the database is refused at open.
// Errors: as above; conflict when `data` is in use or not empty; internal when the disk fails.
result<backup_record> restore_backup(const restore_order& order, const std::function<void(restore_step)>& on_step);

}  // namespace tidewire::storage
