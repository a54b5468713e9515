#include "bench/load/parts/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace tidewire::load {

std::uint64_t histogram::highest_of(std::size_t place) noexcept {
  if (place < 2 * steps) return place;
  const auto shift = place / steps - 1;
  return (((place - shift * steps) + 1) << shift) - 1;
}

std::uint64_t histogram::quantile(double quantile) const noexcept {
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < counts_.size(); ++at) {
    seen += counts_[at];
    if (seen >= wanted) return std::min(highest_of(at), max_);
  }
  return max_;
}

}  // namespace tidewire::load
