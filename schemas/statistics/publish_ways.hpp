// The ways of single publishes through what was traced, and where they spent their time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

// A handler that did something for the publish.
struct publish_stop {
  const publish_record::slice* in = nullptr;
  std::uint64_t at_ns = 0;  // the first thing
  std::string steps;        // all of them: "take, order"
};

// Of each publish of the record, in order of time. `of` outlives them.
std::vector<std::vector<publish_stop>> ways_of(const publish_record& of);

// All stops of one sort together, of all publishes; times in nanoseconds.
struct publish_spending {
  std::string what;  // kind of actor and steps: "room: take, order"
  std::uint64_t stops = 0;
  std::uint64_t waited_p50 = 0;  // since the stop before, until the handler began
  std::uint64_t waited_p99 = 0;
  std::uint64_t handler_p50 = 0;  // the whole handler, which may have worked for others too
  std::uint64_t handler_p99 = 0;
};

// In the order in which publishes meet them.
std::vector<publish_spending> spending_of(const std::vector<std::vector<publish_stop>>& ways);

// The value that so many of them (0 to 1) do not exceed; 0 of none. Leaves them in another order.
std::uint64_t quantile_of(std::vector<std::uint64_t>& values, double share);

}  // namespace tidewire
