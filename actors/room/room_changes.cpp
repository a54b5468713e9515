// The way of a change through its room, once its slot is decided: an offset, the append, and then the answer, the tail and the audience.
#include <algorithm>
#include <cassert>
#include <utility>

#include "actors/room/room_state.hpp"
#include "schemas/footprint.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

// Trimming costs a write: it waits until an eighth too much has gathered.
std::uint64_t trim_slack(std::uint64_t history_size) { return std::max<std::uint64_t>(16, history_size / 8); }

// When what the operation leaves behind is due to go; 0: never.
std::int64_t expiry_of(const operation& what, std::int64_t now_ms, std::uint32_t key_ttl_s) {
  if (what.expires_ms) return *what.expires_ms;
  const auto ttl_s = what.ttl_s.value_or(key_ttl_s);
  return ttl_s == 0 ? 0 : now_ms + std::int64_t{ttl_s} * 1000;
}

}  // namespace

void room_state::release_ready() {
  if (stage_ != stage::ready) return;
  while (auto ready = changes_.take_ready()) {
    ready->killed ? set_aside(*ready) : order(*ready);
    changes_.release(*ready);
  }
  ask_to_flush();
  watch();
}

// Gives a decided slot its offsets, or its refusal its turn: answers depend only on what is committed when they are given.
void room_state::order(change_queue::ready_slot& ready) {
  ++room_.uncommitted_slots;
  gathering_.bytes += ready.bytes;  // charged since it came
  room_.uncommitted_bytes += ready.bytes;
  if (ready.failed) {
    gathering_.completions.push_back({std::move(ready.request), tl::unexpected(std::move(*ready.failed))});
    return;
  }
  if (room_.given_epoch.empty()) room_.given_epoch = room_.port.new_epoch();
  const auto now = room_.port.now_ms();
  published answer{room_.given_epoch, {}};
  answer.changes.reserve(ready.steps.size());
  for (auto& made : ready.steps) {
    answer.changes.push_back(made.replayed ? *made.replayed : order(made, *ready.request, now));
    if (!made.replayed) publish_trace::order(ready.request, room_.name, assigned_);
  }
  gathering_.completions.emplace_back(std::move(ready.request), std::move(answer));
}

change_done room_state::order(change_queue::step& made, const publish_request& request, std::int64_t now) {
  const auto& what = *made.what;
  auto& becomes = *made.proposed;
  const bool created = what.key && !becomes.before && !becomes.removed;
  gathering_.more_entities += created ? 1 : becomes.before && becomes.removed ? -1 : 0;
  const auto told = publication_of(what, becomes, now);
  told->info = request.info;
  hold(bytes_of(change{told, becomes.before}));
  if (what.key) {
    auto document =
        std::make_shared<entity_document>(entity_document{*what.key, told->offset, now, told->data, told->tags, told->expires_ms});
    hold(bytes_of(*document));
    changes_.accept(*what.key, told->offset, told->removed ? nullptr : std::move(document));
  }
  if (what.once)
    gathering_.dedupe.push_back({what.once->scope, what.once->id, what.once->fingerprint, told->offset, what.once->covers,
                                 now + std::int64_t{room_.options.idempotency_ttl_s} * 1000, created});
  gathering_.publications.push_back(told);
  gathering_.before.push_back(std::move(becomes.before));
  return {told->offset, what.key.has_value(), created};
}

// With the next offset. Takes data and tags of the proposal.
std::shared_ptr<publication> room_state::publication_of(const operation& what, proposal& becomes, std::int64_t now) {
  auto told = std::make_shared<publication>();
  told->offset = ++assigned_;
  told->time_ms = now;
  told->key = what.key;
  told->removed = becomes.removed;
  told->data = std::move(becomes.data);
  told->tags = std::move(becomes.tags);
  if (becomes.before) told->tags_before = becomes.before->tags;
  if (what.key) {
    if (!becomes.removed) told->expires_ms = expiry_of(what, now, room_.options.key_ttl_s);
    told->expires_before_ms = changes_.expiry_before(*what.key, becomes);
  }
  if (told->offset == 1) told->epoch = room_.given_epoch;
  return told;
}

// What the changes of the next append hold, beside their requests.
void room_state::hold(std::size_t bytes) {
  gathering_.bytes += bytes;
  room_.uncommitted_bytes += bytes;
  room_.in_flight.add(bytes);
}

// Nobody waits for the quarantine: what comes next goes on. Its answer depends on nothing that is not committed yet.
void room_state::set_aside(change_queue::ready_slot& ready) {
  for (const auto& what : ready.request->operations) changes_.forget(what);
  room_.in_flight.subtract(ready.bytes);
  room_.port.set_aside(ready.request, change_queue::tries_max, std::move(*ready.killed));
}

void room_state::ask_to_flush() {
  if (gathering_.empty() || append_ticket_ != 0 || std::exchange(flush_asked_, true)) return;
  room_.port.flush_soon();
}

// Sends what has gathered; without a change in it nothing has to be stored.
void room_state::flush() {
  if (!std::exchange(flush_asked_, false) || gathering_.empty() || append_ticket_ != 0) return;
  if (gathering_.publications.empty()) {
    auto done = std::exchange(gathering_, {});
    return complete(done);
  }
  in_flight_ = std::exchange(gathering_, {});
  append_ticket_ = room_.next_ticket();
  trace(in_flight_, "append");
  room_.port.append(
      append_ticket_, generation_,
      {room_.name, room_.given_epoch, room_.options.kept, in_flight_.publications, in_flight_.dedupe, in_flight_.more_entities});
}

void room_state::on_committed(ticket which, result<committed> outcome) {
  if (which != append_ticket_) return;
  append_ticket_ = 0;
  if (outcome) {
    assert(outcome->offset == in_flight_.publications.back()->offset);
    settle(std::exchange(in_flight_, {}));
    return ask_to_flush();
  }
  // Whether it is stored shows when the room has opened again. What stands on it is refused now.
  const failure why{errc::storage_refused, "the write failed and its outcome is unknown; retry with the same id"};
  refuse(gathering_, why);
  gathering_ = {};
  changes_.refuse_all(why);
  open();
}

void room_state::trace(const batch& what, const char* step) const {
  if (!publish_trace::on()) return;
  publish_trace::pass(room_.name, what.publications.front()->offset, what.publications.back()->offset, step);
}

// Commit before telling, telling before anybody new attaches.
void room_state::settle(batch done) {
  room_.epoch = room_.given_epoch;
  room_.top = done.publications.back()->offset;
  changes_.on_committed(room_.top);
  trace(done, "settle");
  for (const auto& each : done.publications) {
    room_.told_bytes += bytes_of(*each);
    tail_.push(each);
  }
  room_.press();
  complete(done);
  std::vector<change> news;
  news.reserve(done.publications.size());
  for (std::size_t i = 0; i < done.publications.size(); ++i) news.push_back({std::move(done.publications[i]), std::move(done.before[i])});
  room_.port.tell(std::move(news));
  catch_up_.on_top_moved();
  const auto keep = room_.options.history_size;
  if (room_.top >= room_.first + keep + trim_slack(keep)) trim(room_.top - keep + 1);
}

void room_state::complete(batch& done) {
  room_.uncommitted_slots -= done.completions.size();
  room_.uncommitted_bytes -= done.bytes;
  room_.in_flight.subtract(done.bytes);
  for (auto& each : done.completions) {
    for (const auto& what : each.request->operations) changes_.forget(what);
    each.request->reply->answer(std::move(each.outcome));
  }
}

// Refusals too: what they were decided on may never have happened.
void room_state::refuse(batch& lost, const failure& why) {
  for (auto& each : lost.completions) each.outcome = fail(why.code, why.detail);
  complete(lost);
}

// Never what a page flow still needs, never what is not told yet.
void room_state::trim(std::uint64_t first) {
  first = std::min({first, catch_up_.spared_from() + 1, resumption_.spared_from() + 1});
  if (first <= room_.first) return;
  room_.first = first;
  room_.port.trim(first);
}

}  // namespace tidewire
