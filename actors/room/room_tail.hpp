// The newest publications of a live room, for subscribers who missed only a little. Bounded by count and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/publication.hpp"

namespace tidewire {

class room_tail {
 public:
  explicit room_tail(const limits& limit) : limit_(limit) {}

  // REQUIRES: offsets are consecutive, unless clear() came between.
  void push(publication_ptr newest);
  void clear();

  // Whether every publication above `offset` up to `top` is here.
  bool covers(std::uint64_t offset, std::uint64_t top) const noexcept;
  // Appends those above `offset`. REQUIRES: covers(offset, top).
  void copy_after(std::uint64_t offset, std::vector<publication_ptr>& out) const;

 private:
  const limits& limit_;
  std::deque<publication_ptr> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace tidewire
