// Pages that several subscribers want are read once, and each of them still gets a state and all that changed since.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;
using keys = std::vector<std::string>;

namespace {

const protocol::subscribe_result& page_of(const subscribe_box& box) {
  REQUIRE_FALSE(box->empty());
  REQUIRE_FALSE(box->value().live);
  return box->value().page;
}

void fill(stage& at, std::initializer_list<const char*> all) {
  for (const auto* key : all) at.done(set(key, "1"));
}

}  // namespace

TEST_CASE("who wants a page that is being read waits with the others, and all get the same rows") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c"});
  const std::vector boxes{at.subscribe(map_state(2), 1), at.subscribe(map_state(2), 2), at.subscribe(map_state(2), 3)};
  const auto shorter = at.subscribe(map_state(1), 4);
  REQUIRE(at.port.states.size() == 2);
  at.answer_state();
  for (const auto& box : boxes) {
    CHECK(keys_of(page_of(box).state) == keys{"a", "b"});
    CHECK(&page_of(box).state.all() == &page_of(boxes[0]).state.all());
  }
  CHECK(shorter->empty());
  at.answer_state();
  CHECK(keys_of(page_of(shorter).state) == keys{"a"});

  at.subscribe(map_state(2, page_of(boxes[0])), 1);
  at.subscribe(map_state(2, page_of(boxes[1])), 2);
  CHECK(at.port.states.size() == 1);
  at.answer_state();
  at.subscribe(map_state(2, page_of(boxes[2])), 3);
  CHECK(at.port.states.empty());
  REQUIRE(at.port.attached.size() == 3);
  for (const auto& each : at.port.attached) CHECK(keys_of(each.result.state) == keys{"c"});
}

TEST_CASE("a reader that fails refuses the page to all who wait for it") {
  stage at;
  at.open();
  fill(at, {"a"});
  const auto one = at.subscribe(map_state(1), 1);
  const auto other = at.subscribe(map_state(1), 2);
  at.room->on_state(at.port.states.front().which, fail(errc::unavailable));
  CHECK(one->error() == errc::unavailable);
  CHECK(other->error() == errc::unavailable);
}

TEST_CASE("a first page may be from a moment ago: what came since comes behind it") {
  stage at;
  at.open();
  fill(at, {"a", "b"});
  at.subscribe(map_state(10), 1);
  at.settle();
  at.done(set("b", "2"));
  at.done(removal("a"));
  SECTION("a moment ago") {
    at.subscribe(map_state(10), 2);
    CHECK(at.port.states.empty());
    REQUIRE(at.port.attached.size() == 2);
    CHECK(keys_of(at.port.attached[1].result.state) == keys{"a", "b"});
    CHECK(offsets_of(at.port.attached[1].result.publications) == offsets{3, 4});
    CHECK(at.port.attached[1].from == 4);
  }
  SECTION("longer ago") {
    at.pass(at.limit.shared_page_ms + 1);
    at.subscribe(map_state(10), 2);
    CHECK(at.port.states.size() == 1);
    at.settle();
    CHECK(keys_of(at.port.attached[1].result.state) == keys{"b"});
    CHECK(at.port.attached[1].result.publications.empty());
  }
}

TEST_CASE("a first page is not taken from before what memory has of the stream") {
  limits limit;
  limit.tail_publications_max = 2;
  stage at(limit);
  at.open();
  fill(at, {"a", "b"});
  at.subscribe(map_state(10), 1);
  at.settle();
  at.notes(3);
  at.subscribe(map_state(10), 2);
  CHECK(at.port.states.size() == 1);
}

TEST_CASE("a later page serves every flow that began before it was read, and no other") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c", "d"});
  const auto early = at.subscribe(map_state(2), 1);
  at.answer_state();
  const auto early_too = at.subscribe(map_state(2), 2);
  at.subscribe(map_state(2, page_of(early)), 1);
  at.answer_state();

  at.done(set("d", "2"));
  at.pass(at.limit.shared_page_ms + 1);
  const auto late = at.subscribe(map_state(2), 3);
  at.answer_state();
  CHECK(page_of(late).offset == 5);
  at.subscribe(map_state(2, page_of(late)), 3);
  REQUIRE(at.port.states.size() == 1);  // the one that is kept is older
  at.answer_state();
  CHECK(keys_of(at.port.attached.back().result.state) == keys{"c", "d"});
  CHECK(at.port.attached.back().result.publications.empty());

  at.subscribe(map_state(2, page_of(early_too)), 2);  // the newer one, without what is newer than the flow
  CHECK(at.port.states.empty());
  CHECK(keys_of(at.port.attached.back().result.state) == keys{"c"});
  CHECK(offsets_of(at.port.attached.back().result.publications) == offsets{5});
}

TEST_CASE("a later page that was asked for before a flow began is read again for it") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c"});
  const auto early = at.subscribe(map_state(2), 1);
  at.answer_state();
  at.subscribe(map_state(2, page_of(early)), 1);
  const auto old = at.store->state("room", "b", {2});  // as the reader finds it, before the next change
  at.done(set("c", "2"));
  auto command = map_state(2, page_of(early));
  command.offset = 4;
  at.subscribe(command, 2);
  REQUIRE(at.port.states.size() == 1);
  at.room->on_state(at.port.states.front().which, old);
  at.port.states.erase(at.port.states.begin());
  REQUIRE(at.port.attached.size() == 1);
  REQUIRE(at.port.states.size() == 1);
  at.answer_state();
  REQUIRE(at.port.attached.size() == 2);
  CHECK(at.port.attached[1].result.state.size() == 1);
  CHECK(at.port.attached[1].result.state[0]->version == 4);
}

TEST_CASE("pages are kept for as long as somebody wants them, and within a bound") {
  limits limit;
  const bool bounded = GENERATE(false, true);
  if (bounded) limit.shared_pages_bytes_max = 0;
  stage at(limit);
  at.open();
  fill(at, {"a"});
  at.subscribe(map_state(1), 1);
  at.settle();
  at.pass(1'000);
  at.subscribe(map_state(1), 2);  // nothing has changed
  CHECK(at.port.states.size() == (bounded ? 1 : 0));
  at.settle();
  for (int i = 0; i < 5; ++i) at.pass(1'000);
  at.subscribe(map_state(1), 3);
  CHECK(at.port.states.size() == 1);
}

TEST_CASE("a page that shows what was not stored in the end is not kept") {
  stage at;
  at.open();
  fill(at, {"a"});
  at.publish(set("b", "1"));
  at.settle();
  const auto unknown = at.port.appends.front();
  REQUIRE(at.store->write(std::span(&unknown.changes, 1), true));
  at.subscribe(map_state(10), 1);
  at.answer_state();
  at.store = storage::make_memory_store();
  auto kept = unknown.changes;
  kept.publications = {std::make_shared<const publication>(publication{1, 0, "a", false, "1", {}, {}, {}, "e1"})};
  REQUIRE(at.store->write(std::span(&kept, 1), true));
  at.refuse_append(false);
  at.answer_open();
  at.done(note("2"));
  at.subscribe(map_state(10), 2);
  REQUIRE(at.port.states.size() == 1);
  at.settle();
  CHECK(keys_of(at.port.attached.back().result.state) == keys{"a"});
}
