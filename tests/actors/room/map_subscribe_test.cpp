// Subscribing to the map: pages of state as of one offset, what changed meanwhile, then live; or recovered from a position.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;
using protocol::subscribe_phase;

using offsets = std::vector<std::uint64_t>;
using keys = std::vector<std::string>;

namespace {

const attach& last(const stage& at) {
  REQUIRE_FALSE(at.port.attached.empty());
  return at.port.attached.back();
}

const protocol::subscribe_result& page_of(const subscribe_box& box) {
  REQUIRE_FALSE(box->empty());
  REQUIRE_FALSE(box->value().live);
  return box->value().page;
}

void fill(stage& at, std::initializer_list<const char*> all) {
  for (const auto* key : all) at.done(set(key, "1"));
}

subscribe_box ask(stage& at, protocol::subscribe_command command) {
  auto box = at.subscribe(std::move(command));
  at.settle();
  return box;
}

}  // namespace

TEST_CASE("a room without changes is live at once") {
  stage at;
  at.open();
  at.subscribe(map_state(10));
  CHECK(at.port.states.empty());
  CHECK(last(at).through->type == protocol::subscription_type::map);
  CHECK(last(at).result.state.empty());
  CHECK(last(at).result.recoverable);
}

TEST_CASE("a small state comes in one page and is live") {
  stage at;
  at.open();
  fill(at, {"a", "b"});
  at.done(note("1"));
  ask(at, map_state(10));
  const auto& told = last(at).result;
  CHECK(last(at).from == 3);
  CHECK(told.phase == subscribe_phase::live);
  CHECK(told.offset == 3);
  CHECK(keys_of(told.state) == keys{"a", "b"});
  CHECK(told.publications.empty());
  CHECK_FALSE(told.was_recovering);
  CHECK_FALSE(told.positioned);
}

TEST_CASE("pages are of the offset of the first, and the last one goes live with what changed") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c", "d", "e", "f"});
  const auto first = ask(at, map_state(2));
  CHECK(page_of(first).phase == subscribe_phase::state);
  CHECK(page_of(first).type == protocol::subscription_type::map);
  CHECK(page_of(first).offset == 6);
  CHECK(page_of(first).epoch == "e1");
  CHECK(page_of(first).cursor == "b");
  CHECK(keys_of(page_of(first).state) == keys{"a", "b"});

  at.done(set("d", "2"));
  at.done(set("aa", "2"));
  at.done(note("3"));
  at.done(removal("c"));
  const auto second = ask(at, map_state(2, page_of(first)));
  CHECK(page_of(second).offset == 6);
  CHECK(keys_of(page_of(second).state) == keys{"e"});  // c is gone, d is newer
  CHECK(page_of(second).cursor == "e");

  ask(at, map_state(2, page_of(second)));
  const auto& told = last(at).result;
  CHECK(keys_of(told.state) == keys{"f"});
  CHECK(offsets_of(told.publications) == offsets{7, 8, 10});  // without the keyless one
  CHECK(told.offset == 10);
  CHECK(last(at).from == 10);
}

TEST_CASE("the first page is of the moment it was read, if the room has told that") {
  stage at;
  at.open();
  fill(at, {"a", "b"});
  at.subscribe(map_state(10));
  at.publish(set("a", "2"));
  at.answer_apply();
  at.commit();
  at.answer_state();
  CHECK(keys_of(last(at).result.state) == keys{"a", "b"});
  CHECK(last(at).result.publications.empty());
  CHECK(last(at).from == 3);
}

TEST_CASE("rows newer than what the room has told are left out of the first page too") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c"});
  const auto box = at.subscribe(map_state(2));
  at.publish(set("a", "2"));
  at.answer_apply();
  const auto asked = at.port.appends.front();
  REQUIRE(at.store->write(std::span(&asked.changes, 1), true));
  at.answer_state();
  CHECK(keys_of(page_of(box).state) == keys{"b"});
  CHECK(page_of(box).offset == 3);
  at.room->on_committed(asked.which, committed{4});
  ask(at, map_state(2, page_of(box)));
  CHECK(keys_of(last(at).result.state) == keys{"c"});
  CHECK(offsets_of(last(at).result.publications) == offsets{4});
}

TEST_CASE("a page newer than the room waits for it") {
  stage at;
  at.open();
  fill(at, {"a", "b"});
  const auto box = at.subscribe(map_state(10));
  at.publish(removal("a"));
  at.answer_apply();
  const auto asked = at.port.appends.front();
  REQUIRE(at.store->write(std::span(&asked.changes, 1), true));
  at.answer_state();
  CHECK(at.port.attached.empty());
  CHECK_FALSE(at.room->idle());

  SECTION("its commit is heard") {
    at.room->on_committed(asked.which, committed{3});
    CHECK(last(at).from == 3);
    CHECK(offsets_of(last(at).result.publications) == offsets{3});
    CHECK(at.port.to_broadcaster.back() == "attach 3");
  }
  SECTION("its commit shows when the room opens again") {
    at.room->on_committed(asked.which, fail(errc::unavailable));
    at.answer_open();
    CHECK(last(at).from == 3);
  }
}

TEST_CASE("a page waiting for a change that never was is refused") {
  stage at;
  at.open();
  fill(at, {"a"});
  const auto box = at.subscribe(map_state(10));
  at.publish(note("1"));
  auto page = at.store->state("room", {}, {}).value();
  page.top = 2;
  at.room->on_state(at.port.states.front().which, page);
  at.port.states.clear();
  at.refuse_append(false);
  at.answer_open();
  CHECK(box->error() == errc::unavailable);
}

TEST_CASE("more missed changes than a page follow in pages of changes") {
  limits limit;
  limit.page_rows_max = 3;
  limit.tail_publications_max = 2;
  stage at(limit);
  at.open();
  fill(at, {"a", "b"});
  const auto first = ask(at, map_state(1));
  for (int i = 0; i < 8; ++i) at.done(i % 2 == 0 ? set("a", std::to_string(i)) : note("1"));
  const auto state = ask(at, map_state(1, page_of(first)));
  CHECK(page_of(state).phase == subscribe_phase::state);
  CHECK(page_of(state).cursor.empty());
  CHECK(page_of(state).offset == 2);
  CHECK(page_of(state).publications.empty());
  CHECK(keys_of(page_of(state).state) == keys{"b"});

  const auto changes = ask(at, map_stream(2, "e1"));
  CHECK(page_of(changes).phase == subscribe_phase::stream);
  CHECK(page_of(changes).offset == 5);
  CHECK(offsets_of(page_of(changes).publications) == offsets{3, 5});
  const auto more = ask(at, map_stream(5, "e1"));
  CHECK(page_of(more).offset == 8);
  ask(at, map_stream(8, "e1"));
  CHECK(offsets_of(last(at).result.publications) == offsets{9});
  CHECK(last(at).result.offset == 10);
  CHECK_FALSE(last(at).result.recovered);
}

TEST_CASE("a page of changes is bounded by bytes") {
  limits limit;
  limit.page_bytes_max = 50;
  limit.recovery_bytes_max = 50;
  limit.tail_publications_max = 1;
  stage at(limit);
  at.open();
  for (int i = 0; i < 6; ++i) at.done(set("k", '"' + std::string(38, 'x') + '"'));
  const auto first = ask(at, map_stream(1, "e1", true));
  CHECK(page_of(first).phase == subscribe_phase::stream);
  CHECK(page_of(first).offset > 1);
  CHECK(page_of(first).offset < 6);
}

TEST_CASE("a map recovers from its position") {
  limits limit;
  limit.tail_publications_max = 2;
  stage at(limit);
  at.open();
  fill(at, {"a", "b"});
  at.notes(1);
  at.done(removal("a"));
  ask(at, map_stream(1, "e1", true));
  const auto& told = last(at).result;
  CHECK((told.was_recovering && told.recovered));
  CHECK(told.offset == 4);  // the top, unlike a stream
  CHECK(offsets_of(told.publications) == offsets{2, 4});
  CHECK(told.publications[1]->removed);
}

// It came before the first change, its filter showed it nothing, and it missed more than a page.
TEST_CASE("who knows no epoch recovers page by page, from where each page ended and from nowhere else") {
  limits limit;
  limit.page_rows_max = 2;
  limit.tail_publications_max = 1;
  stage at(limit);
  at.open();
  fill(at, {"a", "b", "c", "d", "e"});
  const auto first = ask(at, map_stream(0, "", true));
  CHECK(page_of(first).offset == 2);
  SECTION("on") {
    const auto second = ask(at, map_stream(2, "", true));
    CHECK(page_of(second).offset == 4);
    ask(at, map_stream(4, "", true));
    CHECK(last(at).result.recovered);
    CHECK(offsets_of(last(at).result.publications) == offsets{5});
  }
  SECTION("from elsewhere") {
    CHECK(ask(at, map_stream(3, "", true))->error() == errc::unrecoverable);
    CHECK(at.port.attached.empty());
  }
}

TEST_CASE("a map that cannot go on starts again from a snapshot") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c"});
  const auto first = ask(at, map_state(1));
  auto next = map_state(1, page_of(first));
  SECTION("page of another epoch") { next.epoch = "other"; }
  SECTION("page above the top") { next.offset = 4; }
  SECTION("recovery of another epoch") { next = map_stream(3, "other", true); }
  SECTION("recovery above the top") { next = map_stream(4, "e1", true); }
  SECTION("changes that are trimmed") {
    at.restart_room();
    REQUIRE(at.store->trim("room", 3));
    at.answer_open();
    at.answer_told(std::nullopt);
    next = map_stream(1, "e1");
  }
  SECTION("pages whose changes are trimmed") {
    at.restart_room();
    REQUIRE(at.store->trim("room", 3));
    at.answer_open();
    at.answer_told(std::nullopt);
    next.offset = 1;
  }
  CHECK(ask(at, next)->error() == errc::unrecoverable);
  CHECK(at.port.attached.empty());
}

TEST_CASE("a map asked for at the live edge gets no state") {
  stage at;
  at.open();
  fill(at, {"a"});
  auto command = map_state(1);
  command.phase = 0;
  ask(at, command);
  CHECK(last(at).from == 1);
  CHECK(last(at).result.state.empty());
}

TEST_CASE("the length of a page is the client's wish, within bounds") {
  limits limit;
  limit.page_rows_default = 2;
  limit.page_rows_max = 3;
  stage at(limit);
  at.open();
  fill(at, {"a", "b", "c", "d", "e"});
  CHECK(page_of(ask(at, map_state(0))).state.size() == 2);
  CHECK(page_of(ask(at, map_state(1))).state.size() == 1);
  CHECK(page_of(ask(at, map_state(100))).state.size() == 3);
}

TEST_CASE("a reader that fails refuses the page") {
  stage at;
  at.open();
  fill(at, {"a"});
  const auto box = at.subscribe(map_state(1));
  at.room->on_state(at.port.states.front().which, fail(errc::unavailable));
  CHECK(box->error() == errc::unavailable);
}

TEST_CASE("whether pushes may say the number of the channel is up to the command that goes live") {
  stage at;
  at.open();
  fill(at, {"a", "b", "c"});
  auto first = map_state(2);
  first.flag = protocol::channel_compaction;
  const auto box = ask(at, first);
  auto second = map_state(2, page_of(box));
  ask(at, second);
  CHECK_FALSE(last(at).by_number);
  second.flag = protocol::channel_compaction;
  ask(at, second);
  CHECK(last(at).by_number);
  auto stream = stream_subscribe();
  stream.flag = protocol::channel_compaction | protocol::reject_unrecovered;
  ask(at, stream);
  CHECK(last(at).by_number);
}
