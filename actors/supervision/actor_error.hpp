// Why actors end, in words.
#pragma once

#include <caf/error.hpp>
#include <cstdint>
#include <exception>
#include <string>

#include "actors/supervision/crash_report.hpp"

namespace tidewire {

enum class actor_error : std::uint8_t {
  crashed = 1,        // a handler threw; the context is what()
  too_many_restarts,  // a supervisor gave up; the context is its name
};

// An exit reason. Its context is never empty.
caf::error make_error(actor_error code, std::string detail = "no details");

// An exit reason of code `crashed` that keeps what(), or says "unknown exception", and the report.
caf::error crash_reason(const std::exception_ptr& cause);

// Of an actor that ended for that reason.
crash_report report_of(const caf::error& reason);

// For logs and operators; understands every exit reason, the empty one too.
std::string describe(const caf::error& reason);

// Nothing went wrong: the actor was done, or somebody asked it to end. A transient child is not restarted then.
bool ended_normally(const caf::error& reason);

}  // namespace tidewire
