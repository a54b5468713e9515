#include "tests/actors/room/stage.hpp"

#include <span>
#include <utility>

#include "schemas/apply.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::test {

namespace {

constexpr auto name = "room";

template <class T>
T take_first(std::deque<T>& queue) {
  REQUIRE_FALSE(queue.empty());
  auto first = std::move(queue.front());
  queue.pop_front();
  return first;
}

operation keyed(operation_kind kind, std::string key, std::string data) {
  operation made;
  made.key = std::move(key);
  made.kind = kind;
  made.data = std::move(data);
  return made;
}

}  // namespace

operation note(std::string data) {
  operation made;
  made.kind = operation_kind::set;
  made.data = std::move(data);
  return made;
}
operation set(std::string key, std::string data) { return keyed(operation_kind::set, std::move(key), std::move(data)); }
operation merge(std::string key, std::string data) { return keyed(operation_kind::merge, std::move(key), std::move(data)); }
operation removal(std::string key) { return keyed(operation_kind::remove, std::move(key), {}); }

operation once(operation what, std::string id, std::string fingerprint) {
  what.once = idempotency{"key", std::move(id), std::move(fingerprint)};
  return what;
}

operation if_version(operation what, std::uint64_t version, std::string epoch) {
  what.only_if = {precondition::demand::one_of, {{std::move(epoch), version}}};
  return what;
}

operation if_absent(operation what) {
  what.only_if.wants = precondition::demand::absent;
  return what;
}

protocol::subscribe_command stream_subscribe() {
  protocol::subscribe_command made;
  made.channel = name;
  return made;
}

protocol::subscribe_command stream_recover(std::uint64_t offset, std::string epoch, bool reject_unrecovered) {
  auto made = stream_subscribe();
  made.recover = true;
  made.offset = offset;
  made.epoch = std::move(epoch);
  made.flag = reject_unrecovered ? 3 : 1;
  return made;
}

protocol::subscribe_command map_state(std::uint32_t limit) {
  auto made = stream_subscribe();
  made.type = static_cast<std::uint32_t>(protocol::subscription_type::map);
  made.phase = static_cast<std::uint32_t>(protocol::subscribe_phase::state);
  made.limit = limit;
  return made;
}

protocol::subscribe_command map_state(std::uint32_t limit, const protocol::subscribe_result& page_before) {
  auto made = map_state(limit);
  made.cursor = page_before.cursor;
  made.offset = page_before.offset;
  made.epoch = page_before.epoch;
  return made;
}

protocol::subscribe_command map_stream(std::uint64_t offset, std::string epoch, bool recover) {
  auto made = map_state(0);
  made.phase = static_cast<std::uint32_t>(protocol::subscribe_phase::stream);
  made.offset = offset;
  made.epoch = std::move(epoch);
  made.recover = recover;
  return made;
}

std::vector<std::uint64_t> offsets_of(const std::vector<publication_ptr>& publications) {
  std::vector<std::uint64_t> all;
  for (const auto& each : publications) all.push_back(each->offset);
  return all;
}

std::vector<std::string> keys_of(const std::vector<entity_ptr>& documents) {
  std::vector<std::string> all;
  for (const auto& each : documents) all.push_back(each->key);
  return all;
}

std::vector<std::uint64_t> offsets_of(const published& answer) {
  std::vector<std::uint64_t> all;
  for (const auto& each : answer.changes) all.push_back(each.offset);
  return all;
}

stage::stage(limits limit_of, namespace_options options_of) : limit(limit_of), options(std::move(options_of)) {
  room = std::make_unique<room_state>(name, options, limit, held, port);
  port.flush = [this] { room->flush(); };
}

void stage::open() {
  room->start();
  answer_open();
  answer_told(std::nullopt);
}

void stage::answer_open() {
  const auto asked = take_first(port.opens);
  room->on_opened(asked.which, store->room(name).value().value_or(storage::room_record{}));
}

void stage::refuse_open(errc why) { room->on_opened(take_first(port.opens).which, fail(why)); }

void stage::answer_told(std::optional<std::uint64_t> told) { room->on_told(take_first(port.tolds), told); }

void stage::restart_room() {
  room = std::make_unique<room_state>(name, options, limit, held, port);
  port.entities.clear();
  port.applies.clear();
  port.appends.clear();
  port.loads.clear();
  port.dedupes.clear();
  port.states.clear();
  port.streams.clear();
  port.to_broadcaster.clear();
  port.told.clear();
  port.attached.clear();
  port.tick_due_ms.reset();
  room->start();
}

publish_box stage::publish(operation what) { return publish(std::vector<operation>{std::move(what)}); }

publish_box stage::publish(std::vector<operation> batch) {
  auto box = std::make_shared<answer_box<published>>();
  room->handle(std::make_shared<const publish_request>(publish_request{std::move(batch), std::nullopt, box}));
  return box;
}

subscribe_box stage::subscribe(protocol::subscribe_command command, session_id session) {
  auto box = std::make_shared<answer_box<subscribe_step>>();
  auto who = std::make_shared<subscriber>();
  who->session = session;
  auto through = protocol::plain_view(static_cast<protocol::subscription_type>(command.type));
  room->handle(subscribe_request{who, 7, std::move(command), std::move(through), box});
  return box;
}

void stage::answer_dedupe() {
  const auto asked = take_first(port.dedupes);
  room->on_dedupe(asked.which, store->dedupe(name, asked.once.scope, asked.once.id));
}

void stage::answer_load() {
  const auto asked = take_first(port.loads);
  room->on_loaded(asked.which, store->entity(name, asked.key));
}

void stage::refuse_load(errc why) { room->on_loaded(take_first(port.loads).which, fail(why)); }

void stage::answer_state() {
  const auto asked = take_first(port.states);
  room->on_state(asked.which, store->state(name, asked.after, asked.limit));
}

void stage::answer_stream() {
  const auto asked = take_first(port.streams);
  room->on_stream(asked.which, store->stream(name, asked.after, asked.limit));
}

void stage::answer_first_after() {
  const auto asked = take_first(port.first_afters);
  room->on_first_after(asked.which, store->first_after(name, asked.time_ms));
}

void stage::answer_apply() {
  const auto asked = take_first(port.applies);
  const auto& current = asked.change.base ? *asked.change.base : port.entities.at(asked.key);
  auto made = tidewire::apply(*asked.change.what, current.get(), asked.change.epoch, limit);
  if (!made) return room->on_proposal(asked.which, fail(made.error().code, made.error().detail));
  room->on_proposal(asked.which, proposal{made->removed, made->data, made->tags, current});
}

// As the actor does: the forgotten reply and the death of the entity arrive.
void stage::crash_entity() {
  const auto asked = take_first(port.applies);
  const auto started = port.entities_started;
  room->on_proposal(asked.which, fail(errc::unavailable));
  CHECK(port.entities.contains(asked.key) == (port.entities_started > started));  // it is gone, or another one
}

void stage::settle() {
  while (!port.dedupes.empty() || !port.loads.empty() || !port.applies.empty() || !port.states.empty() || !port.streams.empty()) {
    while (!port.dedupes.empty()) answer_dedupe();
    while (!port.loads.empty()) answer_load();
    while (!port.applies.empty()) answer_apply();
    while (!port.states.empty()) answer_state();
    while (!port.streams.empty()) answer_stream();
  }
}

void stage::commit() {
  const auto asked = take_first(port.appends);
  write(asked.changes);
  room->on_committed(asked.which, committed{asked.changes.publications.back()->offset});
}

void stage::refuse_append(bool stored) {
  const auto asked = take_first(port.appends);
  if (stored) write(asked.changes);
  room->on_committed(asked.which, fail(errc::storage_refused));
}

void stage::write(const storage::append& changes) {
  const auto written = store->write(std::span(&changes, 1), true);
  if (!written) FAIL(written.error().detail);
}

void stage::settle_and_commit() {
  settle();
  while (!port.appends.empty()) {
    commit();
    settle();
  }
}

publish_box stage::done(operation what) { return done(std::vector<operation>{std::move(what)}); }

publish_box stage::done(std::vector<operation> batch) {
  auto box = publish(std::move(batch));
  settle_and_commit();
  return box;
}

void stage::notes(std::uint64_t n) {
  for (; n > 0; --n) done(note("1"));
}

void stage::pass(std::int64_t ms) {
  port.clock_ms += ms;
  if (!port.tick_due_ms || *port.tick_due_ms > port.clock_ms) return;
  port.tick_due_ms.reset();
  room->tick();
}

std::uint64_t stage::stored_top() const {
  const auto record = store->room(name).value();
  return record ? record->top : 0;
}

std::optional<entity_document> stage::stored(const std::string& key) const { return store->entity(name, key).value(); }

}  // namespace tidewire::test
