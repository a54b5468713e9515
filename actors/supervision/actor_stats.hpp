// What actors count about themselves, for operators. Counters are atomics, read from any thread without a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/statistics/heavy_hitters.hpp"
#include "schemas/statistics/time_histogram.hpp"

namespace tidewire {

// All actors of one kind ("room", "journal") together. Lives as long as the process.
struct actor_kind {
  explicit actor_kind(std::string_view its_name) : name(its_name) {}

  const std::string name;
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> ended{0};    // for whatever reason
  std::atomic<std::uint64_t> crashed{0};  // ended by an exception
  std::atomic<std::uint64_t> handled{0};  // messages
  std::atomic<std::uint64_t> refused{0};  // messages that a full mailbox did not take
  std::atomic<std::uint32_t> faults{0};   // messages still to fail (fault_switch.hpp)
  time_histogram times;                   // of handlers, while actor_timing::on

  std::uint64_t alive() const noexcept {
    const auto out = ended.load(std::memory_order_relaxed);  // first: it does not overtake the other then
    const auto in = started.load(std::memory_order_relaxed);
    return in > out ? in - out : 0;
  }
};

// The record of that kind, made at its first mention.
actor_kind& actor_kind_of(std::string_view name);

// All kinds so far, by name.
std::vector<const actor_kind*> actor_kinds();

// Restarts of the children of all supervisors of that name, made at its first mention; and all of them, by name.
std::atomic<std::uint64_t>& actor_restarts_of(std::string_view supervisor);
std::vector<std::pair<std::string_view, std::uint64_t>> actor_restarts();

// What takes time is measured.
struct actor_timing {
  static constexpr std::uint64_t hot_ns = 1'000'000;              // an actor tells of itself when it has worked so long
  static inline std::atomic<bool> on{true};                       // clocks are read: some 50 ns for each message
  static inline std::atomic<std::uint64_t> slow_ns{100'000'000};  // a handler that takes longer is in the log
};

// Time in handlers, by the names of actors.
heavy_hitters& hot_actors();

}  // namespace tidewire
