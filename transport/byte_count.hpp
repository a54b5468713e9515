// A sum that one thread changes and any thread may read: no more than an ordinary number to the one.
#pragma once

#include <atomic>
#include <cstddef>

namespace tidewire::transport {

class byte_count {
 public:
  operator std::size_t() const noexcept { return now_.load(std::memory_order_relaxed); }  // NOLINT(google-explicit-constructor)
  byte_count& operator+=(std::size_t more) noexcept { return become(*this + more); }
  byte_count& operator-=(std::size_t less) noexcept { return become(*this - less); }

 private:
  byte_count& become(std::size_t bytes) noexcept {
    now_.store(bytes, std::memory_order_relaxed);
    return *this;
  }
  std::atomic<std::size_t> now_{0};
};

}  // namespace tidewire::transport
