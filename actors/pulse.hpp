// Whether the engine still turns, for the watchdog of a service manager: every actor that others rely on must answer. Rooms, entities and
// sessions are not asked: they run on the same threads. Nor is what waits for the disk, the writer and the readers: a restart mends no
// disk.
#pragma once

#include <caf/fwd.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "actors/supervision/role_table.hpp"

namespace tidewire {

// The roles whose actors never wait for anything.
const std::vector<std::string_view>& prompt_roles();

// Who of those has not answered by then; empty: all have. A role that nobody plays is its supervisor's matter. Blocks; not to be called by
// an actor.
std::string silent_actor(caf::actor_system& system, const role_table& roles, const std::vector<std::string_view>& asked,
                         std::chrono::steady_clock::time_point deadline);

}  // namespace tidewire
