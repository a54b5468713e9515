#include "actors/room/warm_up.hpp"

#include <algorithm>
#include <utility>

#include "schemas/footprint.hpp"

namespace tidewire {

void warm_up::start(const warm_request& request) {
  waiting_.push_back(request.reply);
  go_on();
}

void warm_up::opened() {
  open_ = true;
  go_on();
}

void warm_up::go_on() {
  if (waiting_.empty() || which_ != 0 || !open_) return;
  bytes_ = 0;
  const auto newest = room_.top - std::min<std::uint64_t>(room_.top, room_.limit.tail_publications_max);
  which_ = room_.next_ticket();
  room_.port.read_stream(which_, std::max(newest, room_.first - 1), {room_.limit.tail_publications_max, room_.limit.tail_bytes_max});
}

bool warm_up::on_stream(ticket which, const result<storage::stream_page>& page) {
  if (which != which_) return false;
  if (page && page->epoch == room_.epoch) {
    // What the room has told meanwhile is in the tail already; there must be no gap between the two.
    auto older = page->publications;
    std::erase_if(older, [&](const auto& each) { return each->offset > room_.top || each->offset >= tail_.first_offset(); });
    for (const auto& each : older) bytes_ += bytes_of(*each);
    const auto follows = tail_.empty() ? room_.top + 1 : tail_.first_offset();
    if (!older.empty() && older.back()->offset + 1 == follows) tail_.push_older(older);
  }
  which_ = room_.next_ticket();
  room_.port.read_state(which_, {}, {room_.limit.page_rows_max, room_.limit.page_bytes_max});
  return true;
}

bool warm_up::on_state(ticket which, const result<storage::state_page>& page) {
  if (which != which_) return false;
  which_ = 0;
  if (page)
    for (const auto& row : page->rows) bytes_ += bytes_of(row);
  for (const auto& reply : std::exchange(waiting_, {})) reply->answer(warmed{bytes_});
  return true;
}

}  // namespace tidewire
