#include "tests/actors/sim/post_office.hpp"

#include <algorithm>

namespace tidewire::test {

namespace {

constexpr std::size_t haste_max = 8;

}  // namespace

address post_office::open(const std::size_t* crash_odds) {
  auto& made = boxes_[++last_];
  made.of = last_;
  made.haste = by_.between(1, haste_max);
  made.crash_odds = crash_odds;
  return last_;
}

void post_office::close(address of) {
  const auto found = boxes_.find(of);
  if (found == boxes_.end()) return;
  send(found->second, found->second.sending.size());
  auto box = boxes_.extract(found);
  auto& gone = box.mapped();
  if (sender_ == &gone) sender_ = nullptr;
  if (gone.busy) {
    busy_[gone.busy_at] = busy_.back();
    busy_[gone.busy_at]->busy_at = gone.busy_at;
    busy_.pop_back();
  }
  for (auto& each : gone.letters) each = nullptr;  // whoever waits for an answer hears of it
}

void post_office::post(address to, letter what) {
  if (shut_) return;
  sender_ ? sender_->sending.push_back({to, std::move(what)}) : put(to, std::move(what));
}

void post_office::put(address to, letter what) {
  const auto box = boxes_.find(to);
  if (shut_ || box == boxes_.end()) return;
  box->second.letters.push_back(std::move(what));
  note_busy(box->second);
}

void post_office::note_busy(mailbox& at) {
  const bool has_work = at.head < at.letters.size() || at.sent < at.sending.size();
  if (at.busy == has_work) return;
  at.busy = has_work;
  if (has_work) {
    at.busy_at = busy_.size();
    busy_.push_back(&at);
    return;
  }
  busy_[at.busy_at] = busy_.back();
  busy_[at.busy_at]->busy_at = at.busy_at;
  busy_.pop_back();
  at.letters.clear();
  at.head = 0;
}

void post_office::wake(address to, std::int64_t in_ms, letter what) {
  if (!shut_) timers_.emplace(now_ms_ + std::max<std::int64_t>(in_ms, 0), posted{to, std::move(what)});
}

void post_office::may_throw(address of) {
  if (of != running_ || steps_left_ < 0 || steps_left_-- > 0) return;
  throw injected_crash{};
}

bool post_office::step() {
  fire_timers();
  if (busy_.empty()) return false;
  auto* chosen = by_.of(busy_);
  while (by_.below(haste_max) >= chosen->haste) chosen = by_.of(busy_);
  if (chosen->sent < chosen->sending.size()) {
    send(*chosen, 1);
    note_busy(*chosen);
  } else {
    run(*chosen);
  }
  return true;
}

void post_office::send(mailbox& from, std::size_t count) {
  for (; count > 0 && from.sent < from.sending.size(); --count) {
    auto next = std::move(from.sending[from.sent++]);
    put(next.to, std::move(next.what));
  }
  if (from.sent < from.sending.size()) return;
  from.sending.clear();
  from.sent = 0;
}

void post_office::run(mailbox& at) {
  const auto who = at.of;
  auto what = std::move(at.letters[at.head++]);
  ++delivered;
  running_ = who;
  sender_ = concurrent_ ? &at : nullptr;
  bool dead = at.crash_odds != nullptr && by_.one_in(*at.crash_odds);
  if (dead && by_.one_in(2)) {  // amid its work, if it does enough for that
    steps_left_ = static_cast<int>(by_.below(4));
    dead = false;
  }
  try {
    if (!dead) what();
  } catch (const injected_crash&) {
    dead = true;
  }
  steps_left_ = -1;
  if (dead && boxes_.contains(who)) on_crash(who);
  what = nullptr;
  sender_ = nullptr;
  running_ = 0;
  const auto still = boxes_.find(who);
  if (still == boxes_.end()) return;
  if (by_.one_in(2)) send(still->second, still->second.sending.size());
  note_busy(still->second);
}

void post_office::pass(std::int64_t ms) {
  now_ms_ += ms;
  fire_timers();
}

void post_office::fire_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_ms_) {
    auto due = timers_.extract(timers_.begin());
    put(due.mapped().to, std::move(due.mapped().what));
  }
}

void post_office::shut() {
  shut_ = true;
  timers_.clear();
  const auto left = std::exchange(boxes_, {});
  busy_.clear();
}

}  // namespace tidewire::test
