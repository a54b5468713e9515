// Actors as operators see them, in JSON (docs/operating.md). Any thread; no actor is asked.
#pragma once

#include <string>

#include "actors/engine.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// All kinds: how many started, ended and crashed, what they handled, and how long that took.
std::string actor_kinds_body();

// The first of all that run, in the order that is asked for: ?kind= &name= &sort= &limit=
result<std::string> actor_list_body(const api::request_target& asked);

// Who works most just now, and which rooms have most to tell: ?limit=
result<std::string> hot_body(const engine& own, const api::request_target& asked);

}  // namespace tidewire
