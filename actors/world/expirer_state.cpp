#include "actors/world/expirer_state.hpp"

#include <algorithm>

namespace tidewire {

namespace {

// A row comes before its time unless its commit took longer than its ttl; what came too late for this is found by a look at everything. The
// database has to step over deleted rows, so looking at everything is for once in a while.
constexpr std::int64_t late_rows_ms = 10'000;
constexpr std::int64_t look_at_all_ms = 60'000;

constexpr std::int64_t pause_min_ms = 1'000;
constexpr std::int64_t pause_max_ms = 30'000;
constexpr std::size_t refusals_max = 16;

}  // namespace

void expirer_state::tick() {
  const auto now = port_.steady_ms();
  std::erase_if(pauses_, [&](const auto& each) { return each.second.until_ms + pause_max_ms <= now; });
  refusals_ = 0;
  if (!sweeping_) begin_sweep();
  go_on();
}

void expirer_state::begin_sweep() {
  const auto now = port_.steady_ms();
  const bool all = !looked_at_all_ms_ || now - *looked_at_all_ms_ >= look_at_all_ms;
  if (all) looked_at_all_ms_ = now;
  sweeping_ = true;
  left_ = false;
  sweep_now_ms_ = port_.now_ms();
  at_ = {all ? 0 : nothing_before_ms_};
}

// The next page, when at least half of what may be on its way is free.
void expirer_state::go_on() {
  if (!sweeping_ || reading_ != 0 || refusals_ >= refusals_max || removing_.size() > limit_.expiry_in_flight_max / 2) return;
  reading_ = ++last_ticket_;
  rows_asked_ = std::max<std::size_t>(limit_.expiry_in_flight_max - removing_.size(), 1);
  port_.find_due(reading_, at_, sweep_now_ms_, rows_asked_);
}

void expirer_state::on_due(ticket which, const result<std::vector<storage::due_entity>>& page) {
  if (which != reading_) return;
  reading_ = 0;
  if (!page) {
    sweeping_ = false;
    return;
  }
  bool fruitful = false;
  for (const auto& row : *page) {
    at_ = {row.expires_ms, row.room, row.key};
    fruitful |= ask(row);
  }
  if (page->size() < rows_asked_) {
    sweeping_ = false;
    if (!left_) nothing_before_ms_ = std::max<std::int64_t>(sweep_now_ms_ - late_rows_ms, 0);
  } else if (fruitful) {
    go_on();
  }  // else the next tick goes on: the way through what nobody may ask for now is no reason to hurry
}

bool expirer_state::ask(const storage::due_entity& row) {
  if (paused(row.room) || !under_way_.emplace(row.room, row.key).second) {
    left_ = true;
    return false;
  }
  const auto which = ++last_ticket_;
  removing_.emplace(which, removal{row.room, row.key, row.expires_ms});
  operation what;
  what.key = row.key;
  what.kind = operation_kind::remove;
  what.only_if = {precondition::demand::one_of, {{row.epoch, row.version}}};
  port_.publish(which, row.room, std::move(what));
  return true;
}

void expirer_state::on_removed(ticket which, const result<published>& outcome) {
  const auto found = removing_.extract(which);
  if (found.empty()) return;
  const auto& what = found.mapped();
  under_way_.erase({what.room, what.key});
  if (outcome || outcome.error().code == errc::version_conflict) {  // it was changed meanwhile, and has another time now or none
    pauses_.erase(what.room);
    refusals_ = 0;
  } else {
    refused(what);
  }
  go_on();
}

bool expirer_state::paused(const std::string& room) const {
  const auto found = pauses_.find(room);
  return found != pauses_.end() && found->second.until_ms > port_.steady_ms();
}

void expirer_state::refused(const removal& what) {
  ++refusals_;
  nothing_before_ms_ = std::min(nothing_before_ms_, what.expires_ms);
  left_ = true;
  if (paused(what.room)) return;  // another one of the same moment
  auto& rest = pauses_[what.room];
  rest.ms = std::clamp(2 * rest.ms, pause_min_ms, pause_max_ms);
  rest.until_ms = port_.steady_ms() + rest.ms;
}

}  // namespace tidewire
