// What rooms and others say to the journal and to the readers. Plain data, as all of messages.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/messages/room.hpp"
#include "actors/untold.hpp"
#include "storage/past.hpp"
#include "storage/store.hpp"

namespace tidewire {

// ---- room and journal ----------------------------------------------------------------------------------------------------

// A room (re)starts writing. Answered after everything earlier of that room is committed or refused; appends of older generations are
// refused from then on. An unknown room answers with an empty epoch and top 0.
struct open_room {
  std::string room;
  generation since = 0;
  reply_ptr<storage::room_record> reply;
};
using open_room_ptr = std::shared_ptr<const open_room>;

// The last offset that became durable.
struct committed {
  std::uint64_t offset = 0;
};

// One append in flight per room. A refusal refuses all that follow of the generation: outcome unknown until the room opens again.
struct append_request {
  generation of = 0;
  storage::append changes;
  reply_ptr<committed> reply;
};
using append_request_ptr = std::shared_ptr<append_request>;  // the journal takes the changes out

// Forgets publications below `first`; without answer, the next trim makes up for a lost one.
struct trim_room {
  std::string room;
  std::uint64_t first = 0;
  bool unless_open = false;  // a room in memory trims itself
};

// A room that nobody uses is forgotten, with all that is stored of it: refused (conflict) if a generation of it is open, or if it is not as
// it was seen. Takes some rows away each time, and is to be asked again until nothing is left; until then the room can't be opened.
struct forgotten {
  bool whole = false;
};
struct forget_room {
  std::string room;
  std::string epoch;
  std::uint64_t top = 0;
  reply_ptr<forgotten> reply;
};

// A side note in the store, for the next start; the newest of that name is kept.
struct keep_note {
  std::string name;
  std::string text;
};

// The room has retired; the journal forgets its generation.
struct close_room {
  std::string room;
  generation of = 0;
};

// Keeps or discards a record of the quarantine.
struct dead_changed {
  bool was_there = true;  // what was to be discarded
};
struct keep_dead {
  storage::dead_record record;
  bool sync = false;
};
struct discard_dead {
  std::string id;
};
struct change_dead {
  std::variant<keep_dead, discard_dead> what;
  reply_ptr<dead_changed> reply;
};
using change_dead_ptr = std::shared_ptr<const change_dead>;

// Forgets idempotency ids that have expired.
struct sweep_store {
  std::int64_t now_ms = 0;
};

// ---- journal and its writer ----------------------------------------------------------------------------------------------

using journal_task =
    std::variant<open_room_ptr, append_request_ptr, trim_room, close_room, sweep_store, change_dead_ptr, forget_room, keep_note>;

class journal_state;
struct journal_done {};

// What has to wait for the disk. The state belongs to the writer until it answers.
struct journal_work {
  std::shared_ptr<journal_state> state;
  std::vector<journal_task> tasks;
  reply_ptr<journal_done> reply;
};
using journal_work_ptr = std::shared_ptr<journal_work>;  // the writer takes the tasks out

// ---- readers -------------------------------------------------------------------------------------------------------------

struct load_room {
  std::string room;
  reply_ptr<std::optional<storage::named_room>> reply;
};
struct load_entity {
  std::string room;
  std::string key;
  reply_ptr<std::optional<entity_document>> reply;
};
// What was at an earlier moment (storage/past.hpp).
struct past_question {
  storage::past_moment moment;
  std::size_t publications_max = 0;
};
// The same for those who show it: an entity tag needs the epoch.
struct entity_view {
  std::string epoch;
  std::optional<entity_document> document;
};
struct view_entity {
  std::string room;
  std::string key;
  reply_ptr<entity_view> reply;
  std::optional<past_question> at{};
};
struct load_dedupe {
  std::string room;
  std::string scope;
  std::string id;
  reply_ptr<std::optional<storage::dedupe_record>> reply;
};
struct read_state {
  std::string room;
  std::string after;
  storage::page_limit limit;
  reply_ptr<storage::state_page> reply;
  std::optional<past_question> at{};
  bool listing = false;  // others may ask for the same page while the room stays as it is: keep it
};
// Of all rooms whose name begins with the prefix.
struct read_states {
  std::string prefix;
  std::string after_room;
  std::string after_key;
  storage::page_limit limit;
  reply_ptr<storage::states_page> reply;
};
// Entities whose tags `type`, `source` and `state` have these values, by the index: of one room, or of all of both stores. Rows are in the
// order of rooms and keys, behind the given pair; an empty pair is before all.
struct index_filter {
  std::string field;
  std::string value;
};
struct found_entities {
  std::vector<storage::indexed_entity> rows;
  bool more = false;       // others may follow behind the place
  std::string after_room;  // the place: of the last entity that was looked at
  std::string after_key;
  std::string epoch;  // of the one room, in the moment of the rows
  std::uint64_t top = 0;
};
struct find_entities {
  std::vector<index_filter> filters;  // at least one; entities must have all of them
  std::string room;                   // empty: all
  std::string after_room;
  std::string after_key;
  storage::page_limit limit;
  std::size_t looked_at_max = 0;  // entities
  reply_ptr<found_entities> reply;
};
struct read_stream {
  std::string room;
  std::uint64_t after = 0;
  storage::page_limit limit;
  bool reverse = false;
  reply_ptr<storage::stream_page> reply;
};
struct list_rooms {
  std::string prefix;
  std::string after;
  std::size_t limit = 100;
  reply_ptr<std::vector<storage::named_room>> reply;
};
// Lowest offset newer than that time: what trimming by age may forget lies below.
struct find_first_after {
  std::string room;
  std::int64_t time_ms = 0;
  reply_ptr<std::uint64_t> reply;
};

// Entities of all rooms of a store whose time has come.
struct load_due {
  storage::due_position after;
  std::int64_t now_ms = 0;
  std::size_t limit = 0;
  reply_ptr<std::vector<storage::due_entity>> reply;
};

// All rooms of a store, a page at a time, with the times of what they keep.
struct load_ages {
  std::string after;
  std::size_t limit = 0;
  reply_ptr<std::vector<storage::room_age>> reply;
};
struct load_note {
  std::string name;
  reply_ptr<std::string> reply;  // empty: there is none
};

// The quarantine: of both stores, whichever is asked.
struct found_dead {
  storage::dead_record record;
  bool in_memory = false;
};
struct find_dead {
  std::string id;
  reply_ptr<std::optional<found_dead>> reply;
};
struct dead_listing {
  storage::dead_page page;
  storage::dead_usage kept;  // in all
};
struct list_dead {
  std::string after;
  storage::page_limit limit;
  reply_ptr<dead_listing> reply;
};

struct read_request {
  bool memory = false;  // the room's namespace keeps nothing on disk: ask the memory store
  std::variant<load_room, load_entity, view_entity, load_dedupe, read_state, read_states, read_stream, find_entities, list_rooms,
               find_first_after, load_due, load_ages, load_note, find_dead, list_dead>
      body;
};
using read_request_ptr = std::shared_ptr<const read_request>;

}  // namespace tidewire
