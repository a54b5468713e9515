#include "actors/store/journal_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/supervision/log.hpp"
#include "schemas/footprint.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

constexpr std::size_t sweep_rows = 10'000;
constexpr std::size_t forget_rows = 1'000;
constexpr std::chrono::seconds reopen_interval{1};

std::size_t size_of(const storage::append& changes) {
  std::size_t bytes = 0;
  for (const auto& each : changes.publications) bytes += bytes_of(*each);
  for (const auto& each : changes.dedupe) bytes += sizeof each + each.scope.size() + each.id.size() + each.fingerprint.size();
  return bytes;
}

void trace(const std::vector<storage::append>& written) {
  if (!publish_trace::on()) return;
  for (const auto& each : written)
    publish_trace::pass(each.room, each.publications.front()->offset, each.publications.back()->offset, "write");
}

bool waits_for_disk(const journal_task& task) {
  if (const auto* append = std::get_if<append_request_ptr>(&task)) return (*append)->changes.kept == durability::fsync;
  return !std::holds_alternative<close_room>(task);
}

}  // namespace

void journal_state::run(std::vector<journal_task> tasks, time_point now) {
  now_ = now;
  for (const auto& each : tasks) carry_out(each);
  flush();
}

bool journal_state::run_at_once(std::vector<journal_task>& tasks) {
  if (std::ranges::any_of(tasks, waits_for_disk)) return false;
  for (const auto& each : std::exchange(tasks, {})) {
    if (const auto* append = std::get_if<append_request_ptr>(&each)) {
      gather(**append);
    } else {
      carry_out(each);
    }
  }
  if (waiting_.appends.empty()) return true;
  trace(waiting_.appends);
  const auto written = store_.write_at_once(waiting_.appends);
  if (written && !*written) return false;
  settle(written.map([](bool) {}));
  return true;
}

void journal_state::carry_out(const journal_task& task) {
  std::visit([this](const auto& what) { (*this)(what); }, task);
}

void journal_state::operator()(const open_room_ptr& request) {
  flush();  // what was said earlier is committed or refused before the answer
  // An earlier journal may have died behind a write that failed: what the store shows then may still be taken back.
  if (!std::exchange(asked_, true)) broken_ = broken_ || !store_.sweep(0, 0);
  if (broken_) {
    // Every room asks, again and again; the database is tried once in a while.
    if (now_ < reopen_at_) return request->reply->answer(fail(errc::storage_refused, "storage is still refusing writes"));
    if (const auto mended = store_.reopen_writes(); !mended) {
      reopen_at_ = now_ + reopen_interval;
      return request->reply->answer(fail(errc::storage_refused, mended.error().detail));
    }
    broken_ = false;
    log_of("storage").info("storage accepts writes again");
  }
  if (store_.leaving(request->room)) return request->reply->answer(fail(errc::unavailable, "what was in that room is being forgotten"));
  auto record = store_.room(request->room);
  if (!record) return request->reply->answer(fail(record.error().code, record.error().detail));
  auto& since = opened_[request->room];
  since = std::max(since, request->since);
  request->reply->answer(record->value_or(storage::room_record{}));
}

void journal_state::operator()(const append_request_ptr& request) {
  gather(*request);
  if (waiting_.bytes >= limit_.journal_batch_bytes_max) flush();
}

void journal_state::operator()(const trim_room& request) {
  if (request.unless_open && opened_.contains(request.room)) return;
  if (const auto trimmed = store_.trim(request.room, request.first); !trimmed)
    log_of("storage").warn("trim failed room={} cause=\"{}\"", request.room, trimmed.error().detail);
}

void journal_state::operator()(const close_room& request) {
  if (const auto found = opened_.find(request.room); found != opened_.end() && found->second == request.of) opened_.erase(found);
}

void journal_state::operator()(const sweep_store& request) {
  if (broken_) return;
  if (const auto swept = store_.sweep(request.now_ms, sweep_rows); !swept)
    log_of("storage").warn("sweep failed cause=\"{}\"", swept.error().detail);
}

// What is said of the room before is done before: a change that has come is seen here.
void journal_state::operator()(const forget_room& request) {
  flush();
  if (broken_) return request.reply->answer(fail(errc::storage_refused, "storage is refusing writes"));
  if (!store_.leaving(request.room)) {
    const auto record = store_.room(request.room);
    if (!record) return request.reply->answer(fail(record.error().code, record.error().detail));
    const bool unchanged = *record && (*record)->epoch == request.epoch && (*record)->top == request.top;
    if (!unchanged || opened_.contains(request.room)) return request.reply->answer(fail(errc::conflict, "the room is in use"));
  }
  request.reply->answer(store_.forget(request.room, forget_rows).map([](bool whole) { return forgotten{whole}; }));
}

void journal_state::operator()(const keep_note& request) {
  if (broken_) return;
  if (const auto kept = store_.keep_note(request.name, request.text); !kept)
    log_of("storage").warn("note not kept name={} cause=\"{}\"", request.name, kept.error().detail);
}

void journal_state::operator()(const change_dead_ptr& request) {
  request->reply->answer(std::visit([this](const auto& what) { return change(what); }, request->what));
}

result<dead_changed> journal_state::change(const keep_dead& what) {
  return store_.keep_dead(what.record, {limit_.quarantine_records_max, limit_.quarantine_bytes_max}, what.sync).map([] {
    return dead_changed{};
  });
}

result<dead_changed> journal_state::change(const discard_dead& what) {
  return store_.discard_dead(what.id).map([](bool was_there) { return dead_changed{was_there}; });
}

void journal_state::gather(append_request& request) {
  const auto found = opened_.find(request.changes.room);
  if (broken_ || found == opened_.end() || found->second != request.of) {
    if (found != opened_.end() && found->second == request.of) opened_.erase(found);  // a refusal refuses the rest of the generation
    return request.reply->answer(fail(errc::storage_refused, "the room has to open again before it may write"));
  }
  waiting_.bytes += size_of(request.changes);
  waiting_.appends.push_back(std::move(request.changes));
  waiting_.replies.push_back(std::move(request.reply));
}

void journal_state::flush() {
  if (waiting_.appends.empty()) return;
  const bool sync = std::ranges::any_of(waiting_.appends, [](const auto& each) { return each.kept == durability::fsync; });
  trace(waiting_.appends);
  settle(store_.write(waiting_.appends, sync));
}

void journal_state::settle(const result<void>& outcome) {
  const auto done = std::exchange(waiting_, {});
  if (!outcome) {
    broken_ = outcome.error().code == errc::storage_refused;  // otherwise nothing was written and the store is as it was
    log_of("storage").error("storage refused a write rooms={} cause=\"{}\"", done.appends.size(), outcome.error().detail);
    for (const auto& each : done.appends) opened_.erase(each.room);
    for (const auto& each : done.replies) each->answer(fail(errc::storage_refused, outcome.error().detail));
    return;
  }
  for (std::size_t i = 0; i < done.replies.size(); ++i) done.replies[i]->answer(committed{done.appends[i].publications.back()->offset});
}

}  // namespace tidewire
