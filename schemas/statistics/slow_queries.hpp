// What the database took long for: the last of them, without keys and contents, for operators. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <string_view>
#include <vector>

#include "schemas/statistics/line_quota.hpp"

namespace tidewire {

struct slow_query {
  std::int64_t time_ms = 0;    // of its end
  std::string_view operation;  // "get", "scan" (a range, with what is done with its rows), "commit"; lives as long as the process
  std::string_view table;      // "*": more than one; likewise
  std::uint64_t ns = 0;
};

class slow_queries {
 public:
  static constexpr std::size_t rows_max = 64;
  static constexpr std::uint32_t lines_max = 10;  // told in each window
  static constexpr std::int64_t window_ms = 10'000;

  // `left_out`: how many were not told since the last one that was.
  using teller = std::function<void(const slow_query& what, std::uint64_t left_out)>;

  // From now on what takes so long is noted, and told within bounds. REQUIRES: nobody notes anything yet.
  void watch(std::uint64_t at_least_ns, teller tell = {});

  bool is_slow(std::uint64_t ns) const noexcept { return ns >= at_least_ns_.load(std::memory_order_relaxed); }
  void note(const slow_query& what);

  std::vector<slow_query> newest() const;  // first
  std::uint64_t total() const noexcept { return total_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> at_least_ns_{std::numeric_limits<std::uint64_t>::max()};
  std::atomic<std::uint64_t> total_{0};
  teller tell_;
  line_quota quota_{lines_max, window_ms};
  mutable std::mutex mutex_;
  std::array<slow_query, rows_max> rows_{};
  std::uint64_t kept_ = 0;  // of all times
};

// Those of the database of this process.
slow_queries& slow_queries_here();

}  // namespace tidewire
