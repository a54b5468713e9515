// Everything that actors say to each other, as plain data. interfaces.hpp says who says what to whom. No CAF here: the pure state
// classes speak these types too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/reply.hpp"
#include "actors/supervision/crash_report.hpp"
#include "actors/untold.hpp"
#include "schemas/frame.hpp"
#include "schemas/operation.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"
#include "schemas/token.hpp"
#include "storage/past.hpp"
#include "storage/store.hpp"
#include "transport/application.hpp"

namespace tidewire {

using ticket = std::uint64_t;      // a requester's own number for one request
using session_id = std::uint64_t;  // unique in the process
using generation = std::uint64_t;  // of a room: a later start or opening has a greater one

// ---- a room's publishers -------------------------------------------------------------------------------------------------

// The answer to one change: after its commit, within the durability of the namespace.
struct change_done {
  std::uint64_t offset = 0;  // also the entity's new version when the change has a key
  bool keyed = false;
  bool created = false;  // there was no entity before
};
struct published {
  std::string epoch;
  std::vector<change_done> changes;  // one for each operation, in order
};

// A record of the quarantine that is tried again: what fails again takes its place.
struct replayed_record {
  std::string id;
  std::uint32_t tries = 0;  // before
  bool in_memory = false;   // where it is kept
};

// Operations of one room that apply in this order and all together, or not at all. REQUIRES: not empty.
struct publish_request {
  std::vector<operation> operations;
  std::optional<client_info> info;
  reply_ptr<published> reply;
  bool by_server = false;                                    // may change rooms that are kept for the server
  std::shared_ptr<const replayed_record> replays = nullptr;  // null: it comes for the first time
};
using publish_request_ptr = std::shared_ptr<const publish_request>;

// ---- a room's subscribers ------------------------------------------------------------------------------------------------

// Hears of subscriptions that ended without the session's wish. Free of threads; called before the client is told.
class subscription_listener {
 public:
  virtual ~subscription_listener() = default;
  virtual void subscription_ended(const std::string& room) = 0;
};

// One session as rooms and broadcasters see it.
struct subscriber {
  session_id session = 0;
  transport::outbox_ptr out;
  client_info info;
  std::shared_ptr<subscription_listener> listener;  // may be null
  protocol::dialect dialect = protocol::dialect::json;
  bool announced = false;     // to the others, when it comes and when it goes
  bool hears_others = false;  // is told when others come and go
  bool server_side = false;   // subscribed by its token: the reply is the session's affair, and what ends it ends the connection
};
using subscriber_ptr = std::shared_ptr<const subscriber>;

// What became of a subscribe command. `live`: the broadcaster has written the reply and tells changes from now on. Otherwise `page` is the
// reply of one step of a page flow, for the session to write; so is that of a server-side subscription, which is live.
struct subscribe_step {
  bool live = false;
  std::uint64_t broadcaster_start = 0;  // the incarnation of the broadcaster that holds the subscription, when live
  protocol::subscribe_result page;
};

// What the client's token says of a subscription.
struct subscription_terms {
  subscription_override instead;  // of the options of the namespace
  bool expires = false;
  std::uint32_t ttl_s = 0;
  std::string data;  // raw JSON for the client
};

struct subscribe_request {
  subscriber_ptr who;
  std::uint32_t command_id = 0;
  protocol::subscribe_command command;
  protocol::view_ptr through;
  reply_ptr<subscribe_step> reply;
  subscription_terms terms{};
};

// A map subscription of a slow client has missed what came after that offset: the room tells it the newest document of each key.
struct resume_request {
  subscriber_ptr who;
  protocol::view_ptr through;
  std::uint32_t command_id = 0;  // of the subscribe
  std::uint64_t after = 0;
  reply_ptr<subscribe_step> reply;  // an error: it has to subscribe again
};

// ---- commands to a room, by name, through the directory ------------------------------------------------------------------

// The room is likely to be asked for soon: it begins to have its tail and the first page of its state at hand.
struct warmed {
  std::size_t bytes = 0;  // that were read for it
};
struct warm_request {
  reply_ptr<warmed> reply;
};

struct room_command {
  std::string room;
  std::variant<publish_request, subscribe_request, resume_request, warm_request> body;
};
using room_command_ptr = std::shared_ptr<const room_command>;

// ---- quarantine ----------------------------------------------------------------------------------------------------------

// A request that killed its actor whenever it was tried: the quarantine sets it aside and answers who sent it.
struct deadly_command {
  std::string room;
  publish_request_ptr request;
  std::string actor;  // the kind of actor
  generation of = 0;  // of the room
  std::uint32_t tries = 0;
  crash_report died_of;
};
using deadly_command_ptr = std::shared_ptr<const deadly_command>;

// A room has died of this command, and says so at its end.
struct killed_by {
  room_command_ptr command;
  generation of = 0;
};

// ---- room and entity -----------------------------------------------------------------------------------------------------

// What a change would make of an entity; nothing has happened yet.
struct proposal {
  bool removed = false;
  std::string data;
  tag_map tags;
  entity_ptr before;  // the document that it replaces; null: none
};

struct apply_change {
  std::shared_ptr<const operation> what;
  std::string epoch;               // of the room, for version conditions
  std::optional<entity_ptr> base;  // instead of the entity's own document: an earlier change of the same batch (null: removed)
  reply_ptr<proposal> reply;
};
using apply_change_ptr = std::shared_ptr<const apply_change>;

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
  reply_ptr<std::optional<storage::room_record>> reply;
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
};
// Of all rooms whose name begins with the prefix.
struct read_states {
  std::string prefix;
  std::string after_room;
  std::string after_key;
  storage::page_limit limit;
  reply_ptr<storage::states_page> reply;
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
  std::variant<load_room, load_entity, view_entity, load_dedupe, read_state, read_states, read_stream, list_rooms, find_first_after,
               load_due, load_ages, load_note, find_dead, list_dead>
      body;
};
using read_request_ptr = std::shared_ptr<const read_request>;

// ---- broadcaster ---------------------------------------------------------------------------------------------------------

// New publications of a room, consecutive, committed, each told once.
struct run {
  std::string room;
  std::vector<change> changes;
  std::uint32_t batch_delay_ms = 0;  // of the namespace: how long to let the run grow
  std::uint32_t batch_max = 0;
  untold::hold fresh;  // null: for a while it may have been in the store without anybody knowing whether it would be told
};
using run_ptr = std::shared_ptr<const run>;

// A subscription to all rooms that a pattern matches (schemas/room_pattern.hpp). There is no room of that name: the broadcaster itself
// brings the subscriber to the live edge.
struct subscribe_pattern {
  std::string pattern;
  subscribe_request request;
};
using subscribe_pattern_ptr = std::shared_ptr<const subscribe_pattern>;

// A room has ended otherwise than by retiring: when it opens again, it may have committed what it has not told.
struct lost_room {
  std::string room;
};

// Makes a subscription live: writes the reply, then tells what lies above `from`. REQUIRES: every run up to `from` was sent before.
struct attach {
  std::string room;
  subscriber_ptr who;
  protocol::view_ptr through;
  std::uint64_t from = 0;
  std::uint32_t command_id = 0;
  protocol::subscribe_result result;
  reply_ptr<subscribe_step> reply;
  bool by_number = false;  // its pushes say the number of the channel instead of the name
};
using attach_ptr = std::shared_ptr<const attach>;

// What a slow member has missed, conflated, up to that offset. REQUIRES: every run up to it was sent before.
struct resume {
  std::string room;
  resume_request member;
  std::vector<change> changes;
  std::uint64_t up_to = 0;
  bool whole = false;  // nothing else is missing: it goes on live
};
using resume_ptr = std::shared_ptr<const resume>;

// The last frame of a subscription. If the mail it travels in is lost with its receiver, it goes out by itself: the client is answered.
class parting_frame {
 public:
  parting_frame(transport::outbox_ptr out, frame_ptr ready) : out_(std::move(out)), ready_(std::move(ready)) {}
  parting_frame(const parting_frame&) = delete;
  parting_frame& operator=(const parting_frame&) = delete;
  ~parting_frame() {
    if (ready_) out_->send(std::move(ready_));
  }
  // For who writes it.
  frame_ptr take() { return std::exchange(ready_, nullptr); }

 private:
  const transport::outbox_ptr out_;
  frame_ptr ready_;
};

// Ends a subscription; writes the reply behind everything told before. Without a reply the connection is gone.
struct detach {
  std::string room;
  session_id session = 0;
  transport::outbox_ptr out;
  std::shared_ptr<parting_frame> reply;
};

// The highest offset told to the room's audience; empty if it has none.
struct ask_told {
  std::string room;
  reply_ptr<std::optional<std::uint64_t>> reply;
};

// A message for who is subscribed to the room right now: not kept, and without an offset. Those sent to a room are told in their order.
struct messaged {
  std::uint64_t receivers = 0;
};
struct tell_message {
  std::string room;
  std::string data;  // JSON
  reply_ptr<messaged> reply;
};

// History was lost under the audience: every subscription of the room is told 2500 and ends.
struct reset_audience {
  std::string room;
};

// Whether anybody is subscribed to the room, or to a pattern that matches it.
struct ask_audience {
  std::string room;
  reply_ptr<bool> reply;
};

// Who is subscribed now.
struct ask_presence {
  std::string room;
  reply_ptr<protocol::presence_result> reply;
};
struct ask_presence_stats {
  std::string room;
  reply_ptr<protocol::presence_stats_result> reply;
};

// ---- presence ------------------------------------------------------------------------------------------------------------

// Somebody has come to a room, or has left it.
struct presence_news {
  std::uint64_t broadcaster_start = 0;  // of who says so
  std::string room;
  client_info who;
  bool left = false;
};
// To the broadcaster: tell of everybody who is there.
struct tell_presence {};
// To the broadcaster: somebody who was there before it is gone.
struct ghost_left {
  std::string room;
  client_info who;
};

// ---- lifecycle -----------------------------------------------------------------------------------------------------------

struct lifecycle_event {
  enum class kind : std::uint8_t { client_connected, client_disconnected, room_occupied, room_vacated, server_stopping };
  kind what = kind::client_connected;
  std::string room;  // of a room
  client_info who;   // of a client
};

// ---- directory -----------------------------------------------------------------------------------------------------------

// A room is idle and has handled so many commands since it was adopted. If that is all the directory has sent, it retires the room; no
// command can be lost between the two, for only the directory sends them.
struct retire_request {
  std::string room;
  std::uint64_t adoption = 0;
  std::uint64_t handled = 0;
};

// A directory knows the room from now on, under this number, and counts the commands it sends from here.
struct adopted {
  std::uint64_t adoption = 0;
};

// A room has been started by the rooms' supervisor (the mail carries its handle), or has ended.
struct room_started {
  std::string room;
};
struct room_ended {
  std::string room;
  crash_report died_of;
};

// ---- edge ----------------------------------------------------------------------------------------------------------------

struct inbound_message {
  std::string bytes;
  bool text = true;
};

struct http_inbound {
  transport::http_request request;
  transport::http_responder_ptr responder;
};
using http_inbound_ptr = std::shared_ptr<http_inbound>;

// The client has been told 2500: this subscription is over, and it may subscribe again.
struct subscription_ended {
  std::string room;
};

// A broadcaster has restarted and lost its audiences: subscriptions held by an earlier start are over.
struct broadcaster_restarted {
  std::uint64_t start = 0;
};

// The client has taken what waited for it; of these rooms it has missed what came meanwhile.
struct fell_behind {
  std::vector<transport::missed> rooms;
};

// What the peer has taken: asked for when a pong is late.
using peer_progress = transport::peer_progress;

struct session_tick {};       // time has passed: look for what is due
struct connection_closed {};  // the connection is over
struct outbox_drained {};     // what was sent is on its way: the peer may be sent more

// All mail of a session, and all answers to what it asks: there are many sessions, and each handler of an actor costs it 45 bytes.
using session_mail = std::variant<inbound_message, subscription_ended, broadcaster_restarted, fell_behind, peer_progress, session_tick,
                                  connection_closed, outbox_drained>;
using session_answer = std::variant<result<published>, result<subscribe_step>, result<storage::stream_page>,
                                    result<protocol::presence_result>, result<protocol::presence_stats_result>>;

}  // namespace tidewire
