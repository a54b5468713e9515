// The one source of chance of a simulated history: the same seed gives the same history everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>

namespace tidewire::test {

class chance {
 public:
  explicit chance(std::uint64_t seed) : numbers_(seed) {}

  // 0 … n - 1. REQUIRES: n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(numbers_() % n); }
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  bool one_in(std::size_t n) { return n > 0 && below(n) == 0; }
  template <class Range>
  auto& of(Range& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937_64 numbers_;
};

// A promise was broken: ends the history.
struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void must(bool holds, const std::string& promise) {
  if (!holds) throw violation(promise);
}

}  // namespace tidewire::test
