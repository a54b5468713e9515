// How a room becomes ready: it opens its stream in the journal, and has the audience told what an earlier incarnation did not; again after
// an append whose outcome is not known.
#include <utility>

#include "actors/room/room_state.hpp"

namespace tidewire {

namespace {

constexpr storage::page_limit hand_over_page{1'000, 4'194'304};

}  // namespace

void room_state::open() {
  stage_ = stage::opening;
  generation_ = room_.port.next_generation();
  open_ticket_ = room_.next_ticket();
  room_.port.open(open_ticket_, generation_);
}

void room_state::on_opened(ticket which, result<storage::room_record> record) {
  if (which != open_ticket_) return;
  open_ticket_ = 0;
  if (!record) {
    if (record.error().code != errc::unavailable) refuse_waiting(record.error());
    return ensure_tick(retry_ms);
  }
  room_.first = record->first;
  assigned_ = record->top;
  if (opened_before_) return reopened(*record);
  opened_before_ = true;
  room_.epoch = room_.given_epoch = record->epoch;
  room_.top = record->top;
  stage_ = stage::asking_told;
  told_ticket_ = room_.next_ticket();
  room_.port.ask_told(told_ticket_);
}

// Now it shows whether the refused append is stored.
void room_state::reopened(const storage::room_record& record) {
  auto unknown = std::exchange(in_flight_, {});
  // The offsets that were told continue, unless history was lost under us.
  const bool continues = room_.epoch.empty() || (record.epoch == room_.epoch && record.top >= room_.top);
  if (continues && record.epoch == room_.given_epoch && record.top >= unknown.publications.back()->offset) {
    settle(std::move(unknown));
  } else {
    catch_up_.refuse_all({errc::unavailable, "the room has opened again; retry"});
    resumption_.refuse_all({errc::unavailable, "the room has opened again; retry"});
    refuse(unknown, {errc::storage_refused, "the write failed and its outcome is unknown; retry with the same id"});
  }
  if (!continues) {
    room_.port.reset_audience();
    tail_.clear();
  }
  room_.epoch = room_.given_epoch = record.epoch;
  room_.top = record.top;
  become_ready();
}

// Storage says no for now: nobody waits for an unknown time.
void room_state::refuse_waiting(const failure& why) {
  for (auto& request : std::exchange(waiting_subscribers_, {})) request.reply->answer(fail(why.code, why.detail));
  for (auto& request : std::exchange(waiting_publishers_, {})) request->reply->answer(fail(why.code, why.detail));
  room_.in_flight.subtract(std::exchange(waiting_bytes_, 0));
}

void room_state::on_told(ticket which, result<std::optional<std::uint64_t>> told) {
  if (which != told_ticket_) return;
  told_ticket_ = 0;
  if (!told) return ensure_tick(retry_ms);  // the broadcaster died; the next one has no audience
  if (!*told || **told == room_.top) return become_ready();
  if (**told > room_.top) {
    room_.port.reset_audience();
    return become_ready();
  }
  told_ = **told;
  stage_ = stage::handing_over;
  hand_over();
}

// What was committed by an earlier incarnation but never told.
void room_state::hand_over() {
  if (told_ >= room_.top) return become_ready();
  hand_over_ticket_ = room_.next_ticket();
  room_.port.read_stream(hand_over_ticket_, told_, hand_over_page);
}

void room_state::on_untold(result<storage::stream_page> page) {
  hand_over_ticket_ = 0;
  if (!page) return ensure_tick(retry_ms);
  std::erase_if(page->publications, [&](const auto& each) { return each->offset > room_.top; });
  if (page->first > told_ + 1 || page->publications.empty()) {  // trimmed: the audience has to start from a snapshot
    room_.port.reset_audience();
    return become_ready();
  }
  told_ = page->publications.back()->offset;
  std::vector<change> news;
  for (auto& each : page->publications) news.push_back({std::move(each), nullptr});
  room_.port.tell(std::move(news));
  hand_over();
}

void room_state::become_ready() {
  stage_ = stage::ready;
  for (auto& request : std::exchange(waiting_subscribers_, {})) catch_up_.subscribe(request);
  room_.in_flight.subtract(std::exchange(waiting_bytes_, 0));
  for (auto& request : std::exchange(waiting_publishers_, {})) changes_.push(std::move(request));
  warm_up_.opened();
  release_ready();
  ensure_tick(busy_tick_ms);
}

}  // namespace tidewire
