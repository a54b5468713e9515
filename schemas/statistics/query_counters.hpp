// What is asked of the database: rows read one by one, ranges walked, rows written and erased, by table; and how long commits take. Any
// thread counts, any reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/statistics/time_histogram.hpp"

namespace tidewire {

enum class query_operation : std::uint8_t { get, scan, put, erase };

struct query_counters {
  static constexpr std::array<std::string_view, 4> operation_names{"get", "scan", "put", "delete"};
  static constexpr std::size_t tables_max = 16;
  using row = std::array<std::atomic<std::uint64_t>, operation_names.size()>;

  void count(std::size_t table, query_operation what, std::uint64_t times = 1) noexcept {
    tables[table][static_cast<std::size_t>(what)].fetch_add(times, std::memory_order_relaxed);
  }

  std::array<row, tables_max> tables{};  // by the number of the table, which storage knows (table_names() in storage/store.hpp)
  time_histogram commits_synced;         // writes that waited for the disk
  time_histogram commits;                // and the others
};

}  // namespace tidewire
