// Has the supervisor start the session of a new connection. On any thread; if the session never comes, the connection is closed.
#pragma once

#include <memory>

#include "actors/engine.hpp"
#include "actors/session/session_link.hpp"

namespace tidewire {

// `own` outlives the session.
void start_session(engine& own, const std::shared_ptr<session_link>& link);

}  // namespace tidewire
