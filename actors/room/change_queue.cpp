#include "actors/room/change_queue.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_set>
#include <utility>

#include "actors/room/footprint.hpp"
#include "schemas/footprint.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

// A document that has no offset yet stands for none: no version condition can hold on it.
constexpr auto no_version = std::numeric_limits<std::uint64_t>::max();

std::string id_of(const idempotency& once) { return once.scope + '\0' + once.id; }

std::size_t bytes_of(const proposal& made) {
  return sizeof made + made.data.size() + tidewire::bytes_of(made.tags) + (made.before ? tidewire::bytes_of(*made.before) : 0);
}

entity_ptr document_of(const std::string& key, const proposal& made, std::uint64_t version) {
  if (made.removed) return nullptr;
  return std::make_shared<const entity_document>(entity_document{key, version, 0, made.data, made.tags, 0});
}

}  // namespace

std::size_t size_of(const publish_request& request) {
  auto bytes = sizeof request + (request.info ? bytes_of(*request.info) : 0);
  for (const auto& what : request.operations) bytes += bytes_of(what);
  return bytes;
}

void change_queue::push(publish_request_ptr taken) {
  const auto& request = *taken;
  assert(!request.operations.empty());
  const auto bytes = size_of(request);
  if (exceeds<"slots_max">(slots_.size() + room_.uncommitted_slots >= room_.limit.slots_max) ||
      exceeds<"in_flight_bytes_max">(bytes_ + room_.uncommitted_bytes + bytes > room_.limit.in_flight_bytes_max))
    return request.reply->answer(fail(errc::too_many_requests, "too many changes of this room are on their way; try again shortly"));
  if (const auto& all = room_.held[memory_part::changes]; all.now() > 0 && all.now() + bytes > all.limit)  // one is taken in any case
    return request.reply->answer(fail(errc::too_many_requests, "too many changes are on their way; try again shortly"));

  std::unordered_set<std::string> own;
  for (const auto& what : request.operations) {
    if (!what.once) continue;
    const auto id = id_of(*what.once);
    if (const auto found = in_flight_.find(id); found != in_flight_.end())
      return request.reply->answer(
          fail(found->second == what.once->fingerprint ? errc::idempotency_in_flight : errc::idempotency_mismatch));
    if (!own.insert(id).second)
      return request.reply->answer(fail(errc::bad_request, "the same idempotency id stands twice in one request"));
  }
  if (exceeds<"dedupe_in_flight_max">(in_flight_.size() + own.size() > room_.limit.dedupe_in_flight_max))
    return request.reply->answer(fail(errc::too_many_requests, "too many idempotent changes of this room are on their way"));

  const auto number = front_ + slots_.size();
  auto& added = slots_.emplace_back();
  added.request = std::move(taken);
  added.steps.reserve(request.operations.size());
  added.arrived_ms = room_.port.steady_ms();
  added.bytes = bytes;
  bytes_ += bytes;
  room_.in_flight.add(bytes);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < request.operations.size(); ++i) {
    auto& made = added.steps.emplace_back();
    made.what = &request.operations[i];
    if (made.what->once) {
      in_flight_.emplace(id_of(*made.what->once), made.what->once->fingerprint);
      const auto which = room_.next_ticket();
      asked_.emplace(which, pending{pending::kind::dedupe, number, i, {}});
      ++reads_;
      ++added.lookups;
      room_.port.find_dedupe(which, *made.what->once);
    }
    if (!made.what->key) {
      propose(added, made, {false, made.what->data, made.what->tags.value_or(tag_map{}), nullptr});
      continue;
    }
    ++added.undecided;
    auto& at = lines_[*made.what->key];
    if (at.waiting.empty() || at.waiting.back() != number) {
      at.waiting.push_back(number);
      keys.push_back(*made.what->key);
    }
  }
  for (const auto& key : keys) advance(key);
}

std::optional<change_queue::ready_slot> change_queue::take_ready() {
  if (slots_.empty() || !slots_.front().done()) return std::nullopt;
  auto& left = slots_.front();
  ready_slot ready{std::move(left.request), std::move(left.failed), std::move(left.killed), std::move(left.steps), left.bytes};
  bytes_ -= left.bytes + left.proposed_bytes;
  room_.in_flight.subtract(left.proposed_bytes);  // the request stays charged until it is answered
  slots_.pop_front();
  ++front_;
  return ready;
}

void change_queue::accept(const std::string& key, std::uint64_t offset, entity_ptr document) {
  overlay_[key] = {offset, document};
  overlay_order_.emplace_back(offset, key);
  const auto at = lines_.find(key);
  if (at == lines_.end() || !at->second.live) return;
  charge(at->second, key, document);
  room_.port.accept(key, std::move(document));
}

// A proposal may stand on another one of its batch, which had no expiry yet; the overlay has what was accepted.
std::int64_t change_queue::expiry_before(const std::string& key, const proposal& made) const {
  const auto newest = overlay_.find(key);
  const auto& before = newest != overlay_.end() ? newest->second.document : made.before;
  return before ? before->expires_ms : 0;
}

void change_queue::release(const ready_slot& left) {
  for (const auto& made : left.steps)
    if (made.what->key) advance(*made.what->key);
}

void change_queue::on_committed(std::uint64_t offset) {
  while (!overlay_order_.empty() && overlay_order_.front().first <= offset) {
    const auto found = overlay_.find(overlay_order_.front().second);
    if (found != overlay_.end() && found->second.offset == overlay_order_.front().first) overlay_.erase(found);
    overlay_order_.pop_front();
  }
}

void change_queue::forget(const operation& what) {
  if (what.once) in_flight_.erase(id_of(*what.once));
}

void change_queue::on_dedupe(ticket which, result<std::optional<storage::dedupe_record>> found) {
  const auto asked = take(which, pending::kind::dedupe);
  if (!asked) return;
  auto* at = find(asked->slot);
  if (at == nullptr || at->failed) return;
  auto& made = at->steps[asked->step];
  --at->lookups;
  if (!found) return give_up(asked->slot, found.error());
  if (*found && (*found)->expires_ms > room_.port.now_ms()) {
    if ((*found)->fingerprint != made.what->once->fingerprint)
      return give_up(asked->slot, blame(*at, asked->step, {errc::idempotency_mismatch, "this id was used with another payload"}));
    replay(*at, asked->step, **found);
  }
  if (at->lookups > 0) return;
  std::vector<std::string> keys;
  for (const auto& each : at->steps)
    if (each.what->key) keys.push_back(*each.what->key);
  for (const auto& key : keys) advance(key);
}

// All that the id covers was applied in one go.
void change_queue::replay(slot& at, std::size_t first, const storage::dedupe_record& answer) {
  const auto end = std::min(first + at.steps[first].what->once->covers, at.steps.size());
  for (auto i = first; i < end; ++i) {
    auto& made = at.steps[i];
    made.replayed = change_done{answer.offset + (i - first), made.what->key.has_value(), i == first && answer.created};
    made.proposed.reset();
    if (made.what->key) --at.undecided;
  }
}

void change_queue::on_loaded(ticket which, result<std::optional<entity_document>> loaded) {
  const auto asked = take(which, pending::kind::load);
  if (!asked) return;
  auto& at = lines_[asked->key];
  at.busy = false;
  if (!loaded) {
    give_up(asked->slot, loaded.error());
  } else {
    start_entity(asked->key, at, *loaded ? std::make_shared<const entity_document>(std::move(**loaded)) : nullptr);
  }
  advance(asked->key);
}

void change_queue::on_proposal(ticket which, result<proposal> proposed) {
  const auto asked = take(which, pending::kind::apply);
  if (!asked) return;
  auto& line_of = lines_[asked->key];
  line_of.busy = false;
  const auto died_of = std::exchange(line_of.died_of, nullptr);
  if (auto* at = find(asked->slot); at != nullptr && !at->failed) {
    if (proposed) {
      propose(*at, at->steps[asked->step], std::move(*proposed));
      --at->undecided;
    } else if (proposed.error().code == errc::unavailable) {  // nobody answered: the entity died of it
      on_entity_gone(asked->key, {});
      try_again(asked->slot, died_of ? *died_of : crash_report{"the entity ended without an answer", {}});
    } else {
      give_up(asked->slot, blame(*at, asked->step, std::move(proposed.error())));
    }
  }
  advance(asked->key);
}

void change_queue::on_entity_gone(const std::string& key, crash_report died_of) {
  const auto found = lines_.find(key);
  if (found == lines_.end() || !found->second.live) return;
  if (found->second.busy) found->second.died_of = std::make_unique<crash_report>(std::move(died_of));
  forget_entity(found->second);
  if (found->second.waiting.empty() && !found->second.busy) lines_.erase(found);
  room_.port.stop_entity(key);
}

void change_queue::refuse_all(const failure& why) {
  for (auto& each : slots_) each.request->reply->answer(fail(why.code, why.detail));
  front_ += slots_.size();
  slots_.clear();
  room_.in_flight.subtract(bytes_);
  bytes_ = 0;
  lines_.clear();
  live_.clear();
  entities_.become(0);
  asked_.clear();
  reads_ = 0;
  overlay_.clear();
  overlay_order_.clear();
  in_flight_.clear();
  room_.port.stop_entities();
}

void change_queue::tick() {
  const auto now = room_.port.steady_ms();
  for (auto number = front_; find(number) != nullptr && find(number)->arrived_ms + room_.limit.load_ms <= now; ++number)
    if (exceeds<"load_ms">(!find(number)->done()))
      give_up(number, {errc::timeout, "the entity could not be loaded in time; nothing was changed"});
  stop_idle_entities(now - std::int64_t{room_.limit.entity_idle_s} * 1000, live_.size());
}

void change_queue::ease(bool whole) {
  stop_idle_entities(room_.port.steady_ms(), whole ? live_.size() : std::max<std::size_t>(live_.size() / 4, 64));
}

change_queue::slot* change_queue::find(slot_number number) {
  return number < front_ || number >= front_ + slots_.size() ? nullptr : &slots_[number - front_];
}

// Who sent several operations wants to know which of them it was.
failure change_queue::blame(const slot& at, std::size_t step, failure why) {
  if (at.steps.size() > 1) why.operation = step;
  return why;
}

void change_queue::give_up(slot_number number, failure why) {
  auto* at = find(number);
  if (at == nullptr || at->failed) return;
  at->failed = std::move(why);
  std::vector<std::string> keys;
  for (const auto& made : at->steps)
    if (made.what->key) keys.push_back(*made.what->key);
  for (const auto& key : keys) advance(key);
}

// What it had proposed on other entities stands. The entity that died starts again when the key advances.
void change_queue::try_again(slot_number number, crash_report died_of) {
  auto& at = *find(number);
  if (++at.deaths < tries_max) return;
  at.killed = std::make_unique<crash_report>(std::move(died_of));
  give_up(number, {errc::quarantined, {}});
}

// Does the next thing that the key's first waiting slot needs, if anything can be done now.
void change_queue::advance(const std::string& key) {
  const auto found = lines_.find(key);
  if (found == lines_.end() || found->second.busy) return;
  auto& at = found->second;
  while (!at.waiting.empty()) {
    const auto number = at.waiting.front();
    auto* next = find(number);
    if (next == nullptr || next->failed) {
      at.waiting.pop_front();
      continue;
    }
    if (next->lookups > 0) return;
    const auto open =
        std::ranges::find_if(next->steps, [&](const step& made) { return made.what->key == key && !made.proposed && !made.replayed; });
    if (open == next->steps.end()) return;  // it holds the key until it has left
    if (!at.fresh) room_.held.cache.count(cache_type::entity, cache_level::live, at.live);
    if (!at.live) {
      const auto newest = overlay_.find(key);
      room_.held.cache.count(cache_type::entity, cache_level::memory, newest != overlay_.end());
      if (newest != overlay_.end()) {
        start_entity(key, at, newest->second.document);
      } else {
        const auto which = room_.next_ticket();
        asked_.emplace(which, pending{pending::kind::load, number, 0, key});
        ++reads_;
        at.busy = true;
        return room_.port.load(which, key);
      }
    }
    return ask_entity(key, number, static_cast<std::size_t>(open - next->steps.begin()));
  }
  if (!at.live) lines_.erase(found);
}

// What it would become may be far larger than the request.
void change_queue::propose(slot& of, step& made, proposal what) {
  const auto bytes = bytes_of(what);
  of.proposed_bytes += bytes;
  bytes_ += bytes;
  room_.in_flight.add(bytes);
  made.proposed = std::move(what);
}

void change_queue::ask_entity(const std::string& key, slot_number number, std::size_t step_index) {
  auto& at = lines_[key];
  const auto& of = *find(number);
  apply_change change{{of.request, of.steps[step_index].what}, room_.given_epoch, std::nullopt, nullptr};
  for (std::size_t i = 0; i < step_index; ++i)
    if (of.steps[i].proposed && of.steps[i].what->key == key) change.base = document_of(key, *of.steps[i].proposed, no_version);
  const auto which = room_.next_ticket();
  asked_.emplace(which, pending{pending::kind::apply, number, step_index, key});
  at.busy = true;
  at.fresh = false;
  at.used_ms = room_.port.steady_ms();
  live_.splice(live_.end(), live_, at.idle);
  room_.port.apply(key, which, std::move(change));
}

void change_queue::start_entity(const std::string& key, line& at, entity_ptr document) {
  at.live = at.fresh = true;
  at.used_ms = room_.port.steady_ms();
  at.idle = live_.insert(live_.end(), key);
  charge(at, key, document);
  room_.port.start_entity(key, std::move(document));
  make_room();
}

void change_queue::charge(line& at, const std::string& key, const entity_ptr& document) {
  const auto bytes = live_entity_bytes + 4 * key.size() + (document ? bytes_of(*document) : 0);
  entities_.add(bytes - std::exchange(at.bytes, bytes));
}

// For the one that has come: others of this room's own go, least recently used first; it has a change waiting. Two go where one comes, so
// that pressure ends.
void change_queue::make_room() {
  const auto now = room_.port.steady_ms();
  if (exceeds<"live_entities_max">(live_.size() > room_.limit.live_entities_max))
    stop_idle_entities(now, live_.size() - room_.limit.live_entities_max);
  if (!entities_.full()) return;
  stop_idle_entities(now, 2);
  room_.press();
}

// Least recently used first; those at work stay. Not used since, and no more than so many.
void change_queue::stop_idle_entities(std::int64_t before_ms, std::size_t count_max) {
  std::size_t stopped = 0;
  for (auto next = live_.begin(); next != live_.end() && stopped < count_max;) {
    const auto found = lines_.find(*next);
    assert(found != lines_.end());
    if (found->second.used_ms > before_ms) break;
    ++next;
    if (!found->second.waiting.empty() || found->second.busy) continue;
    const auto key = found->first;
    forget_entity(found->second);
    lines_.erase(found);
    room_.port.stop_entity(key);
    ++stopped;
  }
}

void change_queue::forget_entity(line& at) {
  at.live = at.fresh = false;
  entities_.subtract(std::exchange(at.bytes, 0));
  live_.erase(at.idle);
}

std::optional<change_queue::pending> change_queue::take(ticket which, pending::kind expected) {
  const auto found = asked_.find(which);
  if (found == asked_.end() || found->second.what != expected) return std::nullopt;
  auto asked = std::move(found->second);
  asked_.erase(found);
  if (expected != pending::kind::apply) --reads_;
  return asked;
}

}  // namespace tidewire
