// The catalogue: every actor of the engine and all it listens to. Requests carry a reply (reply.hpp), so no handler returns a value;
// an answer comes back as mail (ticket, result<T>). Behaviours include nothing of each other: they meet here.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "actors/supervision/supervisor_messages.hpp"

// Messages never leave the process, so none needs a serialised form.
#define TIDEWIRE_MESSAGE(type)      \
  CAF_ADD_TYPE_ID(tidewire, (type)) \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

CAF_BEGIN_TYPE_ID_BLOCK(tidewire, caf::first_custom_type_id + 64)  // the supervision library's block comes first

TIDEWIRE_MESSAGE(tidewire::room_command_ptr)
TIDEWIRE_MESSAGE(tidewire::apply_change_ptr)
TIDEWIRE_MESSAGE(tidewire::entity_ptr)
TIDEWIRE_MESSAGE(tidewire::open_room_ptr)
TIDEWIRE_MESSAGE(tidewire::append_request_ptr)
TIDEWIRE_MESSAGE(tidewire::trim_room)
TIDEWIRE_MESSAGE(tidewire::close_room)
TIDEWIRE_MESSAGE(tidewire::forget_room)
TIDEWIRE_MESSAGE(tidewire::keep_note)
TIDEWIRE_MESSAGE(tidewire::journal_work_ptr)
TIDEWIRE_MESSAGE(tidewire::read_request_ptr)
TIDEWIRE_MESSAGE(tidewire::run_ptr)
TIDEWIRE_MESSAGE(tidewire::attach_ptr)
TIDEWIRE_MESSAGE(tidewire::resume_ptr)
TIDEWIRE_MESSAGE(tidewire::subscribe_pattern_ptr)
TIDEWIRE_MESSAGE(tidewire::lost_room)
TIDEWIRE_MESSAGE(tidewire::detach)
TIDEWIRE_MESSAGE(tidewire::ask_told)
TIDEWIRE_MESSAGE(tidewire::tell_message)
TIDEWIRE_MESSAGE(tidewire::reset_audience)
TIDEWIRE_MESSAGE(tidewire::ask_audience)
TIDEWIRE_MESSAGE(tidewire::ask_presence)
TIDEWIRE_MESSAGE(tidewire::ask_presence_stats)
TIDEWIRE_MESSAGE(tidewire::ask_audiences)
TIDEWIRE_MESSAGE(tidewire::expel)
TIDEWIRE_MESSAGE(tidewire::presence_news)
TIDEWIRE_MESSAGE(tidewire::lifecycle_event)
TIDEWIRE_MESSAGE(tidewire::tell_presence)
TIDEWIRE_MESSAGE(tidewire::ghost_left)
TIDEWIRE_MESSAGE(tidewire::retire_request)
TIDEWIRE_MESSAGE(tidewire::adopted)
TIDEWIRE_MESSAGE(tidewire::room_started)
TIDEWIRE_MESSAGE(tidewire::room_ended)
TIDEWIRE_MESSAGE(tidewire::killed_by)
TIDEWIRE_MESSAGE(tidewire::deadly_command_ptr)
TIDEWIRE_MESSAGE(tidewire::change_dead_ptr)
TIDEWIRE_MESSAGE(tidewire::session_mail)
TIDEWIRE_MESSAGE(tidewire::session_answer)
TIDEWIRE_MESSAGE(tidewire::http_inbound_ptr)
TIDEWIRE_MESSAGE(tidewire::ingest_mail)
TIDEWIRE_MESSAGE(tidewire::passivate_room)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::found_entities>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::sessions_seen>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::session_card>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::passivated>)

TIDEWIRE_MESSAGE(tidewire::result<tidewire::published>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::subscribe_step>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::proposal>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::committed>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::journal_done>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::storage::room_record>)
TIDEWIRE_MESSAGE(tidewire::result<std::optional<tidewire::storage::named_room>>)
TIDEWIRE_MESSAGE(tidewire::result<std::optional<tidewire::entity_document>>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::entity_view>)
TIDEWIRE_MESSAGE(tidewire::result<std::optional<tidewire::storage::dedupe_record>>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::storage::state_page>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::storage::states_page>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::storage::stream_page>)
TIDEWIRE_MESSAGE(tidewire::result<std::vector<tidewire::storage::named_room>>)
TIDEWIRE_MESSAGE(tidewire::result<std::vector<tidewire::storage::due_entity>>)
TIDEWIRE_MESSAGE(tidewire::result<std::vector<tidewire::storage::room_age>>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::dead_changed>)
TIDEWIRE_MESSAGE(tidewire::result<std::optional<tidewire::found_dead>>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::dead_listing>)
TIDEWIRE_MESSAGE(tidewire::result<std::optional<std::uint64_t>>)
TIDEWIRE_MESSAGE(tidewire::result<std::uint64_t>)
TIDEWIRE_MESSAGE(tidewire::result<std::string>)
TIDEWIRE_MESSAGE(tidewire::result<bool>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::forgotten>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::warmed>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::messaged>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::audience_overview>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::expelled>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::protocol::presence_result>)
TIDEWIRE_MESSAGE(tidewire::result<tidewire::protocol::presence_stats_result>)

CAF_ADD_ATOM(tidewire, tidewire, tick_atom, "tick")        // time has passed: look for what is due
CAF_ADD_ATOM(tidewire, tidewire, flush_atom, "flush")      // sent to oneself: everything that was in the mailbox is handled, now write
CAF_ADD_ATOM(tidewire, tidewire, drained_atom, "drained")  // I/O threads → broadcaster: the last run is on its way
CAF_ADD_ATOM(tidewire, tidewire, told_atom, "told")        // to the broadcaster: what was in the store when it asked has been told
CAF_ADD_ATOM(tidewire, tidewire, retire_atom, "retire")    // directory → room, room → entity: leave memory
CAF_ADD_ATOM(tidewire, tidewire, ease_atom, "ease")        // memory is short: let go of what has not been used longest
CAF_ADD_ATOM(tidewire, tidewire, note_atom, "note")        // write down for the next start which rooms are used most

CAF_END_TYPE_ID_BLOCK(tidewire)

namespace tidewire {

template <class T>
using answers = caf::reacts_to<ticket, result<T>>;

// Room name → live room; starts rooms on demand and is the only one who retires them.
using directory_actor =
    caf::typed_actor<caf::reacts_to<room_command_ptr>, caf::reacts_to<retire_request>, caf::reacts_to<room_started, caf::actor>,
                     caf::reacts_to<room_ended>, caf::reacts_to<killed_by>, caf::reacts_to<role_changed>, answers<caf::actor>,
                     answers<std::vector<child_info>>, caf::reacts_to<passivate_room>, caf::reacts_to<ease_atom>, caf::reacts_to<tick_atom>,
                     caf::reacts_to<note_atom>>;

// Order, commit and catch-up of one room.
using room_actor = caf::typed_actor<caf::reacts_to<room_command_ptr>, answers<proposal>, answers<committed>, answers<storage::room_record>,
                                    answers<std::optional<entity_document>>, answers<std::optional<storage::dedupe_record>>,
                                    answers<storage::state_page>, answers<storage::stream_page>, answers<std::optional<std::uint64_t>>,
                                    answers<std::uint64_t>, caf::reacts_to<adopted>, caf::reacts_to<flush_atom>, caf::reacts_to<tick_atom>,
                                    caf::reacts_to<retire_atom>, caf::reacts_to<ease_atom>, caf::reacts_to<passivate_room>>;

// Trims and forgets what the rooms of one store are not to keep any longer, also of rooms that are not in memory.
using retention_actor = caf::typed_actor<answers<std::vector<storage::room_age>>, answers<std::uint64_t>, answers<bool>, answers<forgotten>,
                                         caf::reacts_to<tick_atom>>;

// Brings back the rooms that were used most before the last stop.
using warm_up_actor = caf::typed_actor<answers<std::string>, answers<warmed>, caf::reacts_to<tick_atom>>;

// Has the rooms of one store remove the entities whose time has come.
using expirer_actor = caf::typed_actor<answers<std::vector<storage::due_entity>>, answers<published>, caf::reacts_to<tick_atom>>;

// Sets aside what kills its actor again and again, and serves the operator who looks at it.
using quarantine_actor =
    caf::typed_actor<caf::reacts_to<deadly_command_ptr>, caf::reacts_to<http_inbound_ptr>, answers<dead_changed>,
                     answers<std::optional<found_dead>>, answers<dead_listing>, answers<published>, caf::reacts_to<tick_atom>>;

// Serves operators who look at the supervision tree.
using operator_desk_actor = caf::typed_actor<caf::reacts_to<http_inbound_ptr>, answers<children_seen>, answers<caf::actor>,
                                             answers<passivated>, caf::reacts_to<tick_atom>>;

// Serves operators who look at connections.
using session_desk_actor =
    caf::typed_actor<caf::reacts_to<http_inbound_ptr>, answers<sessions_seen>, answers<session_card>, caf::reacts_to<tick_atom>>;

// Owns one document.
using entity_actor = caf::typed_actor<caf::reacts_to<apply_change_ptr>, caf::reacts_to<entity_ptr>, caf::reacts_to<retire_atom>>;

// Commits the changes of all rooms of one store.
using journal_actor =
    caf::typed_actor<caf::reacts_to<open_room_ptr>, caf::reacts_to<append_request_ptr>, caf::reacts_to<trim_room>,
                     caf::reacts_to<close_room>, caf::reacts_to<forget_room>, caf::reacts_to<keep_note>, answers<journal_done>,
                     caf::reacts_to<flush_atom>, caf::reacts_to<tick_atom>, caf::reacts_to<change_dead_ptr>>;

// Does for the journal what waits for the disk, on a thread of its own.
using writer_actor = caf::typed_actor<caf::reacts_to<journal_work_ptr>>;

// Blocking reads, on threads of their own.
using reader_actor = caf::typed_actor<caf::reacts_to<read_request_ptr>>;

// Audiences of the rooms that fall to it; encodes each run once per audience.
using broadcaster_actor =
    caf::typed_actor<caf::reacts_to<run_ptr>, caf::reacts_to<attach_ptr>, caf::reacts_to<resume_ptr>, caf::reacts_to<detach>,
                     caf::reacts_to<ask_told>, caf::reacts_to<reset_audience>, caf::reacts_to<ask_audience>, caf::reacts_to<ask_presence>,
                     caf::reacts_to<ask_presence_stats>, caf::reacts_to<ask_audiences>, caf::reacts_to<expel>,
                     caf::reacts_to<subscribe_pattern_ptr>, caf::reacts_to<lost_room>, caf::reacts_to<tell_presence>,
                     caf::reacts_to<ghost_left>, caf::reacts_to<tell_message>, answers<storage::states_page>, caf::reacts_to<drained_atom>,
                     caf::reacts_to<told_atom>, caf::reacts_to<tick_atom>>;

// Who is subscribed where, kept in rooms of their own.
using presence_actor = caf::typed_actor<caf::reacts_to<presence_news>, answers<published>, answers<storage::states_page>,
                                        caf::reacts_to<role_changed>, caf::reacts_to<tick_atom>>;

// What happens to connections and rooms, published in a room.
using lifecycle_actor = caf::typed_actor<caf::reacts_to<lifecycle_event>, answers<published>, caf::reacts_to<tick_atom>>;

// HTTP requests become messages, answers become responses.
using gateway_actor =
    caf::typed_actor<caf::reacts_to<http_inbound_ptr>, answers<published>, answers<std::optional<storage::named_room>>,
                     answers<entity_view>, answers<storage::state_page>, answers<storage::stream_page>,
                     answers<std::vector<storage::named_room>>, answers<found_entities>, answers<messaged>,
                     answers<protocol::presence_result>, answers<protocol::presence_stats_result>, answers<audience_overview>,
                     answers<expelled>, caf::reacts_to<role_changed>, caf::reacts_to<tick_atom>>;

// The changes of one request that is taken as it comes.
using ingest_actor = caf::typed_actor<caf::reacts_to<ingest_mail>, answers<published>>;

// The commands of one connection, strictly in order.
using session_actor = caf::typed_actor<caf::reacts_to<session_mail>, caf::reacts_to<ticket, session_answer>>;

}  // namespace tidewire
