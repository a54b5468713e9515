#include "actors/room/room_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/room/footprint.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t trim_by_age_ms = 60'000;  // how often the stream is trimmed by age
constexpr std::int64_t eased_unused_ms = 100;    // unused for so long, a room leaves when memory is short

}  // namespace

room_state::room_state(std::string name, const namespace_options& options, const limits& limit, memory_account& held, room_port& port)
    : room_{.name = std::move(name), .options = options, .limit = limit, .held = held, .port = port, .epoch = {}, .given_epoch = {}},
      tail_(room_.limit, held[memory_part::tails]),
      changes_(room_),
      catch_up_(room_, tail_),
      resumption_(room_, tail_),
      warm_up_(room_, tail_),
      own_(held[memory_part::live]) {
  own_.become(live_room_bytes + 4 * room_.name.size());
}

void room_state::start() {
  touch();
  trimmed_ms_ = active_ms_;
  room_.press();
  open();
}

void room_state::handle(publish_request_ptr request) {
  touch();
  if (room_.options.serves != room_use::any && !request->by_server)
    return request->reply->answer(fail(errc::permission_denied, "rooms of this namespace are kept by the server: they say who is present"));
  if (stage_ == stage::ready) {
    changes_.push(std::move(request));
    return release_ready();
  }
  if (opened_before_ && stage_ == stage::opening)
    return request->reply->answer(fail(errc::storage_refused, "storage refuses writes; retry with the same id"));
  const auto bytes = size_of(*request);
  if (exceeds<"slots_max">(waiting_publishers_.size() >= room_.limit.slots_max) ||
      exceeds<"in_flight_bytes_max">(waiting_bytes_ + bytes > room_.limit.in_flight_bytes_max) || room_.held[memory_part::changes].full())
    return request->reply->answer(fail(errc::too_many_requests));
  waiting_bytes_ += bytes;
  room_.in_flight.add(bytes);
  waiting_publishers_.push_back(std::move(request));
}

void room_state::handle(const subscribe_request& request) {
  touch();
  if (stage_ == stage::ready) {
    catch_up_.subscribe(request);
    return watch();
  }
  if (exceeds<"slots_max">(waiting_subscribers_.size() >= room_.limit.slots_max))
    return request.reply->answer(fail(errc::too_many_requests));
  waiting_subscribers_.push_back(request);
}

void room_state::handle(const resume_request& request) {
  touch();
  if (stage_ != stage::ready) return request.reply->answer(fail(errc::unavailable, "the room is opening"));
  resumption_.start(request);
  watch();
}

// ---- answers -------------------------------------------------------------------------------------------------------------

void room_state::on_proposal(ticket which, result<proposal> proposed) {
  changes_.on_proposal(which, std::move(proposed));
  release_ready();
}

void room_state::on_loaded(ticket which, result<std::optional<entity_document>> loaded) {
  changes_.on_loaded(which, std::move(loaded));
  release_ready();
}

void room_state::on_dedupe(ticket which, result<std::optional<storage::dedupe_record>> found) {
  changes_.on_dedupe(which, std::move(found));
  release_ready();
}

void room_state::on_state(ticket which, result<storage::state_page> page) {
  if (warm_up_.on_state(which, page)) return;
  catch_up_.on_state(which, std::move(page));
  watch();
}

void room_state::on_stream(ticket which, result<storage::stream_page> page) {
  if (resumption_.on_stream(which, page) || warm_up_.on_stream(which, page)) return;
  if (which == hand_over_ticket_) return on_untold(std::move(page));
  catch_up_.on_stream(which, std::move(page));
}

void room_state::on_first_after(ticket which, result<std::uint64_t> first) {
  if (which != trim_ticket_) return;
  trim_ticket_ = 0;
  if (first) trim(*first);
}

void room_state::on_entity_gone(const std::string& key, crash_report died_of) { changes_.on_entity_gone(key, std::move(died_of)); }

// ---- time ----------------------------------------------------------------------------------------------------------------

void room_state::tick() {
  const auto now = room_.port.steady_ms();
  if (now < tick_due_ms_) return;  // an earlier wish took its place
  tick_due_ms_ = never;
  if (stage_ == stage::opening && open_ticket_ == 0) open();
  if (stage_ == stage::asking_told && told_ticket_ == 0) become_ready();
  if (stage_ == stage::handing_over && hand_over_ticket_ == 0) hand_over();
  changes_.tick();
  release_ready();
  catch_up_.tick();
  if (room_.options.history_ttl_s > 0 && room_.top >= room_.first && trim_ticket_ == 0 && now - trimmed_ms_ >= trim_by_age_ms) {
    trimmed_ms_ = now;
    trim_ticket_ = room_.next_ticket();
    room_.port.find_first_after(trim_ticket_, room_.port.now_ms() - static_cast<std::int64_t>(room_.options.history_ttl_s) * 1000);
  }
  const bool busy = stage_ != stage::ready || !changes_.empty() || !catch_up_.empty() || catch_up_.keeps_pages() || !resumption_.empty() ||
                    std::exchange(watched_, false);
  ensure_tick(busy ? busy_tick_ms : quiet_ms(now));
}

// Readers and clients may be late; nothing else has to look at the clock soon. There is always a next tick.
void room_state::watch() {
  if (!changes_.waits_for_reader() && catch_up_.empty() && !catch_up_.keeps_pages() && resumption_.empty()) return;
  watched_ = true;
  ensure_tick(busy_tick_ms);
}

// How long nothing will be due, if nothing happens.
std::uint32_t room_state::quiet_ms(std::int64_t now) const {
  auto due = active_ms_ + std::int64_t{room_.limit.room_idle_s} * 1000;
  if (changes_.live_entities() > 0) due = std::min(due, now + std::int64_t{room_.limit.entity_idle_s} * 1000);
  if (room_.options.history_ttl_s > 0 && active_ms_ >= trimmed_ms_) due = std::min(due, trimmed_ms_ + trim_by_age_ms);
  return static_cast<std::uint32_t>(std::max<std::int64_t>(due - now, busy_tick_ms));
}

// Each part for itself: who has too many entities need not forget what subscribers missed.
void room_state::ease() {
  const bool whole = unused_for(eased_unused_ms);
  if (!room_.held[memory_part::live].eased()) changes_.ease(whole);
  if (!room_.held[memory_part::tails].eased()) tail_.ease(whole);
  if (!room_.held[memory_part::pages].eased()) catch_up_.ease();
}

bool room_state::may_leave() const {
  return !room_.held[memory_part::live].eased() && unused_for(eased_unused_ms) && !catch_up_.has_readers() && rests();
}

bool room_state::rests() const {
  return stage_ == stage::ready && changes_.empty() && catch_up_.empty() && resumption_.empty() && warm_up_.empty() &&
         append_ticket_ == 0 && gathering_.empty();
}

void room_state::ensure_tick(std::uint32_t ms) {
  const auto due = room_.port.steady_ms() + ms;
  if (due >= tick_due_ms_) return;
  tick_due_ms_ = due;
  room_.port.tick_after(ms);
}

}  // namespace tidewire
