#include "actors/fanout/audience.hpp"

#include <cassert>
#include <utility>

namespace tidewire {

std::size_t audience::size() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : by_thread) sum += each.size();
  return sum;
}

void room_audience::add(subscriber_ptr who, protocol::subscription_type type) {
  const auto index = find_or_make(type, who->dialect);
  const auto thread = who->out->home();
  assert(thread < io_threads_);
  auto& list = audiences_[index].by_thread[thread];
  const auto added = places_.emplace(who->session, place{index, thread, list.size()}).second;
  assert(added);
  static_cast<void>(added);
  list.add(std::move(who));
}

bool room_audience::remove(session_id session) {
  const auto found = places_.find(session);
  if (found == places_.end()) return false;
  const auto gone = found->second;
  places_.erase(found);
  auto& list = audiences_[gone.audience].by_thread[gone.thread];
  list.remove(gone.position);
  if (gone.position < list.size()) places_.at(list[gone.position].session).position = gone.position;
  return true;
}

std::size_t room_audience::remove_closed() {
  std::vector<session_id> closed;
  for_each([&](const subscriber& who) {
    if (who.out->closed()) closed.push_back(who.session);
  });
  for (const auto each : closed) remove(each);
  return closed.size();
}

void room_audience::clear() {
  audiences_.clear();
  places_.clear();
}

std::size_t room_audience::find_or_make(protocol::subscription_type type, protocol::dialect dialect) {
  for (std::size_t i = 0; i < audiences_.size(); ++i) {
    if (audiences_[i].type == type && audiences_[i].dialect == dialect) return i;
  }
  audiences_.push_back({type, dialect, std::vector<member_list>(io_threads_)});
  return audiences_.size() - 1;
}

}  // namespace tidewire
