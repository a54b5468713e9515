// A room that starts again: what was committed but never told is handed over first.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;
using mail = std::vector<std::string>;

namespace {

struct restarted : stage {
  explicit restarted(std::uint64_t top) {
    open();
    notes(top);
    restart_room();
  }
};

}  // namespace

TEST_CASE("nothing happens before the room is open") {
  stage at;
  at.room->start();
  const auto change = at.publish(set("k", "1"));
  at.subscribe(stream_subscribe());
  CHECK((at.port.loads.empty() && at.port.attached.empty()));
  at.answer_open();
  CHECK((at.port.loads.empty() && at.port.attached.empty()));
  at.answer_told(std::nullopt);
  CHECK(at.port.attached.size() == 1);
  at.settle_and_commit();
  CHECK(offsets_of(change->value()) == offsets{1});
}

TEST_CASE("position and epoch continue") {
  restarted at(3);
  at.answer_open();
  at.answer_told(3);
  const auto next = at.done(note("4"));
  CHECK(offsets_of(next->value()) == offsets{4});
  CHECK(next->value().epoch == "e1");
  CHECK(at.port.to_broadcaster == mail{"told 4"});
}

TEST_CASE("what was never told is handed over before anything else") {
  restarted at(3);
  at.publish(note("4"));
  at.subscribe(stream_subscribe());
  at.answer_open();
  at.answer_told(1);
  CHECK(at.port.appends.empty());
  CHECK(at.port.attached.empty());
  at.answer_stream();
  at.settle_and_commit();
  CHECK(at.port.to_broadcaster == mail{"told 2", "told 3", "attach 3", "told 4"});
}

TEST_CASE("an early audience is handed over the first publication with its epoch") {
  restarted at(2);
  at.answer_open();
  at.answer_told(0);
  at.answer_stream();
  REQUIRE(at.port.told.size() == 2);
  CHECK(at.port.told[0]->epoch == "e1");
}

TEST_CASE("a hand-over longer than a page goes on") {
  stage at;
  at.open();
  for (int i = 0; i < 3; ++i) at.done(std::vector<operation>(500, note("1")));
  at.restart_room();
  at.answer_open();
  at.answer_told(10);
  at.answer_stream();
  REQUIRE(at.port.streams.size() == 1);
  CHECK(at.port.streams.front().after == 1'010);
  at.answer_stream();
  CHECK(at.port.told.size() == 1'490);
  CHECK(at.port.told.back()->offset == 1'500);
  CHECK(at.done(note("1"))->got->has_value());
}

TEST_CASE("an audience whose next publication is trimmed starts anew") {
  restarted at(4);
  REQUIRE(at.store->trim("room", 4));
  at.answer_open();
  at.answer_told(1);
  at.answer_stream();
  CHECK(at.port.to_broadcaster == mail{"reset"});
  CHECK(at.done(note("5"))->got->has_value());
}

TEST_CASE("an audience that was told more than is stored starts anew") {
  restarted at(2);
  at.answer_open();
  at.answer_told(3);
  CHECK(at.port.to_broadcaster == mail{"reset"});
}

TEST_CASE("a broadcaster that died has no audience to hand over to") {
  restarted at(2);
  at.answer_open();
  at.room->on_told(at.port.tolds.front(), fail(errc::unavailable));
  CHECK_FALSE(at.room->idle());
  const auto next = at.publish(note("3"));
  at.pass(250);
  CHECK(at.port.appends.size() == 1);
  at.commit();
  CHECK(next->got->has_value());
  CHECK(at.port.to_broadcaster == mail{"told 3"});
}

TEST_CASE("a hand-over whose reader died is tried again") {
  restarted at(2);
  at.answer_open();
  at.answer_told(1);
  at.room->on_stream(at.port.streams.front().which, fail(errc::unavailable));
  at.port.streams.clear();
  CHECK(at.port.to_broadcaster.empty());
  at.pass(250);
  at.answer_stream();
  CHECK(at.port.to_broadcaster == mail{"told 2"});
}

TEST_CASE("answers to another question are not heard") {
  stage at;
  at.room->start();
  at.room->on_opened(999, storage::room_record{});
  CHECK(at.port.tolds.empty());
  at.answer_open();
  at.room->on_told(999, std::uint64_t{5});
  at.answer_told(std::nullopt);
  at.publish(note("1"));
  at.room->on_committed(999, committed{1});
  CHECK(at.port.told.empty());
  at.commit();
  CHECK(offsets_of(at.port.told) == offsets{1});
}
