// The newest publications of a live room, for subscribers who missed only a little. Bounded by count and bytes, and by what the tails of
// all rooms may hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/publication.hpp"

namespace tidewire {

class room_tail {
 public:
  room_tail(const limits& limit, memory_account::part& all) : limit_(limit), charge_(all) {}

  // REQUIRES: offsets are consecutive, unless clear() came between.
  void push(publication_ptr newest);
  // Those before them, if there are any: of a room that has just come into memory. REQUIRES: consecutive, ending before the oldest kept.
  void push_older(const std::vector<publication_ptr>& older);
  void clear();
  // The older half goes; all of it if `whole`.
  void ease(bool whole);
  bool empty() const noexcept { return kept_.empty(); }
  std::size_t size() const noexcept { return kept_.size(); }
  // Of the oldest one kept; if there is none, greater than any.
  std::uint64_t first_offset() const noexcept { return kept_.empty() ? std::numeric_limits<std::uint64_t>::max() : kept_.front()->offset; }

  // Whether every publication above `offset` up to `top` is here.
  bool covers(std::uint64_t offset, std::uint64_t top) const noexcept;
  // Appends those above `offset`. REQUIRES: covers(offset, top).
  void copy_after(std::uint64_t offset, std::vector<publication_ptr>& out) const;

  std::size_t bytes() const noexcept { return charge_.bytes(); }

 private:
  void pop();

  const limits& limit_;
  memory_charge charge_;  // what they take
  std::deque<publication_ptr> kept_;
};

}  // namespace tidewire
