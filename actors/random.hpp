// Random values from the kernel. A std::random_device asks the processor what it is each time it is made, which a virtual machine has to
// emulate: a tenth of what a new connection cost.
#pragma once

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tidewire {

// REQUIRES: T is plain data of at most 256 bytes, which are then given whole (getrandom(2)).
template <class T>
T random_value() {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 256);
  T value;
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
    throw std::runtime_error("the kernel gives no random numbers");
  return value;
}

// A random UUID, version 4 (RFC 9562 §5.4).
inline std::string make_uuid() {
  static constexpr char digits[] = "0123456789abcdef";
  const auto octets = random_value<std::array<std::uint8_t, 36>>();
  std::string uuid(36, '-');
  for (std::size_t i = 0; i < uuid.size(); ++i)
    if (i != 8 && i != 13 && i != 18 && i != 23) uuid[i] = digits[octets[i] & 0xFU];
  uuid[14] = '4';
  uuid[19] = digits[8 + (octets[19] & 0x3U)];
  return uuid;
}

// A UUID of that time, version 7 (RFC 9562 §5.7): greater than those of earlier milliseconds.
inline std::string make_timed_uuid(std::int64_t unix_ms) {
  static constexpr char digits[] = "0123456789abcdef";
  auto uuid = make_uuid();
  auto rest = static_cast<std::uint64_t>(unix_ms);
  for (const std::size_t i : {12U, 11U, 10U, 9U, 7U, 6U, 5U, 4U, 3U, 2U, 1U, 0U}) {
    uuid[i] = digits[rest & 0xFU];
    rest >>= 4;
  }
  uuid[14] = '7';
  return uuid;
}

}  // namespace tidewire
