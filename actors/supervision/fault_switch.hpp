// Makes actors throw on purpose, so that tests can see the engine heal. Does nothing unless the configuration enables it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
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

// Actors of that kind throw so often when they handle a change of that key, and nothing else does. 0: no more. Any thread.
// False: not enabled.
bool arm(std::string_view kind, const std::string& key, std::uint32_t times);

// Where an actor of that kind begins with a change of that key: throws std::runtime_error("injected fault in <kind> by <key>") if it
// shall. Costs a load while nothing was ever armed.
void strike(std::string_view kind, const std::string& key);
inline std::atomic<bool> any_key_armed{false};
inline void pass(std::string_view kind, const std::string& key) {
  if (any_key_armed.load(std::memory_order_relaxed)) strike(kind, key);
}

}  // namespace tidewire::fault_switch
