// Where reads found what they wanted: cache_operations_total{type, level, result}. A read asks one level after the other until one has it,
// so each level's hits and misses are the misses of the level before.
//
//   live      the entity's actor is running; the room is
//   memory    the room has it: uncommitted changes, the tail, pages kept for others
//   database  RocksDB needed no file: memtables and the block cache
//   disk      it had to read at least one block of a file, which the kernel may have had in memory
//
// Counted by whoever reads, on any thread; read by whoever shows them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidewire {

enum class cache_type : std::uint8_t { entity, stream, page, room, dedupe };
enum class cache_level : std::uint8_t { live, memory, database, disk };

struct cache_counters {
  static constexpr std::array<std::string_view, 5> type_names{"entity", "stream", "page", "room", "dedupe"};
  static constexpr std::array<std::string_view, 4> level_names{"live", "memory", "database", "disk"};

  struct cell {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
  };

  void count(cache_type type, cache_level level, bool hit) noexcept {
    auto& at = cells[static_cast<std::size_t>(type)][static_cast<std::size_t>(level)];
    (hit ? at.hits : at.misses).fetch_add(1, std::memory_order_relaxed);
  }
  const cell& at(cache_type type, cache_level level) const noexcept {
    return cells[static_cast<std::size_t>(type)][static_cast<std::size_t>(level)];
  }

  std::array<std::array<cell, level_names.size()>, type_names.size()> cells;
};

}  // namespace tidewire
