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
constexpr std::size_t passed_max = 10'000;  // rows a tick and sweep: some fifty milliseconds of a reader

}  // namespace

void expirer_state::tick() {
  const auto now = port_.steady_ms();
  std::erase_if(pauses_, [&](const auto& each) { return each.second.probe == 0 && each.second.until_ms + pause_max_ms <= now; });
  refusals_ = first_.passed = second_.passed = 0;
  const bool may_be_long = first_.left;
  const auto seen_until_ms = std::max(first_.until_ms, second_.until_ms);
  if (!first_.under_way) begin_sweep();
  if (may_be_long && !second_.under_way) begin_second_sweep(seen_until_ms);
  go_on();
}

void expirer_state::begin_sweep() {
  const auto now = port_.steady_ms();
  const bool all = !looked_at_all_ms_ || now - *looked_at_all_ms_ >= look_at_all_ms;
  if (all) looked_at_all_ms_ = now;
  first_ = {true, port_.now_ms(), {all ? 0 : nothing_before_ms_}};
}

void expirer_state::begin_second_sweep(std::int64_t seen_until_ms) {
  second_ = {true, port_.now_ms(), {std::max<std::int64_t>(seen_until_ms - late_rows_ms, 0)}};
}

// The next page, when at least half of what may be on its way is free.
void expirer_state::go_on() {
  if (reading_ != 0 || refusals_ >= refusals_max || removing_.size() > limit_.expiry_in_flight_max / 2) return;
  auto* next = next_sweep();
  if (next == nullptr) return;
  reads_for_ = next;
  reading_ = ++last_ticket_;
  rows_asked_ = std::max<std::size_t>(limit_.expiry_in_flight_max - removing_.size(), 1);
  port_.find_due(reading_, next->at, next->until_ms, rows_asked_);
}

// They take turns.
expirer_state::sweep* expirer_state::next_sweep() {
  const auto may_go = [](const sweep& each) { return each.under_way && each.passed < passed_max; };
  auto& other = reads_for_ == &first_ ? second_ : first_;
  auto& same = reads_for_ == &first_ ? first_ : second_;
  return may_go(other) ? &other : may_go(same) ? &same : nullptr;
}

void expirer_state::on_due(ticket which, const result<std::vector<storage::due_entity>>& page) {
  if (which != reading_) return;
  reading_ = 0;
  auto& mine = *reads_for_;
  if (!page) {
    mine.under_way = false;
    return;
  }
  bool fruitful = false;
  for (const auto& row : *page) {
    mine.at = {row.expires_ms, row.room, row.key};
    const bool asked = ask(row);
    fruitful |= asked;
    mine.left |= !asked;
  }
  if (page->size() < rows_asked_) {
    end(mine);
  } else if (!fruitful) {
    mine.passed += page->size();
  }
  go_on();
}

void expirer_state::end(sweep& done) {
  done.under_way = false;
  if (&done == &first_ && !done.left) nothing_before_ms_ = std::max<std::int64_t>(done.until_ms - late_rows_ms, 0);
}

bool expirer_state::ask(const storage::due_entity& row) {
  if (paused(row.room) || !under_way_.emplace(row.room, row.key).second) return false;
  const auto which = ++last_ticket_;
  if (const auto found = pauses_.find(row.room); found != pauses_.end()) found->second.probe = which;
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
    if (const auto rest = pauses_.find(what.room); rest != pauses_.end() && rest->second.probe == which) rest->second.probe = 0;
    refused(what);
  }
  go_on();
}

bool expirer_state::paused(const std::string& room) const {
  const auto found = pauses_.find(room);
  return found != pauses_.end() && (found->second.probe != 0 || found->second.until_ms > port_.steady_ms());
}

void expirer_state::refused(const removal& what) {
  ++refusals_;
  nothing_before_ms_ = std::min(nothing_before_ms_, what.expires_ms);
  first_.left = second_.left = true;
  if (paused(what.room)) return;  // another one of the same moment
  auto& rest = pauses_[what.room];
  rest.ms = std::clamp(2 * rest.ms, pause_min_ms, pause_max_ms);
  rest.until_ms = port_.steady_ms() + rest.ms;
}

}  // namespace tidewire
