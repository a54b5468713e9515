#include "actors/fanout/audience.hpp"

#include <cassert>
#include <utility>

namespace tidewire {

std::size_t audience::size() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : by_thread) sum += each.size();
  return sum;
}

namespace {

bool chains(const protocol::view& through) { return through.delta && through.type == protocol::subscription_type::stream; }

}  // namespace

bool room_audience::takes(const protocol::view& through, encoding as) const {
  return find(through, as, chains(through)) || place_for_another() || audiences_.size() < audiences_max_;
}

bool room_audience::contains(session_id session, std::uint32_t subscription) const {
  const auto found = places_.find(session);
  return found != places_.end() && found->second.subscription == subscription;
}

void room_audience::add(subscriber_ptr who, const protocol::view_ptr& through, std::uint32_t subscription) {
  const auto index = find_or_make(through, encoding_of(*who), chains(*through));
  put(std::move(who), index, subscription);
}

void room_audience::put(subscriber_ptr who, std::size_t index, std::uint32_t subscription) {
  const auto thread = who->out->home();
  assert(thread < io_threads_);
  auto& list = audiences_[index].by_thread[thread];
  places_.insert_or_assign(who->session, place{index, thread, list.size(), subscription});
  list.add(std::move(who));
}

void room_audience::shown(std::size_t index, publication_ptr last) {
  if (!audiences_[index].fresh) {
    audiences_[index].last = std::move(last);
    return;
  }
  const auto through = audiences_[index].through;
  const auto others = find_or_make(through, audiences_[index].as, false);
  audiences_[others].last = std::move(last);
  const auto moving = std::exchange(audiences_[index].by_thread, std::vector<member_list>(io_threads_));
  for (const auto& list : moving)
    for (std::size_t i = 0; i < list.size(); ++i) put(list.at(i), others, places_.at(list[i].session).subscription);
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

std::optional<std::size_t> room_audience::find(const protocol::view& through, encoding as, bool fresh) const {
  for (std::size_t i = 0; i < audiences_.size(); ++i) {
    const auto& each = audiences_[i];
    if (each.as == as && each.fresh == fresh && (each.through.get() == &through || *each.through == through)) return i;
  }
  return std::nullopt;
}

// One that nobody is in.
std::optional<std::size_t> room_audience::place_for_another() const {
  for (std::size_t i = 0; i < audiences_.size(); ++i)
    if (audiences_[i].size() == 0) return i;
  return std::nullopt;
}

std::size_t room_audience::find_or_make(const protocol::view_ptr& through, encoding as, bool fresh) {
  if (const auto found = find(*through, as, fresh)) return *found;
  audience made{through, as, fresh, std::vector<member_list>(io_threads_), nullptr};
  if (const auto empty = place_for_another()) {
    audiences_[*empty] = std::move(made);
    return *empty;
  }
  audiences_.push_back(std::move(made));
  return audiences_.size() - 1;
}

}  // namespace tidewire
