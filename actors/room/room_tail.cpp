#include "actors/room/room_tail.hpp"

#include <cassert>
#include <utility>

#include "schemas/footprint.hpp"

namespace tidewire {

void room_tail::push(publication_ptr newest) {
  assert(kept_.empty() || kept_.back()->offset + 1 == newest->offset);
  charge_.add(bytes_of(*newest));
  kept_.push_back(std::move(newest));
  while (kept_.size() > limit_.tail_publications_max || (charge_.bytes() > limit_.tail_bytes_max && kept_.size() > 1)) pop();
  for (int i = 0; i < 2 && charge_.full() && kept_.size() > 1; ++i) pop();  // one more than came
}

void room_tail::push_older(const std::vector<publication_ptr>& older) {
  for (auto each = older.rbegin(); each != older.rend(); ++each) {
    assert(kept_.empty() || kept_.front()->offset == (*each)->offset + 1);
    const auto bytes = bytes_of(**each);
    if (kept_.size() >= limit_.tail_publications_max || charge_.bytes() + bytes > limit_.tail_bytes_max || !charge_.eased()) return;
    charge_.add(bytes);
    kept_.push_front(*each);
  }
}

void room_tail::pop() {
  charge_.subtract(bytes_of(*kept_.front()));
  kept_.pop_front();
}

void room_tail::ease(bool whole) {
  for (auto left = whole ? 0 : kept_.size() / 2; kept_.size() > left;) pop();
  if (kept_.empty()) clear();
}

void room_tail::clear() {
  kept_ = std::deque<publication_ptr>();
  charge_.become(0);
}

bool room_tail::covers(std::uint64_t offset, std::uint64_t top) const noexcept {
  if (offset >= top) return true;
  return !kept_.empty() && kept_.front()->offset <= offset + 1;
}

void room_tail::copy_after(std::uint64_t offset, std::vector<publication_ptr>& out) const {
  if (kept_.empty() || kept_.back()->offset <= offset) return;
  const auto skip = offset + 1 > kept_.front()->offset ? offset + 1 - kept_.front()->offset : 0;
  out.insert(out.end(), kept_.begin() + static_cast<std::ptrdiff_t>(skip), kept_.end());
}

}  // namespace tidewire
