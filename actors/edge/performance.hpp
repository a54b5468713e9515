// What the engine says of its own memory, as JSON for operators. Any thread.
#pragma once

#include <string>

#include "actors/engine.hpp"

namespace tidewire {

// {"budget","held","resident","parts":{name:{"used","limit"}},"database":{…},"cache":[{"type","level","hits","misses"}],"warm_up":{…}}
std::string memory_body(const engine& own);

}  // namespace tidewire
