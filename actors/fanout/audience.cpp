#include "actors/fanout/audience.hpp"

#include <cassert>
#include <utility>

#include "schemas/limit_hits.hpp"

namespace tidewire {

std::size_t audience::size() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : by_thread) sum += each.size();
  return sum;
}

bool room_audience::takes(const protocol::view& through, encoding as) const {
  return find_joinable(through, as) || place_for_another() || !exceeds<"audiences_max">(audiences_.size() >= audiences_max_);
}

bool room_audience::contains(session_id session, std::uint32_t subscription) const {
  const auto found = places_.find(session);
  return found != places_.end() && found->second.subscription == subscription;
}

void room_audience::add(subscriber_ptr who, const protocol::view_ptr& through, encoding as, std::uint32_t subscription) {
  const auto index = find_or_make(through, as);
  put(std::move(who), index, subscription);
}

void room_audience::put(subscriber_ptr who, std::size_t index, std::uint32_t subscription) {
  const auto thread = who->out->home();
  assert(thread < io_threads_);
  auto& list = audiences_[index].by_thread[thread];
  const auto narrow = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  places_.insert_or_assign(who->session, place{narrow(index), narrow(thread), narrow(list.size()), subscription});
  list.add(std::move(who));
}

void room_audience::shown(std::size_t index, publication_ptr last) {
  auto& mine = audiences_[index];
  mine.last = std::move(last);
  const auto holds = [](const audience& each) { return each.held && !each.held->empty(); };
  if (holds(mine)) return;
  for (std::size_t i = 0; i < audiences_.size(); ++i) {
    const auto& other = audiences_[i];
    if (i == index || other.size() == 0 || other.last != mine.last || holds(other) || !alike(other, *mine.through, mine.as)) continue;
    return other.size() < mine.size() ? move_members(i, index) : move_members(index, i);
  }
}

void room_audience::move_members(std::size_t from, std::size_t to) {
  audiences_[from].last = nullptr;
  if (std::exchange(audiences_[from].waits_for_epoch, false)) audiences_[to].waits_for_epoch = true;
  const auto moving = std::exchange(audiences_[from].by_thread, std::vector<member_list>(io_threads_));
  for (const auto& list : moving)
    for (std::size_t i = 0; i < list.size(); ++i) put(list.at(i), to, places_.at(list[i].session).subscription);
}

subscriber_ptr room_audience::remove(session_id session) {
  const auto found = places_.find(session);
  if (found == places_.end()) return nullptr;
  const auto gone = found->second;
  places_.erase(found);
  auto& list = audiences_[gone.audience].by_thread[gone.thread];
  auto who = list.at(gone.position);
  list.remove(gone.position);
  if (gone.position < list.size()) places_.at(list[gone.position].session).position = gone.position;
  return who;
}

void room_audience::clear() {
  audiences_.clear();
  places_.clear();
}

bool room_audience::alike(const audience& each, const protocol::view& through, encoding as) {
  return each.as == as && (each.through.get() == &through || *each.through == through);
}

std::optional<std::size_t> room_audience::find_joinable(const protocol::view& through, encoding as) const {
  for (std::size_t i = 0; i < audiences_.size(); ++i)
    if (audiences_[i].joinable() && alike(audiences_[i], through, as)) return i;
  return std::nullopt;
}

// One that nobody is in.
std::optional<std::size_t> room_audience::place_for_another() const {
  for (std::size_t i = 0; i < audiences_.size(); ++i)
    if (audiences_[i].size() == 0) return i;
  return std::nullopt;
}

std::size_t room_audience::find_or_make(const protocol::view_ptr& through, encoding as) {
  if (const auto found = find_joinable(*through, as)) return *found;
  audience made{through, as, std::vector<member_list>(io_threads_), nullptr, nullptr, false};
  if (through->interval_ms > 0) made.held = std::make_unique<held_changes>(*through);
  if (const auto empty = place_for_another()) {
    audiences_[*empty] = std::move(made);
    return *empty;
  }
  audiences_.push_back(std::move(made));
  return audiences_.size() - 1;
}

}  // namespace tidewire
