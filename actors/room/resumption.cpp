#include "actors/room/resumption.hpp"

#include <algorithm>
#include <utility>

#include "schemas/limit_hits.hpp"
#include "schemas/protocol/push_size.hpp"

namespace tidewire {

void resumption::start(const resume_request& member) {
  if (exceeds<"slots_max">(flows_.size() >= room_.limit.slots_max)) return member.reply->answer(fail(errc::too_many_requests));
  if (member.after > room_.top) return member.reply->answer(fail(errc::unrecoverable));
  collect({member, member.after, {}});
}

void resumption::collect(flow at) {
  if (at.reached >= room_.top || holds_enough(at)) return finish(at);
  const bool in_tail = tail_.covers(at.reached, room_.top);
  room_.held.cache.count(cache_type::stream, cache_level::memory, in_tail);
  if (in_tail) {
    std::vector<publication_ptr> newest;
    tail_.copy_after(at.reached, newest);
    for (auto& each : newest) {
      if (holds_enough(at)) break;
      add(at, std::move(each));
    }
    return finish(at);
  }
  if (at.reached + 1 < room_.first) return at.member.reply->answer(fail(errc::unrecoverable));
  const auto which = room_.next_ticket();
  const auto after = at.reached;
  flows_.emplace(which, std::move(at));
  room_.port.read_stream(which, after, {room_.limit.page_rows_max, room_.limit.page_bytes_max});
}

bool resumption::on_stream(ticket which, result<storage::stream_page>& page) {
  auto found = flows_.extract(which);
  if (found.empty()) return false;
  auto& at = found.mapped();
  const auto before = at.reached;
  const bool usable = page && page->epoch == room_.epoch && page->first <= at.reached + 1;
  if (usable) {
    for (auto& each : page->publications) {
      if (each->offset > room_.top || holds_enough(at)) break;  // what the room has not told yet will come live
      add(at, std::move(each));
    }
  }
  if (at.reached == before) {
    at.member.reply->answer(fail(errc::unrecoverable));
  } else {
    collect(std::move(at));
  }
  return true;
}

void resumption::add(flow& at, publication_ptr told) const {
  at.reached = told->offset;
  const auto& member = at.member;
  const auto wire_bytes = protocol::push_bytes_max({member.who->dialect, *member.through, room_.name}, *told);
  at.missed.add({std::move(told), nullptr}, wire_bytes);
}

void resumption::finish(flow& at) {
  const bool whole = at.reached >= room_.top;
  room_.port.resume({room_.name, std::move(at.member), at.missed.take(), at.reached, whole});
}

std::uint64_t resumption::spared_from() const {
  auto lowest = room_.top;
  for (const auto& [which, at] : flows_) lowest = std::min(lowest, at.reached);
  return lowest;
}

void resumption::refuse_all(const failure& why) {
  for (auto& [which, at] : std::exchange(flows_, {})) at.member.reply->answer(fail(why.code, why.detail));
}

}  // namespace tidewire
