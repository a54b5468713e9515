// How long the last thousands of durations of one owner were, in 48 bytes: counts by powers of two from 256 ns on, which are halved when
// one of them is full, so older durations fade. One thread adds, any thread reads.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tidewire {

class recent_times {
 public:
  void add(std::uint64_t ns) noexcept {
    const auto width = static_cast<std::size_t>(std::bit_width(ns >> 8U));
    auto& at = counts_[std::min(width, places - 1)];
    if (at.load(std::memory_order_relaxed) == std::numeric_limits<std::uint16_t>::max()) fade();
    at.store(static_cast<std::uint16_t>(at.load(std::memory_order_relaxed) + 1), std::memory_order_relaxed);
  }

  // A duration that a share of `quantile` (0 to 1) does not exceed, at most twice too long; 0 when there is none.
  std::uint64_t quantile_ns(double quantile) const noexcept {
    std::uint64_t total = 0;
    for (const auto& each : counts_) total += each.load(std::memory_order_relaxed);
    if (total == 0) return 0;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < places; ++i) {
      seen += counts_[i].load(std::memory_order_relaxed);
      if (static_cast<double>(seen) >= quantile * static_cast<double>(total)) return std::uint64_t{256} << i;
    }
    return std::uint64_t{256} << (places - 1);
  }

 private:
  static constexpr std::size_t places = 24;  // the last one from a second on

  void fade() noexcept {
    for (auto& each : counts_) each.store(each.load(std::memory_order_relaxed) / 2, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint16_t>, places> counts_{};
};

}  // namespace tidewire
