#include "bench/load/parts/deliveries.hpp"

#include <bit>
#include <cassert>

namespace tidewire::load {

deliveries::deliveries(const shape& of)
    : shape_(of),
      mask_(std::bit_ceil(of.outstanding_max) - 1),
      lanes_(std::size_t{of.rooms} * of.publishers),
      expected_(std::size_t{of.rooms} * of.subscribers * of.publishers) {
  for (auto& each : lanes_) each.ring.resize(mask_ + 1);
}

bool deliveries::has_place(unsigned room, unsigned publisher) const noexcept {
  const auto& of = lanes_[std::size_t{room} * shape_.publishers + publisher];
  return of.ring[of.published & mask_].awaited == 0;
}

marker deliveries::begin(unsigned room, unsigned publisher, std::int64_t due) {
  assert(has_place(room, publisher));
  auto& of = lanes_[std::size_t{room} * shape_.publishers + publisher];
  const auto sequence = of.published++;
  of.ring[sequence & mask_] = {due, shape_.subscribers};
  ++published_;
  return {publisher, room, sequence};
}

bool deliveries::take_unexpected(unsigned subscriber, const marker& what, std::uint64_t published, std::uint64_t& expected) noexcept {
  auto& skipped = skipped_[std::uint64_t{subscriber} * shape_.publishers + what.publisher];
  if (what.sequence >= published) {
    stray();
    return false;
  }
  if (what.sequence < expected) {
    const auto late = skipped.erase(what.sequence) > 0;
    ++(late ? seen_.out_of_order : seen_.duplicates);
    return late;
  }
  for (; expected < what.sequence; ++expected, ++seen_.gaps) skipped.insert(expected);
  return true;
}

violations deliveries::found() const {
  auto all = seen_;
  for (unsigned subscriber = 0; subscriber < subscribers(); ++subscriber)
    for (unsigned publisher = 0; publisher < shape_.publishers; ++publisher) {
      const auto& of = lanes_[std::size_t{room_of(subscriber)} * shape_.publishers + publisher];
      all.missing += of.published - expected_[std::size_t{subscriber} * shape_.publishers + publisher];
    }
  for (const auto& [where, skipped] : skipped_) all.missing += skipped.size();
  return all;
}

}  // namespace tidewire::load
