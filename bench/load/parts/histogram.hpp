// How often each latency was seen, as in HdrHistogram: 128 linear steps for each power of two, so a value is known to within 1 %.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tidewire::load {

class histogram {
 public:
  void add(std::int64_t value) noexcept {
    const auto seen = value < 0 ? 0 : static_cast<std::uint64_t>(value);
    ++counts_[place(seen)];
    ++count_;
    if (seen > max_) max_ = seen;
  }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }

  // The least value that a share of `quantile` (0 to 1) does not exceed, to within 1 %; 0 when there is none.
  std::uint64_t quantile(double quantile) const noexcept;

 private:
  static constexpr unsigned step_bits = 7;
  static constexpr std::uint64_t steps = 1U << step_bits;

  // Values below 2 * steps stand for themselves; above, each power of two has `steps` places.
  static std::size_t place(std::uint64_t value) noexcept {
    if (value < 2 * steps) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
    return static_cast<std::size_t>(shift * steps + (value >> shift));
  }
  static std::uint64_t highest_of(std::size_t place) noexcept;

  std::array<std::uint64_t, (64 - step_bits + 1) * steps> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace tidewire::load
