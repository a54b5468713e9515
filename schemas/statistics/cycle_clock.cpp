#include "schemas/statistics/cycle_clock.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tidewire {

cycle_clock::scale_of cycle_clock::measure() noexcept {
#if defined(__x86_64__)
  // Intel's manual, vol. 3, 18.17.1 "Invariant TSC": CPUID 80000007h, EDX bit 8. AMD's is the same.
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(0x80000007U, &a, &b, &c, &d) != 0 && (d & 1U << 8U) != 0) {
    constexpr std::uint64_t long_enough = 2'000'000;
    const auto from_ns = steady_now();
    const auto from = __rdtsc();
    auto to_ns = from_ns;
    while (to_ns - from_ns < long_enough) to_ns = steady_now();
    const auto steps = __rdtsc() - from;
    if (steps > 0) return {true, static_cast<double>(to_ns - from_ns) / static_cast<double>(steps)};
  }
#endif
  return {false, 1.0};
}

}  // namespace tidewire
