#include "bench/load/scenarios/measure.hpp"

#include <stdexcept>
#include <string>

#include "bench/load/core/clock.hpp"

namespace tidewire::load {
namespace {

double per(double what, std::uint64_t count) { return count == 0 ? 0 : what / static_cast<double>(count); }

}  // namespace

reading read_meters(int pid) {
  reading now;
  if (pid != 0) {
    now.server = look_at_process(pid);
    if (!now.server) throw std::runtime_error("--pid " + std::to_string(pid) + ": there is no such process");
  }
  now.own_cpu_s = own_cpu_s();
  now.at = now_ns();
  return now;
}

report latency_report(const histogram& latency) {
  const auto ms = [&](double quantile) { return static_cast<double>(latency.quantile(quantile)) / 1e6; };
  report out;
  out.number("p50", ms(0.5)).number("p90", ms(0.9)).number("p99", ms(0.99)).number("p999", ms(0.999));
  return out.number("max", static_cast<double>(latency.max()) / 1e6);
}

void add_server(report& to, const reading& begin, const reading& end, std::uint64_t rss_before, std::uint64_t rss_connected,
                std::size_t connections) {
  if (!begin.server || !end.server) {
    to.nothing("server");
    return;
  }
  const auto cpu_s = end.server->cpu_s - begin.server->cpu_s;
  report server;
  server.number("cpu_s", cpu_s);
  server.number("cpu_us_per_delivery", per(cpu_s * 1e6, end.arrived - begin.arrived));
  server.number("cpu_us_per_publish", per(cpu_s * 1e6, end.published - begin.published));
  server.count("rss_bytes", end.server->rss_bytes).count("rss_before_bytes", rss_before);
  server.number("bytes_per_connection", per(static_cast<double>(rss_connected) - static_cast<double>(rss_before), connections));
  to.part("server", server);
}

}  // namespace tidewire::load
