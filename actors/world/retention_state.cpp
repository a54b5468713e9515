#include "actors/world/retention_state.hpp"

#include <algorithm>

namespace tidewire {

namespace {

constexpr std::size_t rooms_a_page = 128;  // some two milliseconds of a reader
constexpr std::int64_t pause_min_ms = 1'000;
constexpr std::int64_t pause_max_ms = 60'000;

bool older(std::int64_t time_ms, std::int64_t now_ms, std::uint64_t ttl_s) {
  return time_ms > 0 && ttl_s > 0 && time_ms <= now_ms - static_cast<std::int64_t>(ttl_s) * 1000;
}

}  // namespace

// Four passes in the shortest time that anything is kept for.
retention_state::retention_state(const server_options& options, retention_port& port) : options_(options), port_(port) {
  for (const auto& each : options.namespaces) {
    for (const auto ttl_s : {each.room_ttl_s, each.history_ttl_s}) {
      if (ttl_s == 0) continue;
      const auto wish = std::clamp(static_cast<std::int64_t>(std::min<std::uint64_t>(ttl_s, 1'000)) * 250, pause_min_ms, pause_max_ms);
      pause_ms_ = pause_ms_ == 0 ? wish : std::min(pause_ms_, wish);
    }
  }
}

void retention_state::tick() {
  if (pause_ms_ == 0 || asked_ != 0 || !jobs_.empty()) return;
  const auto now = port_.steady_ms();
  if (!passing_ && begun_ms_ && now - *begun_ms_ < pause_ms_) return;
  if (!passing_) {
    begun_ms_ = now;
    begin_pass();
    if (!jobs_.empty()) return next_job();
  }
  asked_ = ++last_ticket_;
  port_.load_ages(asked_, at_, rooms_a_page);
}

void retention_state::begin_pass() {
  passing_ = true;
  at_.clear();
  for (auto& room : port_.half_forgotten()) jobs_.push_back({std::move(room), {}, 0, std::nullopt, true});
}

void retention_state::on_ages(ticket which, const result<std::vector<storage::room_age>>& page) {
  if (!answers(which)) return;
  if (!page || page->size() < rooms_a_page) passing_ = false;
  if (!page) return;
  for (const auto& age : *page) look_at(age);
  if (!page->empty()) at_ = page->back().name;
  next_job();
}

void retention_state::look_at(const storage::room_age& age) {
  const auto& kept = options_of(options_, age.name);
  const auto now = port_.now_ms();
  if (older(age.newest_ms, now, kept.room_ttl_s)) {
    jobs_.push_back({age.name, age.record.epoch, age.record.top, std::nullopt});
  } else if (older(age.oldest_ms, now, kept.history_ttl_s)) {
    jobs_.push_back({age.name, {}, 0, now - static_cast<std::int64_t>(kept.history_ttl_s) * 1000});
  }
}

void retention_state::next_job() {
  if (jobs_.empty()) return;
  const auto& what = jobs_.front();
  if (what.half_forgotten) return forget(what);
  asked_ = ++last_ticket_;
  what.older_than_ms ? port_.find_first_after(asked_, what.room, *what.older_than_ms) : port_.ask_audience(asked_, what.room);
}

void retention_state::on_first_after(ticket which, const result<std::uint64_t>& first) {
  if (!answers(which)) return;
  if (first) port_.trim(jobs_.front().room, *first);
  jobs_.pop_front();
  next_job();
}

// Who subscribes from now on opens the room before.
void retention_state::on_audience(ticket which, const result<bool>& somebody) {
  if (!answers(which)) return;
  if (somebody && !*somebody) return forget(jobs_.front());
  jobs_.pop_front();
  next_job();
}

void retention_state::forget(const job& what) {
  asked_ = ++last_ticket_;
  port_.forget(asked_, what.room, what.epoch, what.top);
}

// One that is in use stays; whatever else went wrong, the next pass tries again.
void retention_state::on_forgotten(ticket which, const result<forgotten>& done) {
  if (!answers(which)) return;
  if (done && !done->whole) return forget(jobs_.front());
  jobs_.pop_front();
  next_job();
}

bool retention_state::answers(ticket which) {
  if (which != asked_) return false;
  asked_ = 0;
  return true;
}

}  // namespace tidewire
