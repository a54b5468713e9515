// What a supervisor listens to. To stop it with all below it, send it an exit message.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/reply.hpp"
#include "actors/supervision/child_spec.hpp"
#include "actors/supervision/supervisor_state.hpp"

namespace tidewire {

// Adds a child behind all others and starts it. Answers its handle; errc::conflict if the id is taken, errc::unavailable while a group
// is being restarted or everything is being stopped, errc::internal if the start failed (the child is forgotten then). `reply` may be
// empty.
struct start_child {
  child_spec spec;
  reply_ptr<caf::actor> reply;
};

struct child_stopped {
  std::string id;
};

// Answers when the child is down, errc::unknown_room if there is none. A child of the spec stays known and can be started again by
// restart_child; one added by start_child is forgotten. `reply` may be empty.
struct stop_child {
  std::string id;
  reply_ptr<child_stopped> reply;
};

// Stops the child, with those that its strategy ties to it, and starts it again; neither counted nor delayed. Answers the new handle,
// errc::unknown_room if there is no such child. `reply` may be empty.
struct restart_child {
  std::string id;
  reply_ptr<caf::actor> reply;
};

struct child_info {
  std::string id;
  restart_kind kind = restart_kind::permanent;
  child_phase phase = child_phase::stopped;
  std::uint64_t restarts = 0;
  bool supervisor = false;
  caf::actor handle;  // empty unless it runs
  std::string last_error = {};
};

// Answers all children in order of start.
struct which_children {
  reply_ptr<std::vector<child_info>> reply;
};

// Answers so many of its children, in order of start, and how many it has. A look at a hundred thousand would keep them waiting.
struct children_seen {
  std::vector<child_info> children;
  std::size_t total = 0;
};
struct look_at_children {
  std::size_t max = 0;
  reply_ptr<children_seen> reply;
};

// A role has a new actor, or none for now (an empty handle). From a role_table to its subscribers.
struct role_changed {
  std::string role;
  caf::actor handle;
};

// To itself: something is due.
struct supervisor_tick {};

}  // namespace tidewire

// Messages never leave the process, so none needs a serialised form.
#define TIDEWIRE_SUPERVISION_MESSAGE(type)      \
  CAF_ADD_TYPE_ID(tidewire_supervision, (type)) \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

CAF_BEGIN_TYPE_ID_BLOCK(tidewire_supervision, first_custom_type_id)

TIDEWIRE_SUPERVISION_MESSAGE(tidewire::start_child)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::stop_child)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::restart_child)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::which_children)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::look_at_children)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::role_changed)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::supervisor_tick)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::result<caf::actor>)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::result<tidewire::child_stopped>)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::result<std::vector<tidewire::child_info>>)
TIDEWIRE_SUPERVISION_MESSAGE(tidewire::result<tidewire::children_seen>)

CAF_END_TYPE_ID_BLOCK(tidewire_supervision)

namespace tidewire {

using supervisor_actor =
    caf::typed_actor<caf::reacts_to<start_child>, caf::reacts_to<stop_child>, caf::reacts_to<restart_child>, caf::reacts_to<which_children>,
                     caf::reacts_to<look_at_children>, caf::reacts_to<supervisor_tick>>;

}  // namespace tidewire
