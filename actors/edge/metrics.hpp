// What the engine counts, in the text format of Prometheus (version 0.0.4), for the admin listener. Any thread.
//
//   server_ready
//   memory_usage_bytes{part}  memory_limit_bytes{part}     against the memory budget (schemas/memory_budget.hpp)
//   process_resident_memory_bytes
//   cache_operations_total{type,level,result}              where reads found what they wanted (schemas/cache_counters.hpp)
//   warm_up_rooms  warm_up_rooms_done  warm_up_read_bytes  warm_up_over
//
// All labels are from fixed lists, and every series is there from the start.
#pragma once

#include <string>
#include <string_view>

#include "actors/engine.hpp"

namespace tidewire {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_body(const engine& own);

}  // namespace tidewire
