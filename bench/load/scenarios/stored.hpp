// How many publications the server says its rooms have taken.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/load/scenarios/options.hpp"

namespace tidewire::load {

// In all rooms of the scenario: Tidewire's offsets, by HTTP, or the lengths of Redis streams. Nothing when the peer cannot be asked.
// Throws std::runtime_error when it does not answer.
std::optional<std::uint64_t> count_stored(const options& told);

}  // namespace tidewire::load
