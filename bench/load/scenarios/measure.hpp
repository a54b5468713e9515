// The measuring window: what the server, this process and the wire used between its begin and its end.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/load/core/process.hpp"
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

// "server" of the result. Null without a pid.
void add_server(report& to, const reading& begin, const reading& end, std::uint64_t rss_before, std::uint64_t rss_connected,
                std::size_t connections);

}  // namespace tidewire::load
