// Whether something grows and does not stop, by figures that are looked at from time to time.
//
//   value
//     │            ▁▃▅▇   each window of time gives its least value, so peaks do not count
//     │      ▁▃▅▇▇▇       a component that grew in so many windows, beyond its baseline by more than both bounds, is suspected
//     │▁▃▅▇▇▇             a window without growth is forgiven; as many of them in a row, or a fall by half of what it grew, begin anew
//     └────────── windows
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/observation_options.hpp"

namespace tidewire {

struct leak_reading {
  std::string component;
  std::uint64_t value = 0;
  std::uint64_t growth_min = 0;  // what is no more than that above the baseline is no leak
};

struct leak_standing {
  std::string component;
  std::uint64_t now = 0;       // of the newest reading
  std::uint64_t baseline = 0;  // the least value of the window since which it grows
  std::uint64_t peak = 0;      // the greatest of those of the windows since then
  std::uint32_t grown = 0;     // windows in which it grew
  bool suspected = false;
};

// No thread of its own, no clock: time comes with the readings.
class leak_watch {
 public:
  explicit leak_watch(leak_options options) : options_(options) {}

  // The same components each time. What changed: those that are suspected from now on, or no longer.
  std::vector<leak_standing> read(std::int64_t now_ms, const std::vector<leak_reading>& readings);

  std::vector<leak_standing> standings() const;

 private:
  struct component {
    leak_standing stands;
    std::uint64_t growth_min = 0;
    std::uint64_t least = 0;  // of the window under way
    std::uint32_t level = 0;  // windows in a row without growth
    bool read = false;        // in the window under way
    bool based = false;
  };

  void end_window(component& of) const;
  void begin_anew(component& of, std::uint64_t at) const;
  bool is_suspect(const component& of) const;

  const leak_options options_;
  std::vector<component> all_;
  std::int64_t begun_ms_ = -1;
};

}  // namespace tidewire
