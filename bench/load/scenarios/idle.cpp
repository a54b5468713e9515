// Connections that do nothing: what each costs in memory, and what all cost while nothing happens.
#include "bench/load/core/clock.hpp"
#include "bench/load/scenarios/crowd.hpp"
#include "bench/load/scenarios/measure.hpp"
#include "bench/load/scenarios/scenarios.hpp"

namespace tidewire::load {

outcome run_idle(const options& told) {
  const auto speech = make_dialect(told.peer, told.payload_bytes);
  crowd all(told.connect, *speech, told.payload_bytes, nullptr);
  for (unsigned number = 0; number < told.connections; ++number)
    all.add(told.subscribe ? role::subscriber : role::bystander, number, number % told.rooms);

  const auto before = read_meters(told.pid);
  all.connect("connecting");
  const auto connected = read_meters(told.pid);
  while (now_ns() < connected.at + to_ns(told.seconds)) all.turn(ns_per_s / 20);
  const auto end = read_meters(told.pid);
  const course meters{before, end, connected, end};

  report parameters;
  parameters.text("connect", told.connect).flag("subscribe", told.subscribe).count("rooms", told.rooms);
  outcome out;
  out.result.text("scenario", "idle").text("peer", told.peer).part("parameters", parameters.count("connections", told.connections));
  out.result.number("seconds", to_s(end.at - connected.at)).count("connections", told.connections);
  out.result.number("bytes_per_connection", bytes_per_connection(meters, told.connections));
  out.result.number("connect_s", to_s(connected.at - before.at));
  add_server(out.result, meters, told.connections);
  return out;
}

}  // namespace tidewire::load
