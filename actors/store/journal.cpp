#include "actors/store/journal.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tidewire {

namespace {

constexpr std::chrono::seconds sweep_interval{1};
constexpr std::size_t sweep_rows = 10'000;
constexpr std::chrono::seconds reopen_interval{1};

std::size_t size_of(const storage::append& changes) {
  std::size_t bytes = 0;
  for (const auto& each : changes.publications) bytes += each->data.size() + sizeof(publication);
  return bytes;
}

}  // namespace

journal::journal(caf::actor_config& config, storage::store& store, const limits& limit)
    : actor_base(config, {.kind = "journal"}), store_(store), limit_(limit) {}

journal::behavior_type journal::make_behavior() {
  delayed_send(this, sweep_interval, tick_atom::value);
  return {
      [this](const open_room_ptr& request) { open(*request); },
      [this](const append_request_ptr& request) { append(request); },
      [this](const trim_room& request) {
        if (const auto trimmed = store_.trim(request.room, request.first); !trimmed)
          spdlog::warn("trim failed room={} cause=\"{}\"", request.room, trimmed.error().detail);
      },
      [this](const close_room& request) {
        if (const auto found = opened_.find(request.room); found != opened_.end() && found->second == request.of) opened_.erase(found);
      },
      [this](flush_atom) {
        flush_on_its_way_ = false;
        flush();
      },
      [this](tick_atom) { sweep(); },
  };
}

void journal::drop_state() { waiting_.clear(); }

void journal::open(const open_room& request) {
  flush();  // what was said earlier is committed or refused before the answer
  if (broken_) {
    // Every room asks, again and again; the database is tried once in a while.
    if (clock().now() < reopen_at_) return request.reply->answer(fail(errc::storage_refused, "storage is still refusing writes"));
    if (const auto mended = store_.reopen_writes(); !mended) {
      reopen_at_ = clock().now() + reopen_interval;
      return request.reply->answer(fail(errc::storage_refused, mended.error().detail));
    }
    broken_ = false;
    spdlog::info("storage accepts writes again");
  }
  auto record = store_.room(request.room);
  if (!record) return request.reply->answer(fail(record.error().code, record.error().detail));
  auto& since = opened_[request.room];
  since = std::max(since, request.since);
  request.reply->answer(record->value_or(storage::room_record{}));
}

void journal::append(const append_request_ptr& request) {
  const auto found = opened_.find(request->changes.room);
  if (broken_ || found == opened_.end() || found->second != request->of) {
    if (found != opened_.end() && found->second == request->of) opened_.erase(found);  // a refusal refuses the rest of the generation
    return request->reply->answer(fail(errc::storage_refused, "the room has to open again before it may write"));
  }
  waiting_.push_back(request);
  waiting_bytes_ += size_of(request->changes);
  if (waiting_bytes_ >= limit_.journal_batch_bytes_max) return flush();
  if (std::exchange(flush_on_its_way_, true)) return;
  send(this, flush_atom::value);
}

void journal::flush() {
  if (waiting_.empty()) return;
  const auto requests = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  std::vector<storage::append> batch;
  batch.reserve(requests.size());
  for (const auto& each : requests) batch.push_back(std::move(each->changes));
  const bool sync = std::ranges::any_of(batch, [](const auto& each) { return each.kept == durability::fsync; });
  if (const auto written = store_.write(batch, sync); !written) {
    broken_ = written.error().code == errc::storage_refused;  // otherwise nothing was written and the store is as it was
    spdlog::error("storage refused a write rooms={} cause=\"{}\"", batch.size(), written.error().detail);
    for (const auto& each : batch) opened_.erase(each.room);
    for (const auto& each : requests) each->reply->answer(fail(errc::storage_refused, written.error().detail));
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) requests[i]->reply->answer(committed{batch[i].publications.back()->offset});
}

void journal::sweep() {
  delayed_send(this, sweep_interval, tick_atom::value);
  if (broken_) return;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (const auto swept = store_.sweep(now, sweep_rows); !swept) spdlog::warn("sweep failed cause=\"{}\"", swept.error().detail);
}

}  // namespace tidewire
