// What rooms hear of publishers and subscribers, and say to their entities. Plain data, as all of messages.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/reply.hpp"
#include "actors/supervision/crash_report.hpp"
#include "schemas/operation.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"
#include "schemas/token.hpp"
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

}  // namespace tidewire
