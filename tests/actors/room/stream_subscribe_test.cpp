// Subscribing to the stream: live at once, or recovered from a position.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;
using mail = std::vector<std::string>;

namespace {

limits short_tail(std::size_t publications) {
  limits limit;
  limit.tail_publications_max = publications;
  return limit;
}

const attach& last(const stage& at) {
  REQUIRE_FALSE(at.port.attached.empty());
  return at.port.attached.back();
}

}  // namespace

TEST_CASE("a new subscriber goes live at the top") {
  stage at;
  at.open();
  at.notes(3);
  const auto box = at.subscribe(stream_subscribe(), 42);
  const auto& made = last(at);
  CHECK(made.room == "room");
  CHECK(made.who->session == 42);
  CHECK(made.command_id == 7);
  CHECK(made.through->type == protocol::subscription_type::stream);
  CHECK(made.reply == box);
  CHECK(made.from == 3);
  CHECK(made.result.offset == 3);
  CHECK(made.result.epoch == "e1");
  CHECK(made.result.publications.empty());
  CHECK_FALSE(made.result.was_recovering);
  CHECK_FALSE(made.result.recovered);
  CHECK(made.result.recoverable);
  CHECK(made.result.positioned);
}

TEST_CASE("a stream is recoverable and positioned if the namespace or the client wants it") {
  namespace_options options;
  options.force_recovery = false;
  stage at({}, options);
  at.open();
  at.subscribe(stream_subscribe());
  CHECK_FALSE(last(at).result.recoverable);
  CHECK_FALSE(last(at).result.positioned);
  auto positioned = stream_subscribe();
  positioned.positioned = true;
  at.subscribe(positioned);
  CHECK_FALSE(last(at).result.recoverable);
  CHECK(last(at).result.positioned);
  auto recoverable = stream_subscribe();
  recoverable.recoverable = true;
  at.subscribe(recoverable);
  CHECK(last(at).result.recoverable);
}

TEST_CASE("an attach is sent between the runs") {
  stage at;
  at.open();
  at.notes(1);
  at.publish(note("2"));
  at.subscribe(stream_subscribe());
  at.commit();
  at.subscribe(stream_subscribe());
  CHECK(at.port.to_broadcaster == mail{"told 1", "attach 1", "told 2", "attach 2"});
}

TEST_CASE("who missed nothing recovers with nothing") {
  stage at;
  at.open();
  at.notes(2);
  at.subscribe(stream_recover(2, "e1"));
  CHECK(last(at).result.recovered);
  CHECK(last(at).result.was_recovering);
  CHECK(last(at).result.offset == 2);
  CHECK(last(at).result.publications.empty());
}

TEST_CASE("who missed a little recovers from memory") {
  stage at;
  at.open();
  at.notes(1);
  at.done(set("k", "1"));
  at.notes(2);
  at.subscribe(stream_recover(1, "e1"));
  CHECK(at.port.streams.empty());
  CHECK(last(at).result.recovered);
  CHECK(last(at).result.offset == 1);  // where it was, not the top
  CHECK(last(at).from == 4);
  CHECK(offsets_of(last(at).result.publications) == offsets{2, 3, 4});
}

TEST_CASE("those who come back from the same offset share what they missed, until the room goes on") {
  stage at;
  at.open();
  at.notes(4);
  at.subscribe(stream_recover(1, "e1"));
  const auto first = last(at).result.publications;
  at.subscribe(stream_recover(1, "e1"));
  CHECK(&last(at).result.publications.all() == &first.all());
  at.subscribe(stream_recover(2, "e1"));
  CHECK(offsets_of(last(at).result.publications) == offsets{3, 4});
  at.notes(1);
  at.subscribe(stream_recover(1, "e1"));
  CHECK(offsets_of(last(at).result.publications) == offsets{2, 3, 4, 5});
  CHECK(offsets_of(first) == offsets{2, 3, 4});
}

TEST_CASE("who missed more recovers from storage") {
  stage at(short_tail(1));
  at.open();
  at.notes(4);
  at.subscribe(stream_recover(1, "e1"));
  CHECK(at.port.attached.empty());
  at.answer_stream();
  CHECK(last(at).result.recovered);
  CHECK(offsets_of(last(at).result.publications) == offsets{2, 3, 4});
}

TEST_CASE("what is told during the read comes from memory behind it") {
  stage at(short_tail(3));
  at.open();
  at.notes(6);
  at.subscribe(stream_recover(1, "e1"));
  const auto page = at.store->stream("room", 1, {});
  at.publish(note("7"));
  at.commit();
  at.room->on_stream(at.port.streams.front().which, page);
  at.port.streams.clear();
  CHECK(last(at).from == 7);
  CHECK(offsets_of(last(at).result.publications) == offsets{2, 3, 4, 5, 6, 7});
}

TEST_CASE("what storage has and the room has not told yet comes live") {
  stage at(short_tail(1));
  at.open();
  at.notes(4);
  at.subscribe(stream_recover(1, "e1"));
  at.publish(note("5"));
  const auto asked = at.port.appends.front();
  REQUIRE(at.store->write(std::span(&asked.changes, 1), true));
  at.answer_stream();
  CHECK(last(at).from == 4);
  CHECK(offsets_of(last(at).result.publications) == offsets{2, 3, 4});
  at.room->on_committed(asked.which, committed{5});
  CHECK(at.port.to_broadcaster.back() == "told 5");
}

TEST_CASE("an unknown epoch stands for the present one") {
  stage at;
  at.open();
  at.subscribe(stream_subscribe());  // told epoch "" and offset 0
  at.notes(2);
  at.subscribe(stream_recover(0, ""));
  CHECK(last(at).result.recovered);
  CHECK(offsets_of(last(at).result.publications) == offsets{1, 2});
}

// Its filter hid the first publication, which tells the epoch; then the room began again.
TEST_CASE("who was shown something of an unknown epoch cannot recover from there") {
  stage at;
  at.open();
  at.notes(5);
  at.subscribe(stream_recover(3, ""));
  CHECK_FALSE(last(at).result.recovered);
  CHECK(last(at).result.was_recovering);
  CHECK(last(at).result.offset == 5);
}

TEST_CASE("a position that cannot be recovered") {
  limits limit = short_tail(1);
  limit.recovery_publications_max = 5;
  stage at(limit);
  at.open();
  at.notes(10);
  auto asked = stream_recover(0, "e1");
  SECTION("of another epoch") { asked = stream_recover(9, "other"); }
  SECTION("above the top") { asked = stream_recover(11, "e1"); }
  SECTION("too far back") { asked = stream_recover(4, "e1"); }
  SECTION("trimmed in storage") {
    REQUIRE(at.store->trim("room", 9));
    asked = stream_recover(7, "e1");
  }
  SECTION("made to fail") { asked = stream_recover(0, "_"); }

  at.subscribe(asked);
  at.settle();
  CHECK(last(at).from == 10);
  CHECK(last(at).result.was_recovering);
  CHECK_FALSE(last(at).result.recovered);
  CHECK(last(at).result.offset == 10);
  CHECK(last(at).result.publications.empty());

  asked.flag = 3;
  const auto box = at.subscribe(asked);
  at.settle();
  CHECK(box->error() == errc::unrecoverable);
  CHECK(at.port.attached.size() == 1);
}

TEST_CASE("a recovery that grows past its bound while it is read starts from the top") {
  limits limit = short_tail(1);
  limit.recovery_publications_max = 5;
  stage at(limit);
  at.open();
  at.notes(6);
  const auto box = at.subscribe(stream_recover(1, "e1"));
  const auto page = at.store->stream("room", 1, {});
  at.publish(note("7"));
  at.commit();
  at.room->on_stream(at.port.streams.front().which, page);
  at.port.streams.clear();
  at.settle();
  CHECK(box->empty());
  CHECK(last(at).from == 7);
  CHECK_FALSE(last(at).result.recovered);
}

TEST_CASE("a recovery is bounded by bytes") {
  limits limit = short_tail(1);
  limit.recovery_bytes_max = 2 * (sizeof(publication) + 50);
  const crossing crossed("recovery_bytes_max");
  stage at(limit);
  at.open();
  for (int i = 0; i < 5; ++i) at.done(note('"' + std::string(40, 'x') + '"'));
  at.subscribe(stream_recover(1, "e1"));
  at.settle();
  CHECK_FALSE(last(at).result.recovered);
  CHECK(crossed.counted());
  at.subscribe(stream_recover(3, "e1"));
  at.settle();
  CHECK(last(at).result.recovered);
}

TEST_CASE("a reader that fails refuses the subscribe") {
  stage at(short_tail(1));
  at.open();
  at.notes(4);
  const auto box = at.subscribe(stream_recover(1, "e1"));
  at.room->on_stream(at.port.streams.front().which, fail(errc::unavailable));
  CHECK(box->error() == errc::unavailable);
}

TEST_CASE("subscribers on their way are bounded") {
  limits limit = short_tail(1);
  limit.slots_max = 2;
  stage at(limit);
  auto command = stream_subscribe();
  SECTION("while the room opens") { at.room->start(); }
  SECTION("while a reader looks for what they missed") {
    at.open();
    at.notes(4);
    command = stream_recover(1, "e1");
  }
  at.subscribe(command);
  at.subscribe(command);
  CHECK(at.subscribe(command)->error() == errc::too_many_requests);
  CHECK(at.port.attached.empty());
}

// ---- cache mode: the newest publication is all that counts

namespace {

namespace_options caching(bool without_being_asked = false) {
  namespace_options options;
  options.force_recovery_mode = recovery_mode::cache;
  options.auto_cache_recover = without_being_asked;
  return options;
}

}  // namespace

TEST_CASE("in cache mode who comes back is given the newest publication, wherever it was") {
  stage at({}, caching());
  at.open();
  at.notes(5);
  const auto [offset, epoch] =
      GENERATE(table<std::uint64_t, std::string>({{2, "e1"}, {0, ""}, {4, "e1"}, {5, "other"}, {9, "e1"}, {5, ""}}));
  CAPTURE(offset, epoch);
  at.subscribe(stream_recover(offset, epoch, true));
  const auto& told = last(at).result;
  CHECK(told.recovered);
  CHECK(told.was_recovering);
  CHECK(told.offset == 4);
  CHECK(offsets_of(told.publications) == offsets{5});
  CHECK(last(at).from == 5);
}

TEST_CASE("in cache mode who has the newest publication is given nothing") {
  stage at({}, caching());
  at.open();
  at.notes(5);
  at.subscribe(stream_recover(5, "e1"));
  CHECK(last(at).result.recovered);
  CHECK(last(at).result.offset == 5);
  CHECK(last(at).result.publications.empty());
}

TEST_CASE("in cache mode an empty room has nothing to give") {
  stage at({}, caching());
  at.open();
  at.subscribe(stream_recover(0, ""));
  CHECK(last(at).result.recovered);
  CHECK(last(at).result.publications.empty());
}

TEST_CASE("in cache mode the newest publication may have to be read, and be older than another by then") {
  stage at(short_tail(0), caching());
  at.open();
  at.notes(3);
  at.subscribe(stream_recover(1, "e1"));
  CHECK(at.port.attached.empty());
  const auto page = at.store->stream("room", 2, {});
  at.publish(note("4"));
  at.commit();
  at.room->on_stream(at.port.streams.front().which, page);
  at.port.streams.pop_front();
  at.answer_stream();
  CHECK(last(at).result.recovered);
  CHECK(last(at).from == 4);
  CHECK(offsets_of(last(at).result.publications) == offsets{4});
  CHECK(last(at).result.offset == 3);
}

TEST_CASE("in cache mode a publication that is kept no longer is not recovered") {
  auto options = caching();
  options.history_ttl_s = 100;
  stage at({}, options);
  at.open();
  at.notes(2);
  at.pass(200'000);
  at.answer_first_after();
  at.subscribe(stream_recover(1, "e1"));
  CHECK(last(at).result.was_recovering);
  CHECK_FALSE(last(at).result.recovered);
}

TEST_CASE("in cache mode a first subscribe is given it only if the namespace wants so") {
  const bool wanted = GENERATE(true, false);
  stage at({}, caching(wanted));
  at.open();
  at.notes(2);
  at.subscribe(stream_subscribe());
  CHECK(last(at).result.recovered == wanted);
  CHECK(offsets_of(last(at).result.publications) == (wanted ? offsets{2} : offsets{}));
}
