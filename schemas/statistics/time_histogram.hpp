// How often each duration was seen, in nanoseconds: four steps for each power of two from 128 ns to half a minute, so a duration is known
// to within a fifth. Any thread adds, without a lock; whoever reads gets counts that may be a moment apart.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tidewire {

class time_histogram {
 public:
  static constexpr std::size_t places = 1 + 4 * 28;

  struct counts {
    std::array<std::uint64_t, places> at{};
    std::uint64_t total = 0;
    std::uint64_t sum_ns = 0;
    std::uint64_t max_ns = 0;

    // A duration that a share of `quantile` (0 to 1) does not exceed; 0 when there is none.
    std::uint64_t quantile_ns(double quantile) const noexcept;
    // Those that are surely not longer. For the bounds of a Prometheus histogram.
    std::uint64_t up_to(std::uint64_t ns) const noexcept;
    std::uint64_t mean_ns() const noexcept { return total == 0 ? 0 : sum_ns / total; }
  };

  void add(std::uint64_t ns) noexcept {
    counts_[place(ns)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(ns, std::memory_order_relaxed);
    auto longest = max_.load(std::memory_order_relaxed);
    while (ns > longest && !max_.compare_exchange_weak(longest, ns, std::memory_order_relaxed)) {}
  }

  counts read() const noexcept;
  std::uint64_t total() const noexcept;

  // The longest duration that is counted there; the last place has no end.
  static std::uint64_t highest_of(std::size_t place) noexcept;

 private:
  static std::size_t place(std::uint64_t ns) noexcept {
    if (ns < 128) return 0;
    const auto width = static_cast<std::size_t>(std::bit_width(ns));  // 8 or more
    const auto at = 1 + (width - 8) * 4 + (ns >> (width - 3) & 3U);
    return at < places ? at : places - 1;
  }

  std::array<std::atomic<std::uint64_t>, places> counts_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> max_{0};
};

}  // namespace tidewire
