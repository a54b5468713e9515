#include "actors/session/room_stream_state.hpp"

#include <algorithm>
#include <utility>

#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

constexpr std::uint32_t retry_least_ms = 1'000;  // readers that lost their server come back spread over this and as much again
constexpr std::uint32_t retry_spread_ms = 2'000;

}  // namespace

room_stream_state::room_stream_state(subscriber who, room_stream_wish wish, const limits& limit, room_stream_port& port)
    : who_(std::make_shared<const subscriber>(std::move(who))), wish_(std::move(wish)), limit_(limit), port_(port) {}

void room_stream_state::start() {
  std::string first;
  protocol::encode_events_retry(retry_least_ms + port_.random_below(retry_spread_ms), first);
  port_.send(first);
  const auto from = protocol::parse_event_id(wish_.last_id);
  if (!wish_.last_id.empty() && !from) {
    reset();
  } else {
    begin(from);
  }
  port_.tick_after(limit_.ping_interval_s * 1000);
}

void room_stream_state::begin(const std::optional<protocol::event_position>& from) {
  protocol::subscribe_command command;
  command.flag = protocol::reject_unrecovered;
  command.recover = recovering_ = from.has_value();
  if (from) {
    command.epoch = from->epoch;
    command.offset = from->offset;
  }
  const auto phase = !is_map() ? protocol::subscribe_phase::live
                     : from    ? protocol::subscribe_phase::stream
                               : protocol::subscribe_phase::state;
  command.phase = static_cast<std::uint32_t>(phase);
  ask(std::move(command));
}

void room_stream_state::reset() {
  if (++resets_ > resets_max) return close(close_code::insufficient_state);
  std::string events;
  protocol::encode_events_reset(events);
  port_.send(events);
  begin(std::nullopt);
}

void room_stream_state::ask(protocol::subscribe_command command) {
  command.channel = wish_.room;
  command.type = static_cast<std::uint32_t>(wish_.through->type);
  command.limit = static_cast<std::uint32_t>(limit_.page_rows_default);
  asked_ = true;
  due_ms_ = port_.steady_ms() + std::int64_t{limit_.request_timeout_s} * 1000;
  port_.subscribe(++last_ticket_, wish_.room, {who_, 0, std::move(command), wish_.through, nullptr});
}

void room_stream_state::on_step(ticket which, result<subscribe_step> step) {
  if (over_ || which != last_ticket_ || !asked_) return;
  asked_ = false;
  if (!step) return step.error().code == errc::unrecoverable ? reset() : close(close_code::insufficient_state);
  if (step->live) return;  // the broadcaster has written the rest of the snapshot
  auto& page = step->page;
  std::string events;
  protocol::encode_reply(who_->dialect, 0, page, events);
  if (!events.empty()) port_.send(events);  // empty: what was missed is none of this reader's affair
  next_ = {};
  next_.epoch = page.epoch;
  next_.offset = page.offset;
  next_.cursor = page.cursor;
  next_.recover = recovering_;
  const bool state_goes_on = page.phase == protocol::subscribe_phase::state && !page.cursor.empty();
  next_.phase = static_cast<std::uint32_t>(state_goes_on ? protocol::subscribe_phase::state : protocol::subscribe_phase::stream);
  port_.tell_when_drained();
}

void room_stream_state::on_drained() {
  if (!over_ && !asked_) ask(std::exchange(next_, {}));
}

void room_stream_state::tick() {
  if (over_) return;
  if (exceeds<"request_timeout_s">(asked_ && port_.steady_ms() >= due_ms_)) return close(close_code::insufficient_state);
  if (wish_.expires_at_s > 0 && port_.now_s() >= wish_.expires_at_s) return close(close_code::connection_expired);
  if (wish_.key && wish_.key->withdrawn()) return close(close_code::connection_expired);
  std::string comment;
  protocol::encode_ping(who_->dialect, comment);
  port_.beat(comment);
  port_.tick_after(limit_.ping_interval_s * 1000);
}

void room_stream_state::leave() {
  over_ = true;
  port_.detach(wish_.room);
}

void room_stream_state::close(close_code code) {
  if (std::exchange(over_, true)) return;
  port_.close(code);
}

}  // namespace tidewire
