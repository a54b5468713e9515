// What was traced of publishes, in the Trace Event Format that Perfetto and chrome://tracing open ("Trace Event Format", Google, 2016):
//
//   M    the process, and its threads
//   X    a handler, or a job of an I/O thread: "room: take, order"; in `args` the actor, and which publishes
//   s t f   the way of one publish through these, in order
//   b e  from the request to its answer, one line for each publish
//
// Times are microseconds since the trace began. `otherData` says what did not fit, and where publishes spent their time: `spent`, in the
// order in which they meet these handlers.
#pragma once

#include <cstdint>
#include <string>

#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

std::string chrome_trace(const publish_record& of, std::int64_t process);

}  // namespace tidewire
