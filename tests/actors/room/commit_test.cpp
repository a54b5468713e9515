// From an offset to its commit: who is answered and told when, what a refused append means, and the bounds on the way.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;

TEST_CASE("nobody is answered or told before the commit") {
  stage at;
  at.open();
  const auto box = at.publish(note("1"));
  CHECK(at.port.appends.size() == 1);
  CHECK(box->empty());
  CHECK(at.port.told.empty());
  at.commit();
  CHECK(offsets_of(box->value()) == offsets{1});
  CHECK(offsets_of(at.port.told) == offsets{1});
}

TEST_CASE("what is ordered during an append gathers for the next one") {
  stage at;
  at.open();
  at.publish(note("1"));
  at.publish(note("2"));
  at.publish(note("3"));
  REQUIRE(at.port.appends.size() == 1);
  at.commit();
  REQUIRE(at.port.appends.size() == 1);
  CHECK(offsets_of(at.port.appends.front().changes.publications) == offsets{2, 3});
  CHECK(at.port.appends.front().of == 1);
}

TEST_CASE("what is ordered before the flush is one append, refusals included") {
  stage at;
  at.open();
  at.port.holds_flushes = true;
  const auto first = at.publish(note("1"));
  const auto refused = at.publish(if_version(set("k", "1"), 7));
  const auto last = at.publish(note("2"));
  at.settle();
  CHECK(at.port.appends.empty());
  CHECK(refused->empty());
  at.port.flush();
  REQUIRE(at.port.appends.size() == 1);
  CHECK(offsets_of(at.port.appends.front().changes.publications) == offsets{1, 2});
  at.port.flush();  // one too many
  CHECK(at.port.appends.size() == 1);
  at.commit();
  CHECK(offsets_of(first->value()) == offsets{1});
  CHECK(refused->error() == errc::version_conflict);
  CHECK(offsets_of(last->value()) == offsets{2});
}

TEST_CASE("a flush that was asked for before a refused append does nothing for the room that opens again") {
  stage at;
  at.open();
  at.port.holds_flushes = true;
  at.publish(note("1"));
  at.port.flush();
  const auto gathered = at.publish(note("2"));
  at.refuse_append(false);
  CHECK(gathered->error() == errc::storage_refused);
  at.port.flush();
  CHECK(at.port.appends.empty());
  at.answer_open();
  const auto next = at.publish(note("3"));
  at.port.flush();
  at.commit();
  CHECK(offsets_of(next->value()) == offsets{1});
}

TEST_CASE("the first change makes the epoch, and its publication carries it") {
  stage at;
  at.open();
  const auto first = at.publish(note("1"));
  const auto second = at.publish(note("2"));
  at.settle_and_commit();
  CHECK(first->value().epoch == "e1");
  CHECK(second->value().epoch == "e1");
  CHECK(at.port.told[0]->epoch == "e1");
  CHECK(at.port.told[1]->epoch.empty());
}

TEST_CASE("before the first commit a subscriber is told an empty epoch and offset 0") {
  stage at;
  at.open();
  at.publish(note("1"));  // on its way
  at.subscribe(stream_subscribe());
  at.subscribe(map_state(10));
  REQUIRE(at.port.attached.size() == 2);
  for (const auto& each : at.port.attached) {
    CHECK(each.from == 0);
    CHECK(each.result.epoch.empty());
    CHECK(each.result.offset == 0);
  }
  at.commit();
  CHECK(at.port.to_broadcaster == std::vector<std::string>{"attach 0", "attach 0", "told 1"});
}

TEST_CASE("a refused first change takes its epoch back, and no subscription ends of it") {
  stage at;
  at.open();
  at.subscribe(stream_subscribe());
  at.publish(note("1"));
  at.refuse_append(false);
  at.answer_open();
  CHECK(at.port.to_broadcaster == std::vector<std::string>{"attach 0"});
  CHECK(at.done(note("2"))->value().epoch == "e2");
}

TEST_CASE("a refused append that is stored after all is acknowledged and told") {
  stage at;
  at.open();
  at.notes(1);
  const auto box = at.publish(note("2"));
  at.refuse_append(true);
  CHECK(box->empty());
  REQUIRE(at.port.opens.size() == 1);
  CHECK(at.port.opens.front().since == 2);
  at.answer_open();
  CHECK(offsets_of(box->value()) == offsets{2});
  CHECK(offsets_of(at.port.told) == offsets{1, 2});
  CHECK(offsets_of(at.done(note("3"))->value()) == offsets{3});
  CHECK(at.port.tolds.empty());  // the broadcaster knows this room
}

TEST_CASE("a refused append that is not stored is refused with all that came later") {
  stage at;
  at.open();
  at.done(set("k", R"({"a":1})"));
  const auto lost = at.publish(merge("k", R"({"b":2})"));
  at.settle();
  const auto gathered = at.publish(merge("k", R"({"c":3})"));
  at.settle();
  const auto queued = at.publish(set("cold", "1"));
  at.refuse_append(false);
  CHECK(lost->empty());  // outcome unknown
  CHECK(gathered->error() == errc::storage_refused);
  CHECK(queued->error() == errc::storage_refused);
  CHECK(at.publish(note("x"))->error() == errc::storage_refused);
  CHECK(at.port.entities.empty());
  at.answer_open();
  CHECK(lost->error() == errc::storage_refused);
  CHECK(lost->answers == 1);

  // Overlay and entity are forgotten: the next change stands on what is stored.
  const auto next = at.done(merge("k", R"({"d":4})"));
  CHECK(offsets_of(next->value()) == offsets{2});
  CHECK(at.stored("k")->data == R"({"a":1,"d":4})");
}

TEST_CASE("answers of readers and entities from before a refusal change nothing") {
  stage at;
  at.open();
  at.publish(note("1"));
  at.publish(set("k", "1"));
  at.publish(set("l", "1"));
  at.answer_load();
  REQUIRE(at.port.applies.size() == 1);
  REQUIRE(at.port.loads.size() == 1);
  const auto apply = at.port.applies.front();
  at.port.applies.clear();
  at.refuse_append(false);
  at.answer_load();
  at.room->on_proposal(apply.which, proposal{false, "1", {}, nullptr});
  at.answer_open();
  CHECK(at.port.entities.empty());
  CHECK(at.port.appends.empty());
  CHECK(at.stored_top() == 0);
}

TEST_CASE("a room whose opening is refused asks again, and nobody waits meanwhile") {
  stage at;
  at.room->start();
  const auto publisher = at.publish(note("1"));
  const auto subscriber = at.subscribe(stream_subscribe());
  CHECK((publisher->empty() && subscriber->empty()));
  SECTION("the journal is restarting") {
    at.refuse_open(errc::unavailable);
    CHECK((publisher->empty() && subscriber->empty()));
  }
  SECTION("storage refuses") {
    at.refuse_open(errc::storage_refused);
    CHECK(publisher->error() == errc::storage_refused);
    CHECK(subscriber->error() == errc::storage_refused);
  }
  at.pass(250);
  REQUIRE(at.port.opens.size() == 1);
  CHECK(at.port.opens.front().since == 2);
  at.answer_open();
  at.answer_told(std::nullopt);
  at.settle_and_commit();
  CHECK(at.done(note("2"))->value().epoch == "e1");
  CHECK_FALSE((publisher->empty() || subscriber->answers + static_cast<int>(at.port.attached.size()) == 0));
}

TEST_CASE("history that was lost under the room resets the audience") {
  stage at;
  at.open();
  at.notes(3);
  const auto paging = at.subscribe(map_state(1));
  const auto lost = at.publish(note("4"));
  at.store = storage::make_memory_store();
  at.port.appends.front().changes.publications.clear();
  at.room->on_committed(at.port.appends.front().which, fail(errc::storage_refused));
  at.port.appends.clear();
  at.answer_open();
  CHECK(lost->error() == errc::storage_refused);
  CHECK(paging->error() == errc::unavailable);
  CHECK(at.port.to_broadcaster.back() == "reset");
  const auto next = at.done(note("1"));
  CHECK(next->value().epoch == "e2");
  CHECK(offsets_of(next->value()) == offsets{1});
  at.subscribe(stream_recover(3, "e1"));
  CHECK_FALSE(at.port.attached.back().result.recovered);
}

TEST_CASE("more than the room's slots is refused at once") {
  limits few;
  few.slots_max = 3;
  const crossing crossed("slots_max");
  stage at(few);
  SECTION("while it opens") { at.room->start(); }
  SECTION("undecided") {
    at.open();
    at.publish(set("cold", "1"));
    at.publish(note("2"));
    at.publish(note("3"));
    CHECK(at.publish(note("4"))->error() == errc::too_many_requests);
    at.settle_and_commit();
    CHECK(offsets_of(at.done(note("5"))->value()) == offsets{4});
    return;
  }
  SECTION("uncommitted") { at.open(); }
  SECTION("refused already, but the answer has to wait") {
    at.open();
    at.done(set("k", "1"));
    at.publish(note("1"));
    at.publish(if_absent(set("k", "2")));
    at.publish(if_absent(set("k", "2")));
    at.settle();
    CHECK(at.publish(note("4"))->error() == errc::too_many_requests);
    return;
  }
  at.publish(note("1"));
  at.publish(note("2"));
  at.publish(note("3"));
  CHECK(at.publish(note("4"))->error() == errc::too_many_requests);
  CHECK(crossed.counted());
}

TEST_CASE("more bytes than the room may hold are refused at once") {
  limits small;
  small.in_flight_bytes_max = 4'000;
  const crossing crossed("in_flight_bytes_max");
  stage at(small);
  const auto large = '"' + std::string(1'500, 'x') + '"';
  SECTION("while it opens") { at.room->start(); }
  SECTION("undecided") {
    at.open();
    at.publish(set("cold", "1"));
  }
  SECTION("uncommitted") {
    at.open();
    at.publish(note("1"));
  }
  at.publish(note(large));
  const auto second = at.publish(note(large));
  const auto third = at.publish(note(large));
  CHECK((second->got || third->got));
  CHECK((third->error() == errc::too_many_requests));
  CHECK(crossed.counted());
}

TEST_CASE("what changes hold besides their documents counts, and so does what small ones make of large entities") {
  limits small;
  small.in_flight_bytes_max = 100'000;
  stage at(small);
  at.open();
  int accepted = 0;
  const auto refused = [&](const publish_box& box) { return box->got && box->error() == errc::too_many_requests; };
  SECTION("keys and tags, undecided") {
    for (; accepted < 1'000; ++accepted) {
      auto what = set(std::string(400, 'k') + std::to_string(accepted), "1");
      what.tags = {{"name", std::string(200, 't')}};
      if (refused(at.publish(std::move(what)))) break;
    }
    CHECK(accepted < 150);
  }
  SECTION("keys and tags, uncommitted") {
    for (; accepted < 1'000; ++accepted) {
      auto what = note("1");
      what.tags = {{"name", std::string(200, 't')}};
      if (refused(at.publish(std::move(what)))) break;
    }
    CHECK(accepted < 150);
  }
  SECTION("documents that a change of a few bytes makes") {
    for (int n = 0; n < 20; ++n) at.done(set("k" + std::to_string(n), R"({"text":")" + std::string(20'000, 'x') + R"("})"));
    at.publish(set("cold", "1"));  // holds the others up
    for (; accepted < 20; ++accepted) {
      if (refused(at.publish(merge("k" + std::to_string(accepted), R"({"n":1})")))) break;
      at.answer_apply();
    }
    CHECK(accepted < 5);
  }
  CHECK(accepted > 1);
}

TEST_CASE("a quiet room is idle after its time, and nothing on its way is quiet") {
  stage at;
  at.open();
  const auto idle_ms = std::int64_t{at.limit.room_idle_s} * 1'000;
  at.publish(note("1"));
  at.pass(idle_ms);
  CHECK_FALSE(at.room->idle());
  at.commit();
  CHECK(at.room->idle());
  at.subscribe(stream_subscribe());
  CHECK_FALSE(at.room->idle());
  at.pass(idle_ms - 1);
  CHECK_FALSE(at.room->idle());
  at.pass(1);
  CHECK(at.room->idle());
}

TEST_CASE("a change that waits for nobody needs no tick soon, one that waits for a reader does") {
  stage at;
  at.open();
  at.pass(1'000);
  at.notes(3);
  CHECK(*at.port.tick_due_ms - at.port.clock_ms > 10'000);
  at.publish(set("k", "1"));
  CHECK(*at.port.tick_due_ms - at.port.clock_ms <= 1'000);
}

TEST_CASE("a room always has its next tick, and is idle at one though it trims by age") {
  stage at;
  at.open();
  at.done(set("k", "1"));
  for (int i = 0; i < 20; ++i) {
    REQUIRE(at.port.tick_due_ms);
    at.pass(*at.port.tick_due_ms - at.port.clock_ms);
    if (at.room->idle()) break;
    while (!at.port.first_afters.empty()) at.answer_first_after();
  }
  CHECK(at.room->idle());
}
