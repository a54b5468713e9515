// What the engine holds, part by part, against the shares of its budget (memory_budget.hpp). Whoever holds something debits its part and
// credits it in the end; anybody may look. Relaxed atomics: the sums are true once nobody is between two lines.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <limits>
#include <utility>

#include "schemas/cache_counters.hpp"
#include "schemas/memory_budget.hpp"

namespace tidewire {

class memory_account {
 public:
  struct alignas(64) part {
    std::atomic<std::size_t> used{0};
    std::size_t limit = std::numeric_limits<std::size_t>::max();

    std::size_t now() const noexcept { return used.load(std::memory_order_relaxed); }
    bool full() const noexcept { return now() > limit; }
    // After pressure, so much is let go that it does not come back at once.
    bool eased() const noexcept { return now() <= limit - limit / 8; }
  };

  // Without limits.
  memory_account() = default;
  explicit memory_account(const memory_shares& shares) {
    for (std::size_t i = 0; i < memory_parts; ++i) parts_[i].limit = shares.bytes[i];
  }

  part& operator[](memory_part which) noexcept { return parts_[static_cast<std::size_t>(which)]; }
  const part& operator[](memory_part which) const noexcept { return parts_[static_cast<std::size_t>(which)]; }

  // Whether rooms are to let go of what they have not used longest: of what they hold for the next time.
  bool presses() const noexcept {
    return std::ranges::any_of(kept_for_next_time, [this](memory_part each) { return (*this)[each].full(); });
  }
  bool eased() const noexcept {
    return std::ranges::all_of(kept_for_next_time, [this](memory_part each) { return (*this)[each].eased(); });
  }

  // True for the one who has to pass it on: then nobody else does until heard().
  bool ask_for_relief() noexcept { return !asked_.exchange(true, std::memory_order_relaxed); }
  void heard() noexcept { asked_.store(false, std::memory_order_relaxed); }

  cache_counters cache;

 private:
  static constexpr std::array kept_for_next_time{memory_part::live, memory_part::tails, memory_part::pages};

  std::array<part, memory_parts> parts_;
  std::atomic<bool> asked_{false};
};

// What one holder has of a part; credited when it goes, however that happens. Used by one thread at a time.
class memory_charge {
 public:
  explicit memory_charge(memory_account::part& of) noexcept : of_(of) {}
  memory_charge(const memory_charge&) = delete;
  memory_charge& operator=(const memory_charge&) = delete;
  ~memory_charge() { become(0); }

  std::size_t bytes() const noexcept { return bytes_; }
  void add(std::size_t bytes) noexcept { become(bytes_ + bytes); }
  void subtract(std::size_t bytes) noexcept { become(bytes_ - bytes); }
  void become(std::size_t bytes) noexcept {
    if (bytes != bytes_) of_.used.fetch_add(bytes - std::exchange(bytes_, bytes), std::memory_order_relaxed);
  }
  bool full() const noexcept { return of_.full(); }
  bool eased() const noexcept { return of_.eased(); }

 private:
  memory_account::part& of_;
  std::size_t bytes_ = 0;
};

}  // namespace tidewire
