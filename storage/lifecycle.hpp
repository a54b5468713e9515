// What is done once when a database is opened, and once when it is closed, before and after anybody uses it.
//
// meta rows:  "format" = decimal number of the format version, written at creation
//             "boot"   = boot id of the kernel under which the database was last opened
//             "clean"  = present while the database is closed cleanly; removed, synced, at open
//             "restored" = present from a restore to the next open: the number of the backup
//             "leaving/" room = present while the room is being forgotten (storage/leaving_rooms.hpp)
//             "note/" name    = a side note (store::keep_note)
//             "entities/" room = how many entities it has (storage/entity_count.hpp)
#pragma once

#include "schemas/result.hpp"
#include "storage/kv.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

// Raised by every change that an older version would misread. 2: the top in a room's row may lag behind its stream. 3: envelopes 02, and
// the rows of family::expiry. 4: 02 of dedupe and of rooms, rows in family::dead, and the marks of rooms that are being forgotten.
// 5: demands on values in family::dead. 6: the counts of entities; begin_use() counts them for older ones.
constexpr int format_version = 6;

// Refuses a newer format, and what is none.
result<void> check_format(const std::string& path, const std::string& stored);

// Refuses what check_format() does. After an unclean stop under another kernel, changes of `wal` rooms that were acknowledged may
// be gone, and their offsets will be used again: such rooms get new epochs. With options.recover, and after a restore, all rooms
// do. Says how the last use ended.
result<last_stop> begin_use(kv& db, const rocksdb_options& options);

// Leaves the mark of a restore from that backup.
result<void> mark_restored(kv& db, std::uint32_t backup);

// Leaves the mark of a clean stop. Without it the next begin_use() sees an unclean one, so a failure needs no answer.
result<void> end_use(kv& db);

}  // namespace tidewire::storage
