// Who has most of something, without a list of all: the Space-Saving summary of Metwally, Agrawal, El Abbadi, "Efficient computation of
// frequent and top-k elements in data streams", ICDT 2005. Whoever has more than 1/places of all that was noted is in it; an amount is too
// large by at most `error`.
//
// It is of the present: what was noted before the last two windows is forgotten. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

class heavy_hitters {
 public:
  struct entry {
    std::string name;
    std::uint64_t amount = 0;
    std::uint64_t error = 0;
  };
  struct summary {
    std::vector<entry> entries;  // most first
    std::uint64_t total = 0;     // of all that was noted, theirs and the others'
    std::int64_t over_ms = 0;    // the time that this is of
  };

  explicit heavy_hitters(std::size_t places = 64, std::int64_t window_ms = 10'000) : places_(places), window_ms_(window_ms) {}

  // Costs a lock and a look at every place: add up some before.
  void note(std::string_view name, std::uint64_t amount, std::int64_t steady_ms);

  // Of this window and the one before.
  summary read(std::size_t max, std::int64_t steady_ms) const;

 private:
  struct window {
    std::vector<entry> entries;
    std::uint64_t total = 0;
    std::int64_t begin_ms = 0;
  };
  void turn(std::int64_t steady_ms) const;

  const std::size_t places_;
  const std::int64_t window_ms_;
  mutable std::mutex guard_;
  mutable window now_;
  mutable window before_;
};

}  // namespace tidewire
