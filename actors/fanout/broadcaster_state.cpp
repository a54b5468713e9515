#include "actors/fanout/broadcaster_state.hpp"

#include <algorithm>
#include <set>

#include "schemas/limit_hits.hpp"
#include "schemas/protocol/view.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {
namespace {

// Of the client protocol: the client subscribes again and recovers.
constexpr std::uint32_t insufficient_state_code = 2500;
constexpr std::string_view insufficient_state_reason = "insufficient state";

}  // namespace

// ---- What arrives

void broadcaster_state::handle(const run& news) {
  if (publish_trace::on() && !news.changes.empty())
    publish_trace::pass(news.room, news.changes.front().told->offset, news.changes.back().told->offset, "take");
  tell_patterns(news);
  if (const auto room = find(news.room)) take(room, news.changes, news);
}

// `how`: the run that it came in.
void broadcaster_state::take(const room_ptr& room, const std::vector<change>& news, const run& how) {
  if (exceeds<"fanout_in_flight_bytes_max">(counted_.in_flight_bytes > limit_.fanout_in_flight_bytes_max)) return end_subscriptions(room);
  const auto held = room->pending.changes.size();
  const auto held_bytes = room->pending.bytes;
  const bool whole = room->gather(news);
  counted_.publications += room->pending.changes.size() - held;
  counted_.pending_bytes += room->pending.bytes - held_bytes;
  if (!whole) return end_subscriptions(room);
  if (room->pending.changes.empty()) return;
  schedule(room, how, held == 0);
  if (counted_.pending_bytes > limit_.pending_run_bytes_max) {
    queue_all();
    drain();
  } else if (in_flight_.empty()) {
    drain();
  }
}

void broadcaster_state::handle(const attach& wanted) {
  auto room = find(wanted.room);
  if (room && room->told > wanted.from)  // a room that has been replaced: the new member would miss what lies between
    return wanted.reply->answer(fail(errc::unavailable, "the room is restarting"));
  if (room && room->members.contains(wanted.who->session)) {
    return wanted.reply->answer(fail(errc::already_subscribed, "this connection is subscribed to the room"));
  }
  const auto as = encoding_of(*wanted.who, wanted.by_number);
  if (room && !room->members.takes(*wanted.through, as))
    return wanted.reply->answer(fail(errc::limit_exceeded, "the subscriptions of this room have too many different filters and fields"));
  if (!wanted.who->out->closed()) {
    if (room && room->told < wanted.from) {
      end_subscriptions(room);  // the others have missed what lies between
      room = nullptr;
    }
    if (room) {
      close_run(room);
    } else {
      room = make_room(wanted.room, wanted.from);
    }
    if (!wanted.result.epoch.empty()) room->epoch = wanted.result.epoch;
    const bool knows_epoch = room->pattern || !wanted.result.epoch.empty();
    room->members.add(wanted.who, wanted.through, as, wanted.command_id);
    if (!knows_epoch) {
      room->told_no_epoch = true;
      room->members.wait_for_epoch(wanted.who->session);
    }
    ++counted_.members;
    if (wanted.who->hears_others)
      room->hearing.add(wanted.who, protocol::plain_view(protocol::subscription_type::stream), as, wanted.command_id);
    port_.note_presence(room->name, wanted.who->info, false);
    if (!wanted.who->server_side) {
      auto told = wanted.result;
      told.channel_number = room->channel(as).number;
      scratch_.clear();
      shared_parts shared;
      protocol::encode_reply(as.dialect, wanted.command_id, std::move(told), scratch_, &shared);
      if (!scratch_.empty()) send_reply(wanted.who->out, wanted.room, make_message(as, scratch_, frames_, shared));
    }
  }
  // Nothing between the reply to the client and the answer to its session may fail: what is not answered is refused, a second reply.
  wanted.reply->answer(subscribe_step{true, start_, wanted.who->server_side ? wanted.result : protocol::subscribe_result{}});
  if (room && wanted.who->announced && room->members.contains(wanted.who->session)) announce(room, wanted.who->info, false);
}

// Everything up to there has been posted, and left out. What the member is told now comes behind it, and before all that follows.
void broadcaster_state::handle(const resume& ready) {
  const auto& who = *ready.member.who;
  const auto room = find(ready.room);
  if (!room || !room->members.contains(who.session, ready.member.command_id))
    return ready.member.reply->answer(fail(errc::expired, "the subscription is over"));
  if (room->told > ready.up_to && ready.whole)  // of a room that has been replaced
    return ready.member.reply->answer(fail(errc::unavailable, "the room is restarting"));
  close_run(room);
  const auto as = room->members.encoding_of(who.session);
  if (ready.member.through->interval_ms > 0) {  // what its audience holds back is in here already
    room->members.remove(who.session);
    room->members.add(ready.member.who, ready.member.through, as, ready.member.command_id);
  }
  publication_ptr none;
  scratch_.clear();
  // In one message: who has a part of what was conflated could not go on from there.
  const auto changes = room->told_no_epoch ? with_epoch(ready.changes, room->epoch) : ready.changes;
  if (!changes.empty())
    protocol::encode_run(as.dialect, *ready.member.through, room->channel(as), changes, none, protocol::uncut, scratch_);
  const auto frame = scratch_.empty() ? nullptr : make_message(as, scratch_, frames_);
  const auto up_to = ready.whole ? std::nullopt : std::optional(ready.up_to);
  port_.post(who.out->home(), [out = who.out, source = room->source, up_to, frame] {
    out->resume(*source, up_to);
    if (frame) out->push(frame);
    out->flush();
  });
  ++counted_.resumes;
  ready.member.reply->answer(subscribe_step{true, start_, {}});
}

void broadcaster_state::handle(const detach& leaving) {
  const auto room = find(leaving.room);
  if (is_room_pattern(leaving.room)) leave_pages(leaving);
  if (room && room->members.contains(leaving.session)) {
    if (leaving.reply) close_run(room);  // without a reply the connection is gone, and nobody misses what is pending
    remove(room, leaving.session);
    forget_if_empty(room);
  }
  if (leaving.reply) send_reply(leaving.out, leaving.room, leaving.reply);
}

void broadcaster_state::handle(const ask_told& question) {
  if (lost_.erase(question.room) > 0) restart_patterns(question.room);
  const auto room = find(question.room);
  question.reply->answer(room ? std::optional(room->told) : std::nullopt);
}

void broadcaster_state::handle(const reset_audience& lost) {
  restart_patterns(lost.room);
  if (const auto room = find(lost.room)) end_subscriptions(room);
}

void broadcaster_state::handle(const lost_room& lost) { lost_.insert(lost.room); }

void broadcaster_state::handle(const ask_audience& question) const {
  const auto room = find(question.room);
  question.reply->answer((room && !room->members.empty()) || patterns_.matches(question.room));
}

void broadcaster_state::handle(const ask_presence& question) const {
  protocol::presence_result present;
  if (const auto room = find(question.room)) {
    room->members.for_each([&](const subscriber& who) {
      if (!who.out->closed()) present.clients.push_back(who.info);
    });
  }
  std::sort(present.clients.begin(), present.clients.end(), [](const auto& a, const auto& b) { return a.client < b.client; });
  question.reply->answer(std::move(present));
}

void broadcaster_state::handle(const ask_presence_stats& question) const {
  protocol::presence_stats_result present;
  std::set<std::string_view> users;
  if (const auto room = find(question.room)) {
    room->members.for_each([&](const subscriber& who) {
      if (who.out->closed()) return;
      ++present.num_clients;
      users.insert(who.info.user);
    });
  }
  present.num_users = users.size();
  question.reply->answer(present);
}

void broadcaster_state::handle(const tell_presence&) const {
  for (const auto& [name, room] : rooms_)
    room->members.for_each([&](const subscriber& who) { port_.note_presence(name, who.info, false); });
}

void broadcaster_state::handle(const ghost_left& ghost) {
  if (const auto room = find(ghost.room)) announce(room, ghost.who, true);
}

void broadcaster_state::handle(const tell_message& sent) {
  const auto room = find(sent.room);
  const auto receivers = room ? room->hear_messages() : 0;
  if (exceeds<"fanout_in_flight_bytes_max">(receivers > 0 && counted_.in_flight_bytes > limit_.fanout_in_flight_bytes_max))
    return sent.reply->answer(fail(errc::too_many_requests, "the frames on their way to subscribers are too many"));
  if (receivers > 0) tell_beside(room, sent.data);
  sent.reply->answer(messaged{receivers});
}

void broadcaster_state::drained() {
  std::vector<room_ptr> met_closed;
  std::erase_if(in_flight_, [&](flight& each) {
    if (!each.run->done()) return false;
    counted_.in_flight_bytes -= each.run->bytes();
    if (each.run->met_closed()) met_closed.insert(met_closed.end(), each.rooms.begin(), each.rooms.end());
    return true;
  });
  for (const auto& room : met_closed) {
    for (const auto each : room->members.find_if([](const subscriber& who) { return who.out->closed(); })) remove(room, each);
    forget_if_empty(room);
  }
  if (in_flight_.empty()) drain();
}

void broadcaster_state::tick() {
  timer_.reset();
  const auto now = port_.now();
  while (!waiting_.empty() && waiting_.top().first <= now) {
    const auto room = waiting_.top().second;
    waiting_.pop();
    const bool pending_is_due = !room->pending.changes.empty() && room->pending.due <= now;
    if (pending_is_due || (room->rated_due && *room->rated_due <= now)) queue(room);
  }
  arm_timer();
  if (in_flight_.empty()) drain();
}

fanout_statistics broadcaster_state::statistics() const noexcept {
  auto now = counted_;
  now.rooms = rooms_.size();
  return now;
}

// ---- Rooms with members

broadcaster_state::room_ptr broadcaster_state::find(const std::string& name) const {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : found->second;
}

broadcaster_state::room_ptr broadcaster_state::make_room(const std::string& name, std::uint64_t told) {
  auto made = std::make_shared<room_fanout>(name, port_.next_channel(), port_.io_threads(), limit_.audiences_max);
  made->told = told;
  rooms_.emplace(name, made);
  port_.note_occupied(name, true);
  return made;
}

void broadcaster_state::remove(const room_ptr& room, session_id session) {
  const auto gone = room->members.remove(session);
  if (!gone) return;
  --counted_.members;
  room->hearing.remove(session);
  port_.note_presence(room->name, gone->info, true);
  if (gone->announced) announce(room, gone->info, true);
}

// Joins and leaves gather like publications while a run is in flight, so many of them cost each listener one frame.
void broadcaster_state::announce(const room_ptr& room, const client_info& who, bool left) {
  tell_beside(room, protocol::announcement{left, who});
}

// What has no offset.
template <class News>
void broadcaster_state::tell_beside(const room_ptr& room, News news) {
  const auto held = room->pending.bytes;
  room->gather(std::move(news));
  if (room->pending.bytes == held) return;
  counted_.pending_bytes += room->pending.bytes - held;
  queue(room);
  if (in_flight_.empty() || counted_.pending_bytes > limit_.pending_run_bytes_max) drain();
}

// A forgotten room may still be queued or in flight: without members and pending publications it does nothing there.
void broadcaster_state::forget_if_empty(const room_ptr& room) {
  if (!room->members.empty() || find(room->name) != room) return;
  counted_.pending_bytes -= room->pending.bytes;
  room->pending = {};
  rooms_.erase(room->name);
  port_.note_occupied(room->name, false);
  if (is_room_pattern(room->name)) forget_if_unused(room->name);
}

void broadcaster_state::end_subscriptions(const room_ptr& room) {
  room->members.for_each([&](const subscriber& who) { port_.note_presence(room->name, who.info, true); });
  for (const auto each : room->members.find_if([](const subscriber& who) { return who.server_side; })) {
    room->members.remove(each)->out->close(close_code::insufficient_state);
    room->hearing.remove(each);
    --counted_.members;
  }
  auto ready = std::make_shared<fanout_run>(port_.io_threads(), port_.when_drained());
  encode(room, *ready);
  room->members.for_each([&](const subscriber& who) {
    if (who.listener) ready->add_ended(who.out->home(), who.listener, room->name);
  });
  room->encode_unsubscribe(insufficient_state_code, insufficient_state_reason, scratch_, frames_, *ready);
  ++counted_.resets;
  counted_.members -= room->members.size();
  room->members.clear();
  room->hearing.clear();
  forget_if_empty(room);
  send(std::move(ready), {});
}

}  // namespace tidewire
