#include "tests/actors/room/sim/world.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include "schemas/apply.hpp"

namespace tidewire::test {

namespace {

constexpr auto name = "room";

}  // namespace

sim_world::sim_world(chance& by, const limits& limit, namespace_options options)
    : by_(by), limit_(limit), options_(std::move(options)), ledger_(limit, options_.key_ttl_s) {
  for (auto& each : haste_) each = by_.between(1, 8);
}

sim_world::~sim_world() {
  closing_ = true;
  room_.reset();
  for (auto& each : mail_) each.clear();  // whoever waits for an answer hears of it while all of this is there
}

// ---- mail ----------------------------------------------------------------------------------------------------------------

void sim_world::post(std::size_t to, std::function<void()> letter) {
  if (!closing_) mail_[to].push_back(std::move(letter));
}

void sim_world::deliver(std::size_t from) {
  const auto letter = std::move(mail_[from].front());
  mail_[from].pop_front();
  letter();
}

// Mail for this incarnation of the room; a later one does not hear it.
template <class Hear>
void sim_world::to_room(std::size_t by, Hear hear) {
  post(by, [this, at = incarnation_, hear = std::move(hear)] {
    if (room_ && at == incarnation_) hear(*room_);
  });
}

template <class T, class Hear>
reply_ptr<T> sim_world::mail_reply(std::size_t by, Hear hear) {
  return std::make_shared<sim_reply<T>>([this, by, at = incarnation_, hear = std::move(hear)](result<T> outcome) {
    post(by, [this, at, hear, outcome = std::move(outcome)] {
      if (room_ && at == incarnation_) hear(*room_, outcome);
    });
  });
}

bool sim_world::step() {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < mailboxes; ++i)
    if (!mail_[i].empty()) sum += haste_[i];
  check_bounds();
  if (sum == 0) {
    if (ticks_.empty()) return false;
    clock_ms_ = std::max(clock_ms_, *ticks_.begin());
    tick_if_due();
    return std::ranges::any_of(mail_, [](const auto& each) { return !each.empty(); });
  }
  auto at = by_.below(sum);
  std::size_t chosen = 0;
  for (;; ++chosen) {
    if (mail_[chosen].empty()) continue;
    if (at < haste_[chosen]) break;
    at -= haste_[chosen];
  }
  deliver(chosen);
  if (by_.one_in(4)) tick_if_due();
  return true;
}

void sim_world::check_bounds() const {
  must(held_ <= limit_.slots_max, "a room takes no more requests than its slots");
  must(entities_.size() <= limit_.live_entities_max + limit_.slots_max * operations_max, "a room keeps no more entities than it may");
}

// ---- the room ------------------------------------------------------------------------------------------------------------

void sim_world::start_room() {
  ++incarnation_;
  room_ = std::make_unique<room_state>(name, options_, limit_, static_cast<room_port&>(*this));
  room_->start();
}

// Its mail is lost, and so is everything that it owed.
void sim_world::crash_room() {
  if (!room_) return;
  stop_entities();
  room_.reset();
  ++incarnation_;
  held_ = 0;  // an entity may still be at work on a request, and keep it from being answered
  ticks_.clear();
  for (const auto each :
       {clients_to_room, journal_to_room, reader_to_room, broadcaster_to_room, entities_to_room, entities_down, room_to_itself})
    const auto lost = std::exchange(mail_[each], {});
}

void sim_world::retire_if_idle() {
  if (!room_ || !room_->idle() || !mail_[clients_to_room].empty()) return;
  post(room_to_journal, [this, of = generation_] {
    if (opened_ == of) opened_ = 0;
  });
  crash_room();
}

void sim_world::tick_if_due() {
  if (ticks_.empty() || *ticks_.begin() > clock_ms_) return;
  ticks_.erase(ticks_.begin());
  if (!room_) return;
  room_->tick();
  retire_if_idle();
}

void sim_world::publish(publish_request request) {
  const auto taken_by = std::make_shared<std::uint64_t>(0);
  request.reply = std::make_shared<sim_reply<published>>([this, taken_by, to = request.reply](result<published> outcome) {
    if (*taken_by != 0) {
      --unanswered_;
      if (*taken_by == incarnation_) --held_;
    }
    to->answer(std::move(outcome));
  });
  post(clients_to_room, [this, taken_by, request = std::move(request)] {
    if (!room_) start_room();
    *taken_by = incarnation_;
    ++unanswered_;
    ++held_;
    room_->handle(std::make_shared<const publish_request>(request));
  });
}

void sim_world::subscribe(subscribe_request request) {
  post(clients_to_room, [this, request = std::move(request)] {
    if (!room_) start_room();
    room_->handle(request);
  });
}

void sim_world::strike() {
  if (by_.one_in(faults.room)) crash_room();
  if (by_.one_in(faults.journal)) restart_journal();
  if (by_.one_in(faults.broadcaster)) restart_broadcaster();
  if (by_.one_in(faults.disk)) disk_.break_disk(by_.one_in(2) ? write_fault::refuse : write_fault::lose_answer);
  if (by_.one_in(20)) disk_.repair();
}

void sim_world::calm() {
  faults = {};
  disk_.repair();
}

void sim_world::finish() {
  const auto record = disk_.room(name).value().value_or(storage::room_record{});
  must(record.top == ledger_.top() && record.epoch == ledger_.epoch(), "the store's position is the ledger's");
  const auto stream = disk_.stream(name, 0, {100'000, 1'000'000'000}, false).value();
  must(stream.publications.size() == record.top + 1 - record.first, "the stream is dense");
  for (const auto& each : stream.publications) must(*each == *ledger_.at(each->offset), "the stream is what was appended");
  const auto truth = ledger_.state_at(ledger_.top());
  const auto state = disk_.state(name, {}, {100'000, 1'000'000'000}).value();
  must(state.rows.size() == truth.size(), "the state has the ledger's entities");
  for (const auto& row : state.rows) must(truth.contains(row.key) && truth.at(row.key) == row, "the state is what the stream builds");
  const auto due = disk_.due({}, std::numeric_limits<std::int64_t>::max(), 100'000).value();
  must(std::ranges::all_of(due,
                           [&](const auto& row) {
                             const auto found = truth.find(row.key);
                             return found != truth.end() && found->second.expires_ms == row.expires_ms &&
                                    found->second.version == row.version;
                           }),
       "a row of expiry has its entity");
  must(
      static_cast<std::ptrdiff_t>(due.size()) == std::ranges::count_if(truth, [](const auto& each) { return each.second.expires_ms != 0; }),
      "an entity that expires has its row");
  must(unanswered_ == 0, "every request has been answered");
  for (int ticks = 0; room_ && ticks < 50; ++ticks)
    while (step()) {}
  must(!room_, "a quiet room retires");
}

// ---- entities ------------------------------------------------------------------------------------------------------------

void sim_world::flush_soon() {
  to_room(room_to_itself, [](room_state& room) { room.flush(); });
}

void sim_world::start_entity(const std::string& key, entity_ptr document) {
  entities_[key] = ++entity_ids_;
  documents_[entity_ids_] = std::move(document);
}

void sim_world::apply(const std::string& key, ticket which, apply_change change) {
  change.reply =
      mail_reply<proposal>(entities_to_room, [which](room_state& room, const result<proposal>& made) { room.on_proposal(which, made); });
  const auto found = entities_.find(key);
  if (found == entities_.end()) return;
  post(mailbox_of(found->second), [this, id = found->second, key, change = std::move(change)] { entity_apply(id, key, change); });
}

void sim_world::entity_apply(std::uint64_t id, const std::string& key, const apply_change& change) {
  const auto found = documents_.find(id);
  if (found == documents_.end()) return;
  if (by_.one_in(faults.entity)) {
    documents_.erase(found);
    return to_room(entities_down, [this, id, key](room_state& room) {
      const auto known = entities_.find(key);
      if (known == entities_.end() || known->second != id) return;
      entities_.erase(known);
      room.on_entity_gone(key, {"a fault of the simulation", {}});
    });
  }
  const auto& current = change.base ? *change.base : found->second;
  auto outcome = tidewire::apply(*change.what, current.get(), change.epoch, limit_);
  if (!outcome) return change.reply->answer(fail(outcome.error().code, outcome.error().detail));
  change.reply->answer(proposal{outcome->removed, outcome->data, outcome->tags, current});
}

void sim_world::accept(const std::string& key, entity_ptr document) {
  const auto found = entities_.find(key);
  if (found == entities_.end()) return;
  post(mailbox_of(found->second), [this, id = found->second, document = std::move(document)] {
    if (const auto running = documents_.find(id); running != documents_.end()) running->second = document;
  });
}

void sim_world::stop_entity(const std::string& key) {
  const auto found = entities_.find(key);
  if (found == entities_.end()) return;
  post(mailbox_of(found->second), [this, id = found->second] { documents_.erase(id); });
  entities_.erase(found);
}

void sim_world::stop_entities() {
  while (!entities_.empty()) stop_entity(std::string(entities_.begin()->first));
}

// The quarantine answers at once.
void sim_world::set_aside(publish_request_ptr request, std::uint32_t, crash_report) { request->reply->answer(fail(errc::quarantined)); }

// ---- journal -------------------------------------------------------------------------------------------------------------

void sim_world::open(ticket which, generation since) {
  generation_ = since;
  auto reply = mail_reply<storage::room_record>(
      journal_to_room, [which](room_state& room, const result<storage::room_record>& record) { room.on_opened(which, record); });
  post(room_to_journal, [this, since, reply = std::move(reply)] { journal_open(since, reply); });
}

void sim_world::journal_open(generation since, const reply_ptr<storage::room_record>& reply) {
  journal_flush();
  if (journal_broken_) {
    if (const auto mended = disk_.reopen_writes(); !mended) return reply->answer(fail(errc::storage_refused));
    journal_broken_ = false;
  }
  opened_ = std::max(opened_, since);
  reply->answer(disk_.room(name).value().value_or(storage::room_record{}));
}

void sim_world::append(ticket which, generation of, storage::append changes) {
  auto reply = mail_reply<committed>(journal_to_room,
                                     [which](room_state& room, const result<committed>& outcome) { room.on_committed(which, outcome); });
  auto request = std::make_shared<append_request>(append_request{of, std::move(changes), std::move(reply)});
  post(room_to_journal, [this, request = std::move(request)] { journal_append(request); });
}

void sim_world::journal_append(const append_request_ptr& request) {
  if (journal_broken_ || opened_ != request->of) {
    if (opened_ == request->of) opened_ = 0;
    return request->reply->answer(fail(errc::storage_refused));
  }
  waiting_.push_back(request);
  if (waiting_.size() > 1) return;
  post(room_to_journal, [this, start = journal_start_] {
    if (start == journal_start_) journal_flush();
  });
}

void sim_world::journal_flush() {
  if (waiting_.empty()) return;
  const auto requests = std::exchange(waiting_, {});
  must(requests.size() == 1, "one append of a room is in flight");
  const auto& changes = requests.front()->changes;
  if (by_.one_in(faults.write)) disk_.fail_write(1, by_.one_in(2) ? write_fault::refuse : write_fault::lose_answer);
  const auto written = disk_.write(std::span(&changes, 1), true);
  const auto record = disk_.room(name).value();
  if (record && record->top == changes.publications.back()->offset && record->top > ledger_.top()) ledger_.record(changes);
  if (written) return requests.front()->reply->answer(committed{record->top});
  must(written.error().code == errc::storage_refused, "an append keeps the rules of the store: " + written.error().detail);
  journal_broken_ = true;
  opened_ = 0;
  requests.front()->reply->answer(fail(errc::storage_refused));
}

void sim_world::restart_journal() {
  ++journal_start_;
  waiting_.clear();
  mail_[room_to_journal].clear();
  opened_ = 0;
  journal_broken_ = false;
}

void sim_world::trim(std::uint64_t first) {
  trim_asked_ = std::max(trim_asked_, first);
  post(room_to_journal, [this, first] { (void)disk_.trim(name, first); });
}

// ---- reader --------------------------------------------------------------------------------------------------------------

template <class T, class Read, class Hear>
void sim_world::ask_reader(ticket which, Read read, Hear hear) {
  auto reply = mail_reply<T>(reader_to_room, [which, hear](room_state& room, const result<T>& got) { (room.*hear)(which, got); });
  post(room_to_reader, [this, read = std::move(read), reply = std::move(reply)] {
    if (!by_.one_in(faults.read)) reply->answer(read());
  });
}

void sim_world::load(ticket which, const std::string& key) {
  ask_reader<std::optional<entity_document>>(
      which, [this, key] { return disk_.entity(name, key); }, &room_state::on_loaded);
}

void sim_world::find_dedupe(ticket which, const idempotency& once) {
  ask_reader<std::optional<storage::dedupe_record>>(
      which, [this, once] { return disk_.dedupe(name, once.scope, once.id); }, &room_state::on_dedupe);
}

void sim_world::read_state(ticket which, const std::string& after, storage::page_limit limit) {
  ask_reader<storage::state_page>(
      which, [this, after, limit] { return disk_.state(name, after, limit); }, &room_state::on_state);
}

void sim_world::read_stream(ticket which, std::uint64_t after, storage::page_limit limit) {
  ask_reader<storage::stream_page>(
      which, [this, after, limit] { return disk_.stream(name, after, limit, false); }, &room_state::on_stream);
}

void sim_world::find_first_after(ticket which, std::int64_t time_ms) {
  ask_reader<std::uint64_t>(
      which, [this, time_ms] { return disk_.first_after(name, time_ms); }, &room_state::on_first_after);
}

// ---- broadcaster ---------------------------------------------------------------------------------------------------------

void sim_world::ask_told(ticket which) {
  auto reply = mail_reply<std::optional<std::uint64_t>>(
      broadcaster_to_room, [which](room_state& room, const result<std::optional<std::uint64_t>>& told) { room.on_told(which, told); });
  post(room_to_broadcaster, [this, reply = std::move(reply)] { reply->answer(members_.empty() ? std::nullopt : std::optional(told_)); });
}

void sim_world::tell(std::vector<change> news) {
  for (const auto& each : news)
    must(each.told->offset <= ledger_.top() && *each.told == *ledger_.at(each.told->offset), "nothing is told that is not stored");
  post(room_to_broadcaster, [this, run = std::move(news)] { tell_members(run); });
}

void sim_world::tell_members(const std::vector<change>& run) {
  if (members_.empty()) return;
  for (const auto& [each, before] : run) {
    if (each->offset <= told_) continue;
    must(each->offset == told_ + 1, "no change is left out");
    for (auto& [session, who] : members_) {
      if (!who.missed_after && who.listener->slow()) who.missed_after = told_;
      if (!who.missed_after && (!who.map || each->key)) who.listener->on_push(*each);
    }
    told_ = each->offset;
  }
}

void sim_world::attach(tidewire::attach subscription) {
  post(room_to_broadcaster, [this, wanted = std::move(subscription)] { attach_member(wanted); });
}

void sim_world::attach_member(const tidewire::attach& wanted) {
  must(members_.empty() || told_ <= wanted.from, "nobody is attached below what was told");
  must(members_.empty() || told_ == wanted.from, "an attach comes after all runs up to it");
  if (const auto found = listeners_.find(wanted.who->session); found != listeners_.end()) {
    told_ = wanted.from;
    members_[wanted.who->session] = {found->second, wanted.through->type == protocol::subscription_type::map, wanted.from};
    found->second->on_live(wanted.result, wanted.from);
  }
  wanted.reply->answer(subscribe_step{true, 1, {}});
}

void sim_world::resume(session_id session) {
  const auto found = members_.find(session);
  if (found == members_.end() || !found->second.missed_after || std::exchange(found->second.asked, true)) return;
  auto who = std::make_shared<subscriber>();
  who->session = session;
  resume_request request{std::move(who), protocol::plain_view(protocol::subscription_type::map), 1, *found->second.missed_after, nullptr};
  request.reply = std::make_shared<sim_reply<subscribe_step>>([this, session](const result<subscribe_step>& step) {
    const auto still = members_.find(session);
    if (!step && still != members_.end()) still->second.listener->on_lost();
  });
  post(clients_to_room, [this, request = std::move(request)] {
    if (!room_) start_room();
    room_->handle(request);
  });
}

bool sim_world::misses(session_id session) const {
  const auto found = members_.find(session);
  return found != members_.end() && found->second.missed_after;
}

void sim_world::resume(tidewire::resume ready) {
  post(room_to_broadcaster, [this, ready = std::move(ready)] { resume_member(ready); });
}

void sim_world::resume_member(const tidewire::resume& ready) {
  const auto found = members_.find(ready.member.who->session);
  if (found == members_.end()) return;
  if (ready.whole && told_ > ready.up_to) return ready.member.reply->answer(fail(errc::unavailable));
  must(!ready.whole || told_ == ready.up_to, "a resume comes after all runs up to it");
  auto& who = found->second;
  who.asked = false;
  who.missed_after = ready.whole ? std::nullopt : std::optional(ready.up_to);
  who.listener->on_resumed(ready.changes, ready.up_to);
  ready.member.reply->answer(subscribe_step{true, 1, {}});
}

void sim_world::reset_audience() {
  post(room_to_broadcaster, [this] {
    must(members_.empty() || told_ + 1 < trim_asked_, "subscriptions end only when history is gone");
    end_subscriptions();
  });
}

void sim_world::end_subscriptions() {
  for (const auto& [session, who] : std::exchange(members_, {})) who.listener->on_lost();
}

void sim_world::restart_broadcaster() {
  mail_[room_to_broadcaster].clear();
  end_subscriptions();
}

void sim_world::listen(session_id session, sim_listener* listener) { listeners_[session] = listener; }

void sim_world::leave(session_id session) {
  listeners_.erase(session);
  members_.erase(session);
}

}  // namespace tidewire::test
