// What the console draws and judges by, in one JSON object: the counters of /metrics that it needs, so that whoever gets two of them knows
// the rates between. On any thread; it asks the file system how full it is.
#pragma once

#include <string>

#include "actors/engine.hpp"

namespace tidewire {

std::string overview_body(const engine& own);

}  // namespace tidewire
