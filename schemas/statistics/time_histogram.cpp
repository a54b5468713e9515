#include "schemas/statistics/time_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidewire {

std::uint64_t time_histogram::highest_of(std::size_t place) noexcept {
  if (place == 0) return 127;
  if (place + 1 >= places) return std::numeric_limits<std::uint64_t>::max();
  const auto step = std::uint64_t{1} << ((place - 1) / 4 + 5);  // of that power of two
  return (4 + (place - 1) % 4 + 1) * step - 1;
}

time_histogram::counts time_histogram::read() const noexcept {
  counts all;
  for (std::size_t i = 0; i < places; ++i) all.total += all.at[i] = counts_[i].load(std::memory_order_relaxed);
  all.sum_ns = sum_.load(std::memory_order_relaxed);
  all.max_ns = max_.load(std::memory_order_relaxed);
  return all;
}

std::uint64_t time_histogram::total() const noexcept {
  std::uint64_t all = 0;
  for (const auto& each : counts_) all += each.load(std::memory_order_relaxed);
  return all;
}

std::uint64_t time_histogram::counts::quantile_ns(double quantile) const noexcept {
  if (total == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(total))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < places; ++i)
    if ((seen += at[i]) >= wanted) return std::min(highest_of(i), max_ns);
  return max_ns;
}

std::uint64_t time_histogram::counts::up_to(std::uint64_t ns) const noexcept {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i + 1 < places && highest_of(i) <= ns; ++i) seen += at[i];
  return seen;
}

}  // namespace tidewire
