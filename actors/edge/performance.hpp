// What the engine says of its memory, its database, and of what is wrong, for operators. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "actors/engine.hpp"
#include "actors/ops/leak_watcher.hpp"

namespace tidewire {

// What is held of each part of the budget, now.
std::array<std::size_t, memory_parts> held_by_part(const engine& own);

// What the kernel has given the process; 0 if it does not say.
std::size_t resident_bytes();

// Of the file system of the database.
struct disk_space {
  std::uint64_t free = 0;
  std::uint64_t size = 0;  // 0: not known
};
disk_space disk_of(const engine& own);

// {"budget","held","resident","parts":{name:{"used","limit"}},"database":{…},"cache":[{"type","level","hits","misses"}],"warm_up":{…},
// "watch":{"window_s","windows","suspected":[component…],"components":[…]}}
std::string memory_body(const engine& own, const leak_watcher& leaks);

// How the database stands: its tables, what runs in the background, what is asked of it, how long commits take, what took long.
std::string database_body(const engine& own);

// What is wrong now, worst first, each with what helps; and the figures that one looks at first.
std::string status_body(const engine& own, const leak_watcher& leaks);

}  // namespace tidewire
