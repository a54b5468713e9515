// Entities under a room: loaded when needed, gone when idle, started again when they fail.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;

TEST_CASE("an entity is loaded once and told what was accepted") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.done(set("k", "2"));
  CHECK(at.port.entities_started == 1);
  CHECK(at.port.entities.at("k")->data == "2");
  CHECK(at.port.entities.at("k")->version == 2);
  at.done(removal("k"));
  CHECK(at.port.entities.at("k") == nullptr);
}

TEST_CASE("a load that fails refuses its change alone") {
  stage at;
  at.open();
  const auto first = at.publish(set("k", "1"));
  const auto second = at.publish(set("k", "2"));
  at.refuse_load(errc::unavailable);
  CHECK(first->error() == errc::unavailable);
  at.settle_and_commit();
  CHECK(offsets_of(second->value()) == offsets{1});
}

TEST_CASE("a cold entity holds its room no longer than load_ms") {
  const crossing crossed("load_ms");
  stage at;
  at.open();
  std::vector<publish_box> cold;
  for (int i = 0; i < 3; ++i) cold.push_back(at.publish(set("cold", "1")));
  const auto behind = at.publish(note("2"));
  at.pass(at.limit.load_ms - 1);
  CHECK(at.port.appends.empty());
  at.pass(1);
  at.pass(1'000);
  at.commit();
  for (const auto& each : cold) CHECK(each->error() == errc::timeout);
  CHECK(crossed.counted());
  CHECK(offsets_of(behind->value()) == offsets{1});

  // The load comes in the end, and serves the next change.
  const auto next = at.publish(set("cold", "3"));
  at.settle_and_commit();
  CHECK(offsets_of(next->value()) == offsets{2});
}

TEST_CASE("a change that kills its entity is tried once more, on one that has just started") {
  stage at;
  at.open();
  at.done(set("k", R"({"a":1})"));
  const auto change = at.publish(merge("k", R"({"b":2})"));
  const auto next = at.publish(merge("k", R"({"c":3})"));
  SECTION("the forgotten reply comes first") {
    at.crash_entity();
    at.room->on_entity_gone("k", {"late", {}});
  }
  SECTION("its death comes first") {
    at.room->on_entity_gone("k", {"early", {}});
    at.crash_entity();
  }
  at.settle_and_commit();
  CHECK(offsets_of(change->value()) == offsets{2});
  CHECK(offsets_of(next->value()) == offsets{3});
  CHECK(at.stored("k")->data == R"({"a":1,"b":2,"c":3})");
  CHECK(at.port.set_asides.empty());
}

TEST_CASE("a change that kills its entity twice is set aside, and nobody waits for it") {
  stage at;
  at.open();
  at.done(set("k", R"({"a":1})"));
  const auto deadly = at.publish(once(merge("k", R"({"b":2})"), "id"));
  const auto next = at.publish(merge("k", R"({"c":3})"));
  const auto other = at.publish(set("other", "1"));
  at.answer_dedupe();
  at.crash_entity();
  at.answer_load();  // of the other one
  at.answer_load();
  at.port.applies.push_back(std::move(at.port.applies.front()));  // the other entity answers later
  at.port.applies.pop_front();
  at.room->on_entity_gone("k", {"std::logic_error: no", "f at tidewire+0x1"});
  at.crash_entity();
  REQUIRE(at.port.set_asides.size() == 1);
  const auto aside = at.port.set_asides.front();
  CHECK(aside.request->operations.front().data == R"({"b":2})");
  CHECK(aside.tries == 2);
  CHECK(aside.died_of.error == "std::logic_error: no");
  CHECK(aside.died_of.backtrace == "f at tidewire+0x1");
  CHECK(deadly->empty());  // the quarantine answers

  at.settle_and_commit();
  CHECK(offsets_of(next->value()) == offsets{2});
  CHECK(offsets_of(other->value()) == offsets{3});
  CHECK(at.stored("k")->data == R"({"a":1,"c":3})");
  // Its id may come again, and the room does not wait for anything.
  CHECK(offsets_of(at.done(once(merge("k", R"({"b":2})"), "id"))->value()) == offsets{4});
  at.pass(std::int64_t{at.limit.room_idle_s} * 1'000);
  CHECK(at.room->idle());
}

TEST_CASE("a batch that kills two entities once each is set aside as a whole") {
  stage at;
  at.open();
  at.publish({set("a", "1"), set("b", "1")});
  while (!at.port.loads.empty()) at.answer_load();
  at.crash_entity();
  at.crash_entity();
  REQUIRE(at.port.set_asides.size() == 1);
  CHECK(at.port.set_asides.front().request->operations.size() == 2);
  at.settle_and_commit();
  CHECK(at.stored_top() == 0);
  CHECK(offsets_of(at.done(set("a", "2"))->value()) == offsets{1});
}

TEST_CASE("an entity starts again from what is accepted but not committed") {
  stage at;
  at.open();
  at.publish(set("k", R"({"a":1})"));
  at.settle();
  at.publish(merge("k", R"({"b":2})"));
  at.crash_entity();
  at.crash_entity();
  const auto next = at.publish(merge("k", R"({"c":3})"));
  CHECK(at.port.loads.empty());
  at.settle_and_commit();
  CHECK(next->got->has_value());
  CHECK(at.stored("k")->data == R"({"a":1,"c":3})");
}

TEST_CASE("a commit lets the overlay forget what is stored, not what is newer") {
  stage at;
  at.open();
  at.publish(set("k", R"({"a":1})"));
  at.settle();
  at.publish(merge("k", R"({"b":2})"));
  at.settle();
  at.commit();  // the first of them
  at.room->on_entity_gone("k", {});
  at.publish(merge("k", R"({"c":3})"));
  CHECK(at.port.loads.empty());
  at.settle_and_commit();
  CHECK(at.stored("k")->data == R"({"a":1,"b":2,"c":3})");
}

TEST_CASE("an uncommitted removal is no document, whatever is stored") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.publish(removal("k"));
  at.settle();
  at.room->on_entity_gone("k", {});
  const auto next = at.publish(if_absent(set("k", "2")));
  CHECK(at.port.loads.empty());
  at.settle_and_commit();
  CHECK(next->got->has_value());
}

TEST_CASE("an entity that dies at rest is loaded again") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.port.entities.erase("k");
  at.room->on_entity_gone("k", {});
  const auto next = at.publish(if_version(set("k", "2"), 1));
  CHECK(at.port.loads.size() == 1);
  at.settle_and_commit();
  CHECK(offsets_of(next->value()) == offsets{2});
}

TEST_CASE("an idle entity leaves memory and comes back") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.pass(std::int64_t{at.limit.entity_idle_s} * 1'000 - 1);
  CHECK(at.port.entities.contains("k"));
  at.pass(std::int64_t{at.limit.entity_idle_s} * 1'000);
  CHECK_FALSE(at.port.entities.contains("k"));
  CHECK(offsets_of(at.done(if_version(set("k", "2"), 1))->value()) == offsets{2});
}

TEST_CASE("an entity at work does not leave") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.publish(set("k", "2"));
  at.pass(std::int64_t{at.limit.entity_idle_s} * 1'000 + 1);
  CHECK(at.port.entities.contains("k"));
}

TEST_CASE("the least recently used of too many entities leaves, passing over those at work") {
  limits few;
  few.live_entities_max = 3;
  const crossing crossed("live_entities_max");
  stage at(few);
  at.open();
  for (const auto* key : {"a", "b", "c"}) at.done(set(key, "1"));
  at.done(set("a", "2"));
  CHECK_FALSE(crossed.counted());
  at.done(set("d", "1"));
  CHECK(crossed.counted());
  CHECK_FALSE(at.port.entities.contains("b"));

  // c is held, then a and d are used and left again.
  at.publish({set("c", "2"), set("cold", "1")});
  at.publish(if_absent(set("a", "3")));
  at.publish(if_absent(set("d", "3")));
  while (!at.port.applies.empty()) at.answer_apply();
  at.publish(set("e", "1"));
  while (!at.port.loads.empty()) at.answer_load();
  CHECK(at.port.entities.size() == 3);
  for (const auto* key : {"c", "cold", "e"}) CHECK(at.port.entities.contains(key));
}
