// The account of what was published and what arrived: every subscriber of a room must get each publisher's sequence in it without gaps,
// duplicates or exchanges. A lane is one publisher in one room. All times in nanoseconds of the steady clock.
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bench/load/parts/histogram.hpp"
#include "bench/load/parts/marker.hpp"

namespace tidewire::load {

struct violations {
  std::uint64_t gaps = 0;          // sequences that were skipped
  std::uint64_t duplicates = 0;    // arrived again, or in a room that is not the subscriber's, or were never published
  std::uint64_t out_of_order = 0;  // were skipped and arrived after all
  std::uint64_t missing = 0;       // never arrived; known at the end

  bool any() const noexcept { return gaps + duplicates + out_of_order + missing > 0; }
};

class deliveries {
 public:
  struct shape {
    unsigned rooms = 1;
    unsigned publishers = 1;
    unsigned subscribers = 1;            // of each room
    std::size_t outstanding_max = 1024;  // publications of one lane that are on their way; rounded up to a power of two
  };

  explicit deliveries(const shape& of);

  // Subscriber n is in room n % rooms.
  unsigned room_of(unsigned subscriber) const noexcept { return subscriber % shape_.rooms; }
  unsigned subscribers() const noexcept { return shape_.rooms * shape_.subscribers; }

  // A publication goes out, which was due at that time. REQUIRES: has_place.
  bool has_place(unsigned room, unsigned publisher) const noexcept;
  marker begin(unsigned room, unsigned publisher, std::int64_t due);

  void delivered(unsigned subscriber, const marker& what, std::int64_t now) {
    ++arrived_;
    if (what.room != room_of(subscriber) || what.publisher >= shape_.publishers) return stray();
    auto& expected = expected_[std::size_t{subscriber} * shape_.publishers + what.publisher];
    auto& of = lanes_[std::size_t{what.room} * shape_.publishers + what.publisher];
    if (what.sequence != expected && !take_unexpected(subscriber, what, of.published, expected)) return;
    if (what.sequence == expected) ++expected;
    auto& out = of.ring[what.sequence & mask_];
    if (out.due >= count_from_) count(out.due, now - out.due);
    if (--out.awaited == 0) ++completed_;
  }

  // Latencies of publications that were due earlier are not counted: until this is called, none are. With `slice`, those of each such
  // stretch are counted by themselves, too.
  void count_from(std::int64_t due, std::int64_t slice = 0) noexcept {
    count_from_ = due;
    slice_ = slice;
  }

  std::uint64_t published() const noexcept { return published_; }
  std::uint64_t completed() const noexcept { return completed_; }  // arrived at all subscribers
  std::uint64_t arrived() const noexcept { return arrived_; }
  const histogram& latency() const noexcept { return latency_; }
  const std::vector<histogram>& slices() const noexcept { return slices_; }
  violations found() const;

 private:
  struct outstanding {
    std::int64_t due = 0;
    std::uint32_t awaited = 0;
  };
  struct lane {
    std::uint64_t published = 0;
    std::vector<outstanding> ring;
  };

  void stray() noexcept { ++seen_.duplicates; }
  void count(std::int64_t due, std::int64_t latency) {
    latency_.add(latency);
    if (slice_ == 0) return;
    const auto place = static_cast<std::size_t>((due - count_from_) / slice_);
    if (place >= slices_.size()) slices_.resize(place + 1);
    slices_[place].add(latency);
  }
  // Whether it counts as a delivery; moves `expected` when it is beyond it.
  bool take_unexpected(unsigned subscriber, const marker& what, std::uint64_t published, std::uint64_t& expected) noexcept;

  shape shape_;
  std::uint64_t mask_;
  std::vector<lane> lanes_;              // by room and publisher
  std::vector<std::uint64_t> expected_;  // by subscriber and publisher
  std::unordered_map<std::uint64_t, std::unordered_set<std::uint64_t>> skipped_;
  std::uint64_t published_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t arrived_ = 0;
  std::int64_t count_from_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t slice_ = 0;
  violations seen_;
  histogram latency_;
  std::vector<histogram> slices_;
};

}  // namespace tidewire::load
