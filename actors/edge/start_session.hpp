// Has the supervisor start who serves a new connection. On any thread; if nobody ever comes, the connection is closed.
#pragma once

#include <memory>
#include <string_view>

#include "actors/engine.hpp"
#include "actors/session/room_stream_state.hpp"
#include "actors/session/session_link.hpp"

namespace tidewire {

// Where WebSockets speak the client protocol, and what this one speaks.
inline constexpr std::string_view websocket_path = "/connection/websocket";
protocol::dialect dialect_of(const transport::http_request& upgrade);

// `own` outlives them.
void start_session(engine& own, const std::shared_ptr<session_link>& link);
void start_room_stream(engine& own, const std::shared_ptr<session_link>& link, room_stream_wish wish);

}  // namespace tidewire
