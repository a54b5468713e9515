// The parts of actor_base that do not depend on the actor's type.
#pragma once

#include <caf/fwd.hpp>
#include <cstdint>

namespace tidewire {

struct actor_kind;

// Handlers for exceptions, errors, down messages and unexpected mail. `kind` outlives the actor.
void install_guards(caf::scheduled_actor& self, actor_kind& kind);

// Exit and down messages pass a full mailbox.
bool must_be_taken(const caf::mailbox_element& mail);

// A line in the log: the handler of that mail took so many nanoseconds.
void tell_slow(const caf::scheduled_actor& self, const caf::mailbox_element& mail, std::uint64_t ns);

// Throws if the fault switch says so.
void maybe_fail(actor_kind& kind, const caf::mailbox_element& mail);

}  // namespace tidewire
