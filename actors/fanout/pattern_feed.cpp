#include "actors/fanout/pattern_feed.hpp"

#include <algorithm>
#include <cassert>

#include "schemas/conflation.hpp"
#include "schemas/footprint.hpp"

namespace tidewire {

void pattern_feed::add(const std::vector<change>& news, time_point now) {
  told_ += news.size();
  if (readers_.empty()) return;
  auto position = told_ - news.size();
  for (const auto& each : news) {
    ++position;
    kept_.push_back(each);
    bytes_ += bytes_of(each);
    if (each.told->key) newest_.insert_or_assign(*each.told->key, position);
  }
  forget_unneeded(now);
}

void pattern_feed::keep(session_id who, std::uint64_t above, time_point until) { readers_.insert_or_assign(who, reader{above, until}); }

void pattern_feed::release(session_id who) {
  readers_.erase(who);
  if (!readers_.empty()) return;
  kept_.clear();
  newest_.clear();
  bytes_ = 0;
}

bool pattern_feed::unused(time_point now) {
  forget_unneeded(now);
  return readers_.empty();
}

void pattern_feed::restart() {
  ++told_;
  kept_.clear();
  newest_.clear();
  readers_.clear();
  bytes_ = 0;
}

bool pattern_feed::changed_since(const std::string& key, std::uint64_t position) const {
  assert(covers(position));
  const auto found = newest_.find(key);
  return found != newest_.end() && found->second > position;
}

std::vector<change> pattern_feed::since(std::uint64_t position) const {
  assert(covers(position));
  conflation newest;
  for (auto i = kept_.size() - (told_ - position); i < kept_.size(); ++i) newest.add(kept_[i]);
  return newest.take();
}

void pattern_feed::forget_oldest() {
  const auto& oldest = *kept_.front().told;
  const auto position = told_ - kept_.size() + 1;
  if (oldest.key) {
    const auto found = newest_.find(*oldest.key);
    if (found->second == position) newest_.erase(found);
  }
  bytes_ -= bytes_of(kept_.front());
  kept_.pop_front();
}

void pattern_feed::forget_unneeded(time_point now) {
  std::erase_if(readers_, [now](const auto& each) { return each.second.until <= now; });
  auto needed_above = told_;
  for (const auto& [who, each] : readers_) needed_above = std::min(needed_above, each.above);
  while (!kept_.empty() && (told_ - kept_.size() < needed_above || bytes_ > bytes_max_)) forget_oldest();
}

}  // namespace tidewire
