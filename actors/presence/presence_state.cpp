#include "actors/presence/presence_state.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

void presence_state::start() {
  for (const auto& each : options_.namespaces)
    if (each.serves != room_use::any) scans_.push_back({each.name + ":", {}, {}, false});
  read_on();
}

// ---- who comes and goes --------------------------------------------------------------------------------------------------

void presence_state::handle(const presence_news& news) {
  if (news.broadcaster_start < broadcaster_start_) return;
  if (news.broadcaster_start > broadcaster_start_) forget_broadcaster(news.broadcaster_start);
  for (const auto& place : presence_places(options_, news.room, news.who)) news.left ? go(place, news) : come(place, news);
}

// The one before is gone with its audiences: whoever was there has to come again.
void presence_state::forget_broadcaster(std::uint64_t start) {
  broadcaster_start_ = start;
  const auto now = port_.steady_ms();
  for (auto& at : entries_) {
    if (at.second.clients.empty()) continue;
    at.second.clients.clear();
    at.second.unconfirmed = true;
    linger(at, now + ttl_ms(at.first.room));
  }
}

void presence_state::come(const presence_place& place, const presence_news& news) {
  auto& at = entries_[place];
  at.clients.insert(news.who.client);
  at.room = news.room;
  at.unconfirmed = false;
  auto document = presence_document(place.kind, news.who);
  if (at.document != document) {
    at.stored = false;
    at.document = std::move(document);
  }
  at.who = news.who;
  settle(place);
}

void presence_state::go(const presence_place& place, const presence_news& news) {
  const auto found = entries_.find(place);
  if (found == entries_.end() || found->second.clients.erase(news.who.client) == 0 || !found->second.clients.empty()) return;
  if (place.kind == room_use::users) linger(*found, port_.steady_ms() + ttl_ms(place.room));
  settle(place);
}

void presence_state::linger(place_and_entry& at, std::int64_t until_ms) {
  at.second.until_ms = until_ms;
  due_.emplace(until_ms, at.first);
  ensure_tick(until_ms);
}

// ---- what is written down ------------------------------------------------------------------------------------------------

void presence_state::settle(const presence_place& place) {
  const auto found = entries_.find(place);
  if (found == entries_.end() || found->second.writing) return;
  auto& at = found->second;
  const bool present = !at.clients.empty() || at.until_ms > port_.steady_ms();
  if (!present && !at.stored && !at.unsure) {
    if (scanning_ != 0) gone_.insert(place);
    entries_.erase(found);
  } else if (present != at.stored || at.unsure) {
    writes_.size() < writes_max ? write(*found, present) : waiting_.push_back(place);
  }
}

void presence_state::write(place_and_entry& at, bool present) {
  auto& [place, what] = at;
  what.writing = true;
  operation change;
  change.key = place.key;
  change.kind = present ? operation_kind::set : operation_kind::remove;
  if (present) change.data = what.document;
  change.ttl_s = 0;  // we know better when it goes
  if (present && !what.who.user.empty()) change.tags = tag_map{{"user", what.who.user}};
  publish_request request;
  request.operations.push_back(std::move(change));
  if (place.kind == room_use::clients) request.info = what.who;
  request.by_server = true;
  const auto which = ++last_ticket_;
  writes_.emplace(which, std::pair(place, present ? what.document : std::string{}));
  port_.publish(which, place.room, std::move(request));
}

void presence_state::on_published(ticket which, const result<published>& outcome) {
  const auto written = writes_.extract(which);
  if (written.empty()) return;
  const auto& [place, document] = written.mapped();
  auto& at = entries_.at(place);
  at.writing = false;
  at.unsure = !outcome;
  if (!outcome) {
    const auto again = port_.steady_ms() + retry_ms;
    due_.emplace(again, place);
    ensure_tick(again);
  } else {
    at.stored = !document.empty() && document == at.document;
    const bool ghost = document.empty() && std::exchange(at.unconfirmed, false);
    if (ghost && place.kind == room_use::clients && !at.room.empty()) port_.say_left(at.room, at.who);
    settle(place);
  }
  while (!waiting_.empty() && writes_.size() < writes_max) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    settle(next);
  }
}

// ---- what was written down before ----------------------------------------------------------------------------------------

void presence_state::read_on() {
  if (scans_.empty()) return;
  const auto& next = scans_.front();
  scanning_ = ++last_ticket_;
  port_.read_states(scanning_, next.prefix, next.after_room, next.after_key);
}

void presence_state::on_states(ticket which, result<storage::states_page> page) {
  if (which != scanning_) return;
  scanning_ = 0;
  const auto gone = std::exchange(gone_, {});
  if (!page) return ensure_tick(port_.steady_ms() + retry_ms);
  for (const auto& [room, row] : page->rows)
    if (!gone.contains(presence_place{options_of(options_, room).serves, room, row.key})) adopt(room, row);
  if (!page->more) {
    const auto done = std::move(scans_.front());
    scans_.pop_front();
    if (!done.again) look_again(done.prefix);
  } else {
    scans_.front().after_room = page->rows.back().room;
    scans_.front().after_key = page->rows.back().document.key;
  }
  read_on();
}

void presence_state::look_again(const std::string& prefix) {
  const auto due = port_.steady_ms() + ttl_ms(prefix);
  looks_.emplace(due, prefix);
  ensure_tick(due);
}

// It may have been written by this process; then it is known.
void presence_state::adopt(const std::string& room, const entity_document& row) {
  const auto kind = options_of(options_, room).serves;
  const auto who = read_presence_document(row.data);
  const auto [found, fresh] = entries_.try_emplace(presence_place{kind, room, row.key});
  auto& at = found->second;
  if (!fresh) return;
  at.document = row.data;
  at.who = who.value_or(client_info{});
  at.stored = at.unsure = at.unconfirmed = true;
  for (const auto& each : options_.namespaces) {
    const auto& prefix = kind == room_use::clients ? each.clients_presence_prefix : each.users_presence_prefix;
    if (!prefix.empty() && room.starts_with(prefix)) at.room = room.substr(prefix.size());
  }
  linger(*found, port_.steady_ms() + ttl_ms(room));
}

// ---- time ----------------------------------------------------------------------------------------------------------------

void presence_state::tick() {
  const auto now = port_.steady_ms();
  if (now < tick_due_ms_) return;
  tick_due_ms_ = never;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto next = due_.extract(due_.begin());
    settle(next.mapped());
  }
  for (; !looks_.empty() && looks_.begin()->first <= now; looks_.erase(looks_.begin()))
    scans_.push_back({looks_.begin()->second, {}, {}, true});
  if (scanning_ == 0) read_on();
  if (!looks_.empty()) ensure_tick(looks_.begin()->first);
  if (!due_.empty()) ensure_tick(due_.begin()->first);
}

std::int64_t presence_state::ttl_ms(const std::string& room) const {
  const auto ttl_s = options_of(options_, room).key_ttl_s;
  return std::int64_t{ttl_s == 0 ? ttl_default_s : ttl_s} * 1000;
}

void presence_state::ensure_tick(std::int64_t due_ms) {
  if (due_ms >= tick_due_ms_) return;
  tick_due_ms_ = due_ms;
  port_.tick_after(static_cast<std::uint32_t>(std::clamp<std::int64_t>(due_ms - port_.steady_ms(), 1, 3'600'000)));
}

}  // namespace tidewire
