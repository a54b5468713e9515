// The supervision tree of the engine, as data (ARCHITECTURE.md shows it).
#pragma once

#include "actors/engine.hpp"
#include "actors/gateway/gateway_state.hpp"
#include "actors/supervision/child_spec.hpp"

namespace tidewire {

// `own` outlives the tree. `files`: the page.
supervisor_spec engine_tree(engine& own, gateway_state::find_file files);

}  // namespace tidewire
