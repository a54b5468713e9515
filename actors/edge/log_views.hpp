// The log as operators see it, in JSON (docs/operating.md). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/api/uri.hpp"
#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// The last lines: ?after= &level= &component= &limit=
result<std::string> log_body(const api::request_target& asked);

// Those behind a line, and the last of them takes its place: {"after", "data", "last"}. Of very many the newest.
std::string new_lines_body(std::uint64_t& last);

// The level of each component; the second one changes one of them, or all: {"component"?, "level"}
std::string log_levels_body();
result<std::string> change_log_level(std::string_view body, const limits& limit);

}  // namespace tidewire
