// What actors count about themselves, for operators. Counters are atomics, read from any thread without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

// All actors of one kind ("room", "journal") together. Lives as long as the process.
struct actor_kind {
  explicit actor_kind(std::string_view its_name) : name(its_name) {}

  const std::string name;
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> ended{0};    // for whatever reason; started - ended are alive
  std::atomic<std::uint64_t> crashed{0};  // ended by an exception
  std::atomic<std::uint64_t> handled{0};  // messages
  std::atomic<std::uint64_t> refused{0};  // messages that a full mailbox did not take
  std::atomic<std::uint32_t> faults{0};   // messages still to fail (fault_switch.hpp)
};

// The record of that kind, made at its first mention.
actor_kind& actor_kind_of(std::string_view name);

// All kinds so far, by name.
std::vector<const actor_kind*> actor_kinds();

// One actor; outlives it.
struct actor_stats {
  std::atomic<std::uint64_t> enqueued{0};
  std::atomic<std::uint64_t> handled{0};  // written by the actor alone
  std::atomic<std::uint64_t> refused{0};
  std::atomic<bool> ended{false};

  // Messages in its mailbox, the one being handled included.
  std::size_t depth() const noexcept {
    if (ended.load(std::memory_order_relaxed)) return 0;
    const auto out = handled.load(std::memory_order_relaxed);
    const auto in = enqueued.load(std::memory_order_relaxed);
    return in > out ? in - out : 0;
  }
};

}  // namespace tidewire
