#include "actors/operators/session_survey.hpp"

#include <algorithm>
#include <utility>

#include "actors/session/session_link.hpp"

namespace tidewire {

namespace {

std::uint64_t measure_of(const session_standing& of, session_order by) noexcept {
  switch (by) {
    case session_order::queued: return of.peer.queued_bytes;
    case session_order::missing: return of.peer.missing;
    case session_order::age: return of.age_ms;
    case session_order::subscriptions: return of.subscriptions;
  }
  return 0;
}

}  // namespace

bool comes_before(const session_standing& one, const session_standing& other, session_order by) noexcept {
  const auto of_one = measure_of(one, by);
  const auto of_other = measure_of(other, by);
  return of_one != of_other ? of_one > of_other : one.age_ms > other.age_ms;
}

session_survey::~session_survey() {
  std::ranges::sort_heap(seen_.lines, [this](const auto& one, const auto& other) { return comes_before(one.now, other.now, asked_.by); });
  reply_->answer(std::move(seen_));
}

// There may be a hundred thousand, on the clients' own threads, of which fifty are shown: the names of the others are not asked for.
void session_survey::look_at(session_link& link) {
  if (!link.is_of(asked_.user, asked_.client)) return;
  if (asked_.end) link.out()->close(close_code::force_disconnect);
  if (asked_.describe) link.describe(asked_.describe);
  const auto before = [this](const auto& one, const auto& other) { return comes_before(one.now, other.now, asked_.by); };
  const auto standing = link.standing();
  const std::scoped_lock lock(guard_);
  ++seen_.total;
  auto& best = seen_.lines;
  if (best.size() >= asked_.max) {
    if (best.empty() || !comes_before(standing, best.front().now, asked_.by)) return;
    std::ranges::pop_heap(best, before);
    best.pop_back();
  }
  best.push_back(link.line());
  std::ranges::push_heap(best, before);
}

}  // namespace tidewire
