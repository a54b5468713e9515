// Streams of changes: POST of application/x-ndjson to /api/v1/ingest and /api/v1/rooms/{room}/events. Serves what no actor need see of it;
// the lines are the affair of actors/ingest. On the I/O threads.
#pragma once

#include <memory>

#include "actors/engine.hpp"
#include "transport/application.hpp"

namespace tidewire {

// Whether it is such a request.
bool is_ingest(const transport::http_request& head);

// REQUIRES: is_ingest(). Null: it has been refused.
std::unique_ptr<transport::body_listener> serve_ingest(engine& own, const transport::http_request& head,
                                                       transport::http_responder_ptr responder, transport::body_source_ptr source);

}  // namespace tidewire
