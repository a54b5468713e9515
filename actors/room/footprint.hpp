// About how much memory the actors of a room take, with their allocations and margins, beside documents and publications
// (schemas/footprint.hpp).
#pragma once

#include <cstddef>

namespace tidewire {

// Estimates; `node bench/footprint.mjs` says what they are worth.
inline constexpr std::size_t live_room_bytes = 6'000;
inline constexpr std::size_t live_entity_bytes = 2'400;  // the actor, its mailbox, and where its room keeps it, without key and document

}  // namespace tidewire
