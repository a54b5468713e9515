#include "actors/room/room_tail.hpp"

#include <cassert>
#include <utility>

#include "schemas/footprint.hpp"

namespace tidewire {

void room_tail::push(publication_ptr newest) {
  assert(kept_.empty() || kept_.back()->offset + 1 == newest->offset);
  bytes_ += bytes_of(*newest);
  kept_.push_back(std::move(newest));
  while (kept_.size() > limit_.tail_publications_max || (bytes_ > limit_.tail_bytes_max && kept_.size() > 1)) {
    bytes_ -= bytes_of(*kept_.front());
    kept_.pop_front();
  }
}

void room_tail::clear() {
  kept_.clear();
  bytes_ = 0;
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
