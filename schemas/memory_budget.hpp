// How one number, [memory] budget, bounds what the engine holds: the division over its parts. Pure arithmetic, in one place.
//
//   part      share   what counts
//   database  the     RocksDB's block cache, with its memtables in it
//             rest
//   live      12/64   rooms and entities in memory, with their documents
//   tails      4/64   the newest publications of live rooms
//   pages      3/64   pages of state kept for other subscribers, with their encodings
//   requests   4/64   bodies and messages that arrive, or wait for their answer; up to 16 KiB are each connection's own
//   changes    4/64   changes on their way through rooms
//   frames     4/64   frames on their way to the I/O threads, and what gathers for the next run
//   outboxes   8/64   frames that wait for their peers, counted for each of them though they share the bytes
//
// What an explicit limit leaves of a share goes to the database, so that the sum is the budget.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/limits.hpp"

namespace tidewire {

enum class memory_part : std::uint8_t { database, live, tails, pages, requests, changes, frames, outboxes };
inline constexpr std::size_t memory_parts = 8;
std::string_view name_of(memory_part part) noexcept;

struct memory_shares {
  std::array<std::size_t, memory_parts> bytes{};

  std::size_t operator[](memory_part part) const noexcept { return bytes[static_cast<std::size_t>(part)]; }
  std::size_t sum() const noexcept;
};

// The least that is taken, and the least that is chosen without being told.
inline constexpr std::size_t memory_budget_min = 33'554'432;

memory_shares divide_memory(std::size_t budget, const limits& explicit_limits) noexcept;

// The limits that are for all rooms and connections together, where the shares are less. The others stay: they are for one each.
limits within(const memory_shares& shares, limits explicit_limits) noexcept;

// So much of the database's share may be memtables; they are written out earlier then.
std::size_t memtable_bytes(const memory_shares& shares) noexcept;

// Half of what the machine has, or of what the control group allows if that is less: the other half is for connections, for the kernel's
// cache of the database's files, and for what else runs there.
std::size_t default_memory_budget(std::uint64_t machine_bytes, std::optional<std::uint64_t> allowed_bytes) noexcept;

}  // namespace tidewire
