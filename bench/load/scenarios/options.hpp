// What the command line says. Each scenario uses some of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tidewire::load {

struct options {
  std::string scenario;
  std::string peer;
  std::string connect;
  int pid = 0;  // of the server; 0: it is not looked at
  std::string json;

  unsigned rooms = 1;
  unsigned subscribers = 1;  // of each room
  unsigned publishers = 1;
  unsigned in_flight = 0;
  double rate = 0;
  unsigned burst = 1;
  double seconds = 5;
  double warm_up_s = 1;
  std::size_t payload_bytes = 200;

  unsigned connections = 1;  // of idle, storm and publish
  bool subscribe = false;
  unsigned missed = 10;     // publications in each room while everyone is away
  bool snapshots = false;   // who comes back is given the state, not what was missed
  unsigned first_room = 0;  // the number of the first room
  double hold_s = 0;        // how long all are connected before they are cut off
  std::string restart;      // of storm: a command that ends the server and starts it again

  std::string how;        // of publish: http, http-batch, ws, xadd
  unsigned pipeline = 1;  // requests of one connection on their way
  unsigned keys = 0;      // entities of each room that are published to; 0: none
  unsigned slice_ms = 0;  // of fan-out: latencies of each such stretch of time, too; 0: no

  std::uint64_t entities = 0;  // of fill
  unsigned batch = 1000;       // in one request, of fill and publish
};

}  // namespace tidewire::load
