// A room when memory is short: what it lets go of, in which order, and what it keeps.
#include "actors/room/footprint.hpp"
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

// As many entities as that fit beside the room itself.
void let_fit(stage& at, std::size_t entities) {
  at.held[memory_part::live].limit = at.held[memory_part::live].now() + entities * (live_entity_bytes + 500);
}

std::string key(int number) { return "k" + std::to_string(number); }

std::size_t used(const stage& at, memory_part part) { return at.held[part].now(); }

}  // namespace

TEST_CASE("ten times more entities than fit: the least recently used leave, and come back as they were") {
  stage at;
  at.open();
  let_fit(at, 5);
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < 50; ++i) {
      at.done(merge(key(i), R"({"r)" + std::to_string(round) + R"(":1})"));
      CHECK(used(at, memory_part::live) <= at.held[memory_part::live].limit);
      CHECK(at.port.entities.contains(key(i)));
    }
  }
  CHECK(at.port.entities.size() >= 3);
  CHECK(at.stored(key(7))->data == R"({"r1":1,"r2":1,"r3":1})");
  at.done(set(key(49), "{}"));
  CHECK(at.port.entities_started == 150);  // the newest one was still there
}

TEST_CASE("an entity with a change on its way stays, whatever is short") {
  stage at;
  at.open();
  at.done(set("busy", "1"));
  let_fit(at, 0);
  const auto on_its_way = at.publish(set("busy", "2"));  // proposed, and nobody has answered
  at.room->ease();
  at.pass(1'000);
  at.room->ease();
  CHECK(at.port.entities.contains("busy"));
  CHECK_FALSE(at.room->may_leave());
  at.settle_and_commit();
  CHECK(on_its_way->got->has_value());
  at.held[memory_part::live].limit = 1;
  at.room->ease();
  CHECK(at.port.entities.empty());
  CHECK(at.room->may_leave());
}

TEST_CASE("a room that is full and has nothing to let go of asks for the others'") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  CHECK(at.port.reliefs == 0);
  at.held[memory_part::live].limit = 1;
  at.done(set("l", "1"));
  CHECK(at.port.reliefs == 1);
  at.done(set("m", "1"));
  CHECK(at.port.reliefs == 1);  // asked for already
  at.held.heard();
  at.done(set("n", "1"));
  CHECK(at.port.reliefs == 2);
}

TEST_CASE("only a part that is short is let go of, and an idle room does not leave for the others'") {
  stage at;
  at.open();
  for (int i = 0; i < 8; ++i) at.done(set(key(i), "1"));
  at.held[memory_part::tails].limit = 1;
  at.pass(1'000);
  at.room->ease();
  CHECK(used(at, memory_part::tails) == 0);
  CHECK(at.port.entities.size() == 8);
  CHECK_FALSE(at.room->may_leave());
}

TEST_CASE("tails share their bytes: the newest publication is kept, and what is gone is read") {
  stage at;
  at.open();
  at.held[memory_part::tails].limit = 3 * (sizeof(publication) + 10);
  for (int i = 1; i <= 10; ++i) {
    at.done(note(std::to_string(i)));
    CHECK(used(at, memory_part::tails) <= at.held[memory_part::tails].limit);
  }
  const auto back = at.subscribe(stream_recover(2, "e1"));
  CHECK(at.port.streams.size() == 1);
  at.answer_stream();
  CHECK(at.port.attached.size() == 1);
  CHECK(at.port.attached.front().result.publications.size() == 8);
}

TEST_CASE("changes on their way share their bytes; one is taken in any case") {
  stage at;
  at.open();
  at.held[memory_part::changes].limit = 1'000;
  const auto large = at.publish(note(std::string(5'000, '1')));
  CHECK(large->empty());
  const auto next = at.publish(note("1"));
  CHECK(next->error() == errc::too_many_requests);
  at.settle_and_commit();
  CHECK(large->got->has_value());
  CHECK(used(at, memory_part::changes) == 0);
  CHECK(at.publish(note("1"))->empty());
}

TEST_CASE("a write that fails gives back what the changes behind it were charged, decided or not") {
  stage at;
  at.open();
  at.publish(note("1"));
  at.settle();
  const auto cold = at.publish(set("cold", "2"));  // waits for its document
  const auto decided = at.publish(note("3"));      // and that for its turn
  at.refuse_append(false);
  CHECK(cold->error() == errc::storage_refused);
  CHECK(decided->error() == errc::storage_refused);
  at.answer_open();
  CHECK(used(at, memory_part::changes) == 0);
  CHECK(at.publish(note("4"))->empty());
}

TEST_CASE("a room that goes has given back everything, whatever was on its way") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.publish(set("k", "2"));
  at.publish(note("3"));
  at.subscribe(map_state(10));
  at.answer_state();
  CHECK(used(at, memory_part::live) > live_room_bytes);
  CHECK(used(at, memory_part::pages) > 0);
  at.room.reset();
  for (const auto part : {memory_part::live, memory_part::tails, memory_part::pages, memory_part::changes}) CHECK(used(at, part) == 0);
}

TEST_CASE("a change is counted once at the level that had its entity") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  at.done(set("k", "2"));
  at.done(set("k", "3"));
  const auto& live = at.held.cache.at(cache_type::entity, cache_level::live);
  const auto& overlay = at.held.cache.at(cache_type::entity, cache_level::memory);
  CHECK((live.misses == 1 && live.hits == 2));
  CHECK((overlay.misses == 1 && overlay.hits == 0));
  at.publish(set("k", "4"));
  at.settle();
  at.room->on_entity_gone("k", {});
  at.publish(set("k", "5"));
  CHECK((overlay.misses == 1 && overlay.hits == 1));
}

TEST_CASE("a warm room has its tail and a page of its state at hand, however it is asked meanwhile") {
  stage at;
  at.open();
  for (int i = 1; i <= 5; ++i) at.done(set(key(i), std::to_string(i)));
  at.restart_room();
  const auto box = std::make_shared<answer_box<warmed>>();
  at.room->handle(warm_request{box});
  at.answer_open();
  at.answer_told(std::nullopt);
  REQUIRE(at.port.streams.size() == 1);
  SECTION("nothing happens meanwhile") {}
  SECTION("a change comes meanwhile") {
    at.publish(note("6"));
    at.commit();
  }
  at.answer_stream();
  at.answer_state();
  CHECK(box->value().bytes > 0);
  at.subscribe(stream_recover(1, "e1"));
  CHECK(at.port.streams.empty());
}
