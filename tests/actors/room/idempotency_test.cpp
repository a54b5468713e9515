// Idempotency ids: in flight first, then what is stored.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;

TEST_CASE("a repeated id gets the first answer again") {
  stage at;
  at.open();
  at.notes(1);
  const auto first = at.done(once(merge("k", R"({"n":1})"), "id"));
  at.notes(1);
  const auto again = at.done(once(merge("k", R"({"n":1})"), "id"));
  CHECK(offsets_of(first->value()) == offsets{2});
  CHECK(offsets_of(again->value()) == offsets{2});
  CHECK(again->value().changes[0].keyed);
  CHECK(again->value().epoch == first->value().epoch);
  CHECK(at.stored_top() == 3);
}

TEST_CASE("a condition that held the first time is not asked again") {
  stage at;
  at.open();
  at.done(once(if_absent(set("k", "1")), "id"));
  const auto again = at.publish(once(if_absent(set("k", "1")), "id"));
  CHECK(at.port.applies.empty());  // first it is looked up
  at.settle_and_commit();
  CHECK(offsets_of(again->value()) == offsets{1});
}

TEST_CASE("an id is kept across a restart of the room") {
  stage at;
  at.open();
  at.done(once(note("1"), "id"));
  at.restart_room();
  at.answer_open();
  at.answer_told(std::nullopt);
  CHECK(offsets_of(at.done(once(note("1"), "id"))->value()) == offsets{1});
  CHECK(at.stored_top() == 1);
}

TEST_CASE("an id in flight is a conflict until it is answered") {
  stage at;
  at.open();
  const auto first = at.publish(once(note("1"), "id"));
  CHECK(at.publish(once(note("1"), "id"))->error() == errc::idempotency_in_flight);
  CHECK(at.publish(once(note("2"), "id", "other"))->error() == errc::idempotency_mismatch);
  at.settle();
  CHECK(at.publish(once(note("1"), "id"))->error() == errc::idempotency_in_flight);  // ordered, not committed
  at.commit();
  CHECK(first->got->has_value());
  CHECK(offsets_of(at.done(once(note("1"), "id"))->value()) == offsets{1});
}

TEST_CASE("a stored id with another payload is refused") {
  stage at;
  at.open();
  at.done(once(note("1"), "id"));
  CHECK(at.done(once(note("2"), "id", "other"))->error() == errc::idempotency_mismatch);
  CHECK(at.stored_top() == 1);
}

TEST_CASE("ids are apart by scope") {
  stage at;
  at.open();
  at.done(once(note("1"), "id"));
  auto other = once(note("1"), "id");
  other.once->scope = "ce";
  CHECK(offsets_of(at.done(other)->value()) == offsets{2});
}

TEST_CASE("an id may not stand twice in one request") {
  stage at;
  at.open();
  CHECK(at.publish({once(note("1"), "id"), once(note("2"), "id")})->error() == errc::bad_request);
  CHECK(offsets_of(at.done(once(note("1"), "id"))->value()) == offsets{1});
}

TEST_CASE("a batch replays what was applied and applies the rest") {
  stage at;
  at.open();
  at.done(once(set("k", R"({"a":1})"), "a"));
  const auto batch =
      at.publish({once(merge("k", R"({"b":2})"), "b"), once(set("k", R"({"a":1})"), "a"), once(merge("k", R"({"c":3})"), "c")});
  at.settle_and_commit();
  CHECK(offsets_of(batch->value()) == offsets{2, 1, 3});
  CHECK(at.stored("k")->data == R"({"a":1,"b":2,"c":3})");
}

TEST_CASE("a request that was not applied may come again under its id") {
  stage at;
  at.open();
  CHECK(at.done(once(if_version(set("k", "1"), 9), "id"))->error() == errc::version_conflict);
  CHECK(offsets_of(at.done(once(set("k", "1"), "id"))->value()) == offsets{1});

  const auto refused = at.publish(once(note("2"), "other"));
  at.settle();
  at.refuse_append(false);
  at.answer_open();
  CHECK(refused->error() == errc::storage_refused);
  CHECK(offsets_of(at.done(once(note("2"), "other"))->value()) == offsets{2});
}

TEST_CASE("an id whose write came out well after all is applied once") {
  stage at;
  at.open();
  at.publish(once(note("1"), "id"));
  at.settle();
  at.refuse_append(true);
  at.answer_open();
  CHECK(offsets_of(at.done(once(note("1"), "id"))->value()) == offsets{1});
  CHECK(at.stored_top() == 1);
}

TEST_CASE("an expired id counts as new") {
  namespace_options options;
  options.idempotency_ttl_s = 10;
  stage at({}, options);
  at.open();
  at.done(once(note("1"), "id"));
  at.pass(9'999);
  CHECK(offsets_of(at.done(once(note("1"), "id"))->value()) == offsets{1});
  at.pass(1);
  CHECK(offsets_of(at.done(once(note("1"), "id"))->value()) == offsets{2});
}

TEST_CASE("a lookup that fails refuses the request") {
  stage at;
  at.open();
  const auto box = at.publish(once(set("k", "1"), "id"));
  at.room->on_dedupe(at.port.dedupes.front().which, fail(errc::unavailable));
  at.port.dedupes.clear();
  CHECK(box->error() == errc::unavailable);
  CHECK(offsets_of(at.done(once(set("k", "1"), "id"))->value()) == offsets{1});
}

TEST_CASE("ids in flight are bounded") {
  limits few;
  few.dedupe_in_flight_max = 2;
  const crossing crossed("dedupe_in_flight_max");
  stage at(few);
  at.open();
  at.publish({once(note("1"), "a"), once(note("2"), "b")});
  CHECK(at.publish(once(note("3"), "c"))->error() == errc::too_many_requests);
  CHECK(crossed.counted());
  at.settle_and_commit();
  CHECK(offsets_of(at.done(once(note("3"), "c"))->value()) == offsets{3});
}

TEST_CASE("an id that covers a whole request replays all of it") {
  stage at;
  at.open();
  at.notes(1);
  const auto request = [] {
    std::vector<operation> all{once(set("k", "1"), "id"), note("2"), merge("k", R"({"a":1})")};
    all[0].once->covers = 3;
    return all;
  };
  const auto first = at.done(request());
  const auto again = at.done(request());
  CHECK(offsets_of(first->value()) == offsets{2, 3, 4});
  CHECK(offsets_of(again->value()) == offsets{2, 3, 4});
  CHECK_FALSE(again->value().changes[1].keyed);
  CHECK(again->value().changes[2].keyed);
  CHECK(at.stored_top() == 4);
}

TEST_CASE("the answer that is given again says that the entity was created") {
  stage at;
  at.open();
  CHECK(at.done(once(set("k", "1"), "id"))->value().changes[0].created);
  CHECK_FALSE(at.done(once(set("k", "2"), "later"))->value().changes[0].created);
  CHECK(at.done(once(set("k", "1"), "id"))->value().changes[0].created);
  CHECK_FALSE(at.done(once(set("k", "2"), "later"))->value().changes[0].created);
}
