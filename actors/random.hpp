// Random values from the kernel. A std::random_device asks the processor what it is each time it is made, which a virtual machine has to
// emulate: a tenth of what a new connection cost.
#pragma once

#include <sys/random.h>

#include <stdexcept>
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

}  // namespace tidewire
