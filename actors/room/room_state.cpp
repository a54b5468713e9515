#include "actors/room/room_state.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "actors/room/footprint.hpp"
#include "schemas/footprint.hpp"

namespace tidewire {

namespace {

constexpr std::uint32_t busy_tick_ms = 1'000;
constexpr std::uint32_t retry_ms = 250;          // between two attempts to open
constexpr std::int64_t trim_by_age_ms = 60'000;  // how often the stream is trimmed by age
constexpr std::int64_t eased_unused_ms = 100;    // unused for so long, a room leaves when memory is short
constexpr storage::page_limit hand_over_page{1'000, 4'194'304};

// Trimming costs a write: it waits until an eighth too much has gathered.
std::uint64_t trim_slack(std::uint64_t history_size) { return std::max<std::uint64_t>(16, history_size / 8); }

// When what the operation leaves behind is due to go; 0: never.
std::int64_t expiry_of(const operation& what, std::int64_t now_ms, std::uint32_t key_ttl_s) {
  if (what.expires_ms) return *what.expires_ms;
  const auto ttl_s = what.ttl_s.value_or(key_ttl_s);
  return ttl_s == 0 ? 0 : now_ms + std::int64_t{ttl_s} * 1000;
}

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
  if (waiting_publishers_.size() >= room_.limit.slots_max || waiting_bytes_ + bytes > room_.limit.in_flight_bytes_max ||
      room_.held[memory_part::changes].full())
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
  if (waiting_subscribers_.size() >= room_.limit.slots_max) return request.reply->answer(fail(errc::too_many_requests));
  waiting_subscribers_.push_back(request);
}

void room_state::handle(const resume_request& request) {
  touch();
  if (stage_ != stage::ready) return request.reply->answer(fail(errc::unavailable, "the room is opening"));
  resumption_.start(request);
  watch();
}

// ---- opening -------------------------------------------------------------------------------------------------------------

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

void room_state::become_ready() {
  stage_ = stage::ready;
  for (auto& request : std::exchange(waiting_subscribers_, {})) catch_up_.subscribe(request);
  room_.in_flight.subtract(std::exchange(waiting_bytes_, 0));
  for (auto& request : std::exchange(waiting_publishers_, {})) changes_.push(std::move(request));
  warm_up_.opened();
  release_ready();
  ensure_tick(busy_tick_ms);
}

// ---- the way of a change -------------------------------------------------------------------------------------------------

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
  const auto hold = [this](std::size_t bytes) {
    gathering_.bytes += bytes;
    room_.uncommitted_bytes += bytes;
    room_.in_flight.add(bytes);
  };
  if (ready.failed) {
    gathering_.completions.push_back({std::move(ready.request), fail(ready.failed->code, ready.failed->detail)});
    return;
  }
  if (room_.given_epoch.empty()) room_.given_epoch = room_.port.new_epoch();
  const auto now = room_.port.now_ms();
  published answer{room_.given_epoch, {}};
  answer.changes.reserve(ready.steps.size());
  for (auto& made : ready.steps) {
    const auto& what = *made.what;
    if (made.replayed) {
      answer.changes.push_back(*made.replayed);
      continue;
    }
    const auto offset = ++assigned_;
    auto& becomes = *made.proposed;
    auto told = std::make_shared<publication>();
    told->offset = offset;
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
    told->info = ready.request->info;
    if (offset == 1) told->epoch = room_.given_epoch;
    hold(bytes_of(change{told, becomes.before}));
    if (what.key) {
      auto document = std::make_shared<entity_document>(entity_document{*what.key, offset, now, told->data, told->tags, told->expires_ms});
      hold(bytes_of(*document));
      changes_.accept(*what.key, offset, told->removed ? nullptr : std::move(document));
    }
    const bool created = what.key && !becomes.before && !becomes.removed;
    if (what.once)
      gathering_.dedupe.push_back({what.once->scope, what.once->id, what.once->fingerprint, offset, what.once->covers,
                                   now + std::int64_t{room_.options.idempotency_ttl_s} * 1000, created});
    answer.changes.push_back({offset, what.key.has_value(), created});
    gathering_.publications.push_back(std::move(told));
    gathering_.before.push_back(std::move(becomes.before));
  }
  gathering_.completions.emplace_back(std::move(ready.request), std::move(answer));
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
  room_.port.append(append_ticket_, generation_,
                    {room_.name, room_.given_epoch, room_.options.kept, in_flight_.publications, in_flight_.dedupe});
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

// Commit before telling, telling before anybody new attaches.
void room_state::settle(batch done) {
  room_.epoch = room_.given_epoch;
  room_.top = done.publications.back()->offset;
  changes_.on_committed(room_.top);
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
  if (which != hand_over_ticket_) return catch_up_.on_stream(which, std::move(page));
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

void room_state::on_first_after(ticket which, result<std::uint64_t> first) {
  if (which != trim_ticket_) return;
  trim_ticket_ = 0;
  if (first) trim(*first);
}

void room_state::on_entity_gone(const std::string& key, crash_report died_of) { changes_.on_entity_gone(key, std::move(died_of)); }

// Never what a page flow still needs, never what is not told yet.
void room_state::trim(std::uint64_t first) {
  first = std::min({first, catch_up_.spared_from() + 1, resumption_.spared_from() + 1});
  if (first <= room_.first) return;
  room_.first = first;
  room_.port.trim(first);
}

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
