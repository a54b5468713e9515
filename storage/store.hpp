// What the engine keeps, behind one interface: rooms, their streams, the keyed state they build, and the answers to
// idempotent requests. Two implementations (RocksDB, memory) pass one contract test suite.
//
// Threads: what changes the store is called by the journal alone, one call at a time. Everything const may be called from any
// thread at any time and sees a consistent snapshot of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/cache_counters.hpp"
#include "schemas/operation.hpp"
#include "schemas/options.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"
#include "schemas/statistics/query_counters.hpp"
#include "storage/backup.hpp"

namespace tidewire::storage {

// The kept answer to a request that carried an idempotency id.
// scope: "ce", "key" or "request", then the caller, joined by NUL; room, scope and id together are unique.
struct dedupe_record {
  std::string scope;
  std::string id;
  std::string fingerprint;   // digest of the payload
  std::uint64_t offset = 0;  // the answer: first offset of the request …
  std::uint32_t count = 1;   // … and how many changes it made
  std::int64_t expires_ms = 0;
  bool created = false;  // the first of them found no entity under its key

  bool operator==(const dedupe_record&) const = default;
};

// Consecutive changes of one room that become durable together, or not at all.
// REQUIRES: publications not empty, offsets consecutive; the first is the stored top + 1; one epoch per room; tags sorted
// and unique; a removal has a key, no data and no expiry; the epoch stands on offset 1 alone, where it may be left out: readers get it.
// The index follows from the tags: for `type`, `source` and `state` the row of tags_before goes and that of tags comes. An
// entity puts these members of its document into its tags, and its committed tags into tags_before. Values over 1,024
// bytes are not indexed. In the same way the row of expires_before_ms goes and that of expires_ms comes, by which due() finds the entity.
struct append {
  std::string room;
  std::string epoch;
  durability kept = durability::fsync;
  std::vector<publication_ptr> publications;
  std::vector<dedupe_record> dedupe;
  std::int64_t more_entities = 0;  // by how many they become more; less than 0: fewer
};

// A room as it is stored.
struct room_record {
  std::string epoch;
  std::uint64_t top = 0;    // offset of the newest publication
  std::uint64_t first = 1;  // lowest offset still in the stream; top + 1 when the stream is empty
  durability kept = durability::fsync;
  std::int64_t changed_ms = 0;  // of an empty stream: the time of the publication at the top, 0 if that is not known

  bool operator==(const room_record&) const = default;
};

struct named_room {
  std::string name;
  room_record record;
  std::uint64_t entities = 0;  // how many it has
};

// A room and the times of the oldest and the newest publication that its stream holds. If it holds none, oldest_ms is 0, and newest_ms
// that of the last one it held, or 0 if that is not known.
struct room_age {
  std::string name;
  room_record record;
  std::int64_t oldest_ms = 0;
  std::int64_t newest_ms = 0;
};

// What the store holds in memory, for who watches it.
struct memory_use {
  std::size_t cache = 0;      // of the database, memtables included
  std::size_t pinned = 0;     // of that, in use now: it can't be evicted
  std::size_t memtables = 0;  // of that, changes that are not in tables yet
};

// How the database stands, for operators; empty where there is none.
struct database_view {
  struct table {
    std::string_view name;
    std::uint64_t rows = 0;  // estimated
    std::uint64_t files = 0;
    std::uint64_t file_bytes = 0;        // of live files
    std::uint64_t memory_bytes = 0;      // changes that are in no file yet
    std::uint64_t compaction_bytes = 0;  // still to be rewritten, estimated
  };
  std::vector<table> tables;
  std::uint64_t running_flushes = 0;
  std::uint64_t running_compactions = 0;
  std::uint64_t write_rate_bytes = 0;  // each second, to which writers are slowed down; 0: they are not
  bool writes_stopped = false;
  std::uint64_t snapshots = 0;
  std::uint64_t background_errors = 0;
};

// A page of state, in key order. `top` is the room's top in the very snapshot the rows were read from.
struct state_page {
  std::string epoch;
  std::uint64_t top = 0;
  std::vector<entity_document> rows;
  bool more = false;  // rows follow after the last key
};

// A page of the stream, ascending by offset (descending when asked in reverse).
struct stream_page {
  std::string epoch;
  std::uint64_t top = 0;
  std::uint64_t first = 1;  // lowest offset still kept: the page is complete iff it need not begin below
  std::vector<publication_ptr> publications;
  bool more = false;
};

struct page_limit {
  std::size_t rows = 100;
  std::size_t bytes = 4'194'304;  // a page ends before it grows past this, but holds one row at least
};

// A row of the index over documents of the form {type, source, state, attributes}.
struct indexed_entity {
  std::string room;
  entity_document document;
};

// An entity whose time has come, as the store has it.
struct due_entity {
  std::int64_t expires_ms = 0;
  std::string room;
  std::string key;
  std::uint64_t version = 0;
  std::string epoch;  // of the room

  bool operator==(const due_entity&) const = default;
};

// A place in the order of (expires_ms, room, key). Without room and key it is before all rows of that time.
struct due_position {
  std::int64_t expires_ms = 0;
  std::string room{};
  std::string key{};
};

// A page of the state of many rooms, in the order of rooms and their keys.
struct states_page {
  std::vector<indexed_entity> rows;
  bool more = false;  // rows follow after the last one
};

// What was set aside for an operator to decide upon, because going on with it would do harm or lead nowhere.
enum class dead_kind : std::uint8_t {
  command,  // operations that killed their actor again and again
};

struct dead_record {
  std::string id;  // unique; later ones are greater
  dead_kind kind = dead_kind::command;
  std::string room;
  std::vector<operation> operations;  // as they were sent
  std::optional<client_info> info;    // of who sent them
  bool by_server = false;
  std::string actor;  // the kind of actor that died, and the generation of the room
  std::uint64_t generation = 0;
  std::string error;      // what it died of
  std::string backtrace;  // a line for each frame, innermost first; may be empty
  std::uint32_t tries = 0;
  std::int64_t time_ms = 0;  // Unix time of the last one

  bool operator==(const dead_record&) const = default;
};

struct dead_usage {
  std::size_t records = 0;
  std::size_t bytes = 0;

  bool operator==(const dead_usage&) const = default;
};

struct dead_page {
  std::vector<dead_record> rows;
  bool more = false;  // rows follow after the last id
};

// What can be read, each time in a consistent moment.
class readable {
 public:
  virtual ~readable() = default;

  virtual result<std::optional<room_record>> room(std::string_view room) const = 0;
  // How many entities the room has.
  virtual result<std::uint64_t> entities(std::string_view room) const = 0;
  virtual result<std::optional<entity_document>> entity(std::string_view room, std::string_view key) const = 0;
  virtual result<std::optional<dedupe_record>> dedupe(std::string_view room, std::string_view scope, std::string_view id) const = 0;

  // Rows with key > after (all, when after is empty). An unknown room has an empty epoch, top 0 and no rows, here and below.
  virtual result<state_page> state(std::string_view room, std::string_view after, page_limit limit) const = 0;

  // Rows of all rooms whose name begins with prefix, behind the given pair (all, when both are empty).
  virtual result<states_page> states(std::string_view prefix, std::string_view after_room, std::string_view after_key,
                                     page_limit limit) const = 0;

  // Publications with offset > after, ascending; in reverse, offset < after, descending (after = 0: from the top).
  virtual result<stream_page> stream(std::string_view room, std::uint64_t after, page_limit limit, bool reverse = false) const = 0;

  // Rooms whose name begins with prefix and is > after, in name order.
  virtual result<std::vector<named_room>> rooms(std::string_view prefix, std::string_view after, std::size_t limit) const = 0;

  // Entities of any room whose tag `field` ("type", "source" or "state") is `value`, in (room, key) order, after the given
  // pair (all, when both are empty). The last page is empty.
  virtual result<std::vector<indexed_entity>> find(std::string_view field, std::string_view value, std::string_view after_room,
                                                   std::string_view after_key, page_limit limit) const = 0;

  // Entities of any room that are due to be removed at now_ms, those due first first, after the given place.
  virtual result<std::vector<due_entity>> due(const due_position& after, std::int64_t now_ms, std::size_t limit) const = 0;

  // Lowest offset of the room whose publication is newer than `time_ms`, for trimming by age; top + 1 if none is.
  virtual result<std::uint64_t> first_after(std::string_view room, std::int64_t time_ms) const = 0;
};

// A moment that is kept, for as long as the object lives. Any thread.
class frozen {
 public:
  virtual ~frozen() = default;

  // All reads are of that moment. What this gives is for a short while, as at_once().
  // Errors: no_longer_kept, once the store had to be opened again.
  virtual result<std::unique_ptr<const readable>> look() const = 0;
};

// How the last process that had the store has left it.
enum class last_stop : std::uint8_t {
  none,  // the store is new
  clean,
  unclean,
};

// One room, or all whose name begins so.
struct room_choice {
  std::string name;
  bool prefix = true;

  bool includes(std::string_view room) const noexcept { return prefix ? room.starts_with(name) : room == name; }
};

class store : public readable {
 public:
  virtual last_stop stopped() const noexcept { return last_stop::none; }

  // Makes all appends durable in one atomic batch; with `sync`, synced to the device. State rows, index rows and dedupe
  // rows of the changes are derived here. An append that breaks its REQUIRES is refused with errc::internal before
  // anything is written. On errc::storage_refused nothing may be assumed: the batch may or may not reappear after a
  // restart, and every later write, trim and sweep fails until reopen_writes() succeeds. A room may have several appends.
  virtual result<void> write(std::span<const append> appends, bool sync) = 0;

  // write() without sync, if that need not wait for the disk; else false, and nothing has happened.
  virtual result<bool> write_at_once(std::span<const append> appends) {
    return write(appends, false).map([] { return true; });
  }

  // Makes the store writable again after a failed write, if the cause is gone: afterwards what room() says is exactly
  // what is kept. May take seconds; readers go on meanwhile, and also if it fails. A backup under way fails.
  virtual result<void> reopen_writes() = 0;

  // Forgets the room's publications below `first`, at most all of them. State is not touched; an unknown room is no error.
  virtual result<void> trim(std::string_view room, std::uint64_t first) = 0;

  // Forgets dedupe rows that expired before now_ms; looks at no more than max_rows rows a call and continues where it stopped.
  virtual result<void> sweep(std::int64_t now_ms, std::size_t max_rows) = 0;

  // Takes away some of what is stored of a room, at most about max_rows rows besides its stream; true when nothing is left. From the
  // first call on the room is unknown to all reads, also after a restart, and must not be written to until nothing is left. An unknown
  // room is no error.
  virtual result<bool> forget(std::string_view room, std::size_t max_rows) = 0;
  // Whether forget() has begun with it and not ended.
  virtual bool leaving(std::string_view room) const = 0;
  // All of them.
  virtual std::vector<std::string> leaving() const = 0;

  // A side note, which nothing else depends on: the newest text of that name, if the next start is to find it; empty: none.
  virtual result<void> keep_note(std::string_view name, std::string_view text) = 0;
  virtual result<std::string> note(std::string_view name) const = 0;

  virtual memory_use memory() const { return {}; }
  virtual database_view inspect() const { return {}; }

  // All rooms, in name order, after the given one.
  virtual result<std::vector<room_age>> ages(std::string_view after, std::size_t limit) const = 0;

  // Keeps the record, in the place of one that has the same id. Refuses with limit_exceeded, and nothing changes, if then more than `most`
  // would be kept. After storage_refused nothing may be assumed, as for write().
  virtual result<void> keep_dead(const dead_record& record, dead_usage most, bool sync) = 0;
  // Whether there was one.
  virtual result<bool> discard_dead(std::string_view id) = 0;
  // What is kept now.
  virtual dead_usage dead_kept() const = 0;
  virtual result<std::optional<dead_record>> dead(std::string_view id) const = 0;
  // Records with an id > after (all, when it is empty), in order.
  virtual result<dead_page> list_dead(std::string_view after, page_limit limit) const = 0;

  // For several reads of one moment. For a short while: a writer may have to wait for its end.
  virtual std::unique_ptr<const readable> at_once() const = 0;

  // The same for as long as one likes, of these rooms. The memory store copies them; errors: limit_exceeded when they are more
  // than copy_bytes_max.
  virtual result<std::shared_ptr<const frozen>> freeze(const room_choice& rooms, std::size_t copy_bytes_max) const = 0;

  // Copies everything that is committed now into the backups of a directory; see storage/backup.hpp. Takes as long as it takes; writers
  // and readers go on. One at a time.
  virtual result<backup_record> back_up(const backup_order&, backup_watch&) const {
    return fail(errc::not_available, "this store keeps nothing that could be backed up");
  }
};

// Rows live as long as the object. Serves namespaces with durability = memory.
std::unique_ptr<store> make_memory_store();

struct rocksdb_options {
  std::string path{};  // created if absent
  std::size_t block_cache_bytes = 67'108'864;
  std::size_t memtable_bytes = 0;             // of these, at most about so much; 0: memtables are not counted there
  cache_counters* reads = nullptr;            // told where reads found what they wanted; outlives the store
  query_counters* queries = nullptr;          // told what is read and written; outlives the store
  std::string boot_id{};                      // of the running kernel; empty: unknown. See storage/README.md, unclean stops
  bool recover = false;                       // open a damaged log: gives up what follows the damage, all rooms get new epochs
  std::function<std::string()> make_epoch{};  // absent: 16 random hex digits
};

// Of the tables of the database, by their number in query_counters.
std::span<const std::string_view> table_names() noexcept;

// Opens or creates the database. Fails with the cause and the remedy when it is locked by another process, corrupted,
// or written by a newer format version.
result<std::unique_ptr<store>> open_rocksdb_store(const rocksdb_options& options);

}  // namespace tidewire::storage
