// The one clock: nanoseconds of the steady clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidewire::load {

inline std::int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t ns_per_ms = 1'000'000;

inline std::int64_t to_ns(double seconds) noexcept { return static_cast<std::int64_t>(seconds * static_cast<double>(ns_per_s)); }
// Of the steady clock: the same for all processes.
inline std::uint64_t to_ms(std::int64_t at) noexcept { return static_cast<std::uint64_t>(at / ns_per_ms); }
inline double to_s(std::int64_t ns) noexcept { return static_cast<double>(ns) / static_cast<double>(ns_per_s); }

}  // namespace tidewire::load
