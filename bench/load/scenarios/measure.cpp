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
  out.number("p50", ms(0.5)).number("p90", ms(0.9)).number("p95", ms(0.95)).number("p99", ms(0.99)).number("p999", ms(0.999));
  return out.number("max", static_cast<double>(latency.max()) / 1e6);
}

void add_violations(report& to, const violations& found) {
  report all;
  all.count("gaps", found.gaps).count("duplicates", found.duplicates).count("out_of_order", found.out_of_order);
  to.part("violations", all.count("missing", found.missing));
}

double bytes_per_connection(const course& of, std::size_t connections) {
  if (!of.before.server || !of.connected.server) return 0;
  return per(static_cast<double>(of.connected.server->rss_bytes) - static_cast<double>(of.before.server->rss_bytes), connections);
}

void add_server(report& to, const course& of, std::size_t connections) {
  if (!of.before.server || !of.begin.server || !of.end.server) {
    to.nothing("server");
    return;
  }
  const auto cpu_s = of.end.server->cpu_s - of.begin.server->cpu_s;
  report server;
  server.number("cpu_s", cpu_s);
  const auto arrived = of.end.arrived - of.begin.arrived;
  const auto published = of.end.published - of.begin.published;
  if (arrived > 0) server.number("cpu_us_per_delivery", per(cpu_s * 1e6, arrived));
  if (published > 0) server.number("cpu_us_per_publish", per(cpu_s * 1e6, published));
  server.count("rss_bytes", of.end.server->rss_bytes).count("rss_before_bytes", of.before.server->rss_bytes);
  server.number("bytes_per_connection", bytes_per_connection(of, connections));
  to.part("server", server);
}

}  // namespace tidewire::load
