// The measuring window: what the server, this process and the wire used between its begin and its end.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/load/core/process.hpp"
#include "bench/load/parts/deliveries.hpp"
#include "bench/load/parts/histogram.hpp"
#include "bench/load/parts/report.hpp"

namespace tidewire::load {

// Everything at one moment.
struct reading {
  std::int64_t at = 0;
  std::optional<process_use> server;
  double own_cpu_s = 0;
  std::uint64_t published = 0;
  std::uint64_t arrived = 0;
  std::uint64_t received_bytes = 0;
};

// Of a server that is not looked at, pid is 0. Throws std::runtime_error when there is no such process.
reading read_meters(int pid);

report latency_report(const histogram& latency);
void add_violations(report& to, const violations& found);

// What to say when there are any.
inline constexpr const char* violations_text = "deliveries were lost, doubled or exchanged: see violations";

// The readings of a scenario.
struct course {
  reading before;      // there were no connections
  reading connected;   // there were, and nothing was published
  reading begin, end;  // of the measuring window
};

// Adds "server" to the result, null when it was not looked at.
void add_server(report& to, const course& of, std::size_t connections);

// What the server's memory grew by, for each connection.
double bytes_per_connection(const course& of, std::size_t connections);

}  // namespace tidewire::load
