// What the leak watch looks at. What may grow by design is taken off first: caches up to their share, files and sessions of connections.
#pragma once

#include <cstddef>
#include <vector>

#include "actors/engine.hpp"
#include "actors/ops/leak_watch.hpp"

namespace tidewire {

// Components: the parts of the memory budget by their names, and
//   resident   what the process has beyond five quarters of what is held of the budget (an allocator needs some of that)
//   files      open files that are no connection
//   sessions   actors of connections that are not there any more
// Any thread.
std::vector<leak_reading> leak_readings(const engine& own, std::size_t growth_bytes);

}  // namespace tidewire
