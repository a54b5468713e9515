// What happened in histories: whether they test anything.
#pragma once

#include <cstdint>

namespace tidewire::test {

struct sim_counts {
  std::uint64_t letters = 0;
  std::uint64_t requests = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t unknown = 0;  // outcome
  std::uint64_t connections = 0;
  std::uint64_t pushes = 0;
  std::uint64_t live = 0;            // subscriptions that became so
  std::uint64_t recovered = 0;       // of these, who came back with a position
  std::uint64_t snapshots = 0;       // maps
  std::uint64_t patterns = 0;        // subscriptions to many rooms
  std::uint64_t resets = 0;          // positions that were too old
  std::uint64_t ended = 0;           // subscriptions, by the server
  std::uint64_t slow = 0;            // connections closed as slow
  std::uint64_t resynchronised = 0;  // slow subscriptions that had to come again
  std::uint64_t resumed = 0;         // those that were told what they missed
  std::uint64_t conflated = 0;       // changes that a slow one was never told, for a newer one of their key was
  std::uint64_t expired = 0;         // keys
  std::uint64_t deltas = 0;
  std::uint64_t deaths = 0;  // of actors
  std::uint64_t kills = 0;   // of processes

  void add(const sim_counts& one) {
    letters += one.letters;
    requests += one.requests;
    acknowledged += one.acknowledged;
    refused += one.refused;
    unknown += one.unknown;
    connections += one.connections;
    pushes += one.pushes;
    live += one.live;
    recovered += one.recovered;
    snapshots += one.snapshots;
    patterns += one.patterns;
    resets += one.resets;
    ended += one.ended;
    slow += one.slow;
    resynchronised += one.resynchronised;
    conflated += one.conflated;
    resumed += one.resumed;
    expired += one.expired;
    deltas += one.deltas;
    deaths += one.deaths;
    kills += one.kills;
  }
};

}  // namespace tidewire::test
