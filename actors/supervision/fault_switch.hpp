// Makes actors throw on purpose, so that tests can see the engine heal. Does nothing unless the configuration enables it.
#pragma once

#include <cstdint>
#include <string_view>

#include "actors/supervision/actor_stats.hpp"

namespace tidewire::fault_switch {

// Once, at start-up. Without it arm refuses.
void enable();

// The next messages handled by actors of that kind throw std::runtime_error("injected fault in <kind>") instead. Any thread.
// False: not enabled.
bool arm(std::string_view kind, std::uint32_t messages);

// Whether this message shall fail; takes it off the count.
bool take(actor_kind& kind) noexcept;

}  // namespace tidewire::fault_switch
