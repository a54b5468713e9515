// GET /api/v1/rooms/{room}/stream: one room as server-sent events, for whoever has no SDK.
#pragma once

#include "actors/engine.hpp"
#include "transport/application.hpp"

namespace tidewire {

// On an I/O thread, inside on_http. False: the request is not for us, and untouched. `own` outlives the stream.
bool serve_room_stream(engine& own, const transport::http_request& request, const transport::http_responder_ptr& responder);

}  // namespace tidewire
