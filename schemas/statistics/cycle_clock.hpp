// A clock for durations that costs a third of the steady clock: the processor's time stamp counter where it runs evenly, else that clock.
// To within 0.1 %. Threads may disagree by some ten nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace tidewire {

class cycle_clock {
 public:
  static std::uint64_t now() noexcept {
#if defined(__x86_64__)
    if (scale().even) return __rdtsc();
#endif
    return steady_now();
  }

  // Nanoseconds of a difference of two of them; 0 if it is negative.
  static std::uint64_t ns(std::uint64_t from, std::uint64_t to) noexcept {
    return to <= from ? 0 : static_cast<std::uint64_t>(static_cast<double>(to - from) * scale().ns);
  }

 private:
  struct scale_of {
    bool even;  // the counter runs evenly
    double ns;  // of one step
  };
  static const scale_of& scale() noexcept {
    static const scale_of instance = measure();  // 2 ms, the first time
    return instance;
  }
  static scale_of measure() noexcept;
  static std::uint64_t steady_now() noexcept {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
  }
};

}  // namespace tidewire
