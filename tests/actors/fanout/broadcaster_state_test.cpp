#include "actors/fanout/broadcaster_state.hpp"

#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;
using offsets = std::vector<std::uint64_t>;

TEST_CASE("the first publication goes out at once") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  REQUIRE(on.io.waiting(0) == 1);
  on.io.run_one(0);
  CHECK(alice.offsets("room") == offsets{1});
}

TEST_CASE("while a run is in flight, publications gather and go out as one message") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.tell("room", {keyless(2)});
  on.tell("room", {keyless(3), keyless(4)});
  REQUIRE(on.io.waiting(0) == 1);
  on.settle();
  const auto messages = alice.messages();
  REQUIRE(messages.size() == 3);  // reply, the first, the run
  CHECK(messages[2].size() == 3);
  CHECK(alice.offsets("room") == offsets{1, 2, 3, 4});
}

TEST_CASE("the run of an audience is encoded once and shared by all its members on all threads") {
  stage on(2);
  const auto alice = on.connect(0);
  const auto bob = on.connect(1);
  const auto carol = on.connect(1);
  for (const auto* each : {&alice, &bob, &carol}) REQUIRE(on.attach(*each, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.settle();
  REQUIRE(alice.out->written.size() == 2);
  CHECK(alice.out->written[1] == bob.out->written.at(1));
  CHECK(alice.out->written[1] == carol.out->written.at(1));
  CHECK(on.state.statistics().frames == 1);
  CHECK(on.state.statistics().deliveries == 3);
  CHECK(on.state.statistics().runs == 1);
}

TEST_CASE("the credit comes back when the last I/O thread is through") {
  stage on(2);
  const auto alice = on.connect(0);
  const auto bob = on.connect(1);
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(bob, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.tell("room", {keyless(2)});
  on.io.run_one(0);
  CHECK(on.io.take_mail() == 0);
  CHECK(on.io.waiting(0) == 0);
  on.io.run_one(1);
  REQUIRE(on.io.take_mail() == 1);
  on.state.drained();
  CHECK(on.io.waiting(0) == 1);
  CHECK(on.io.waiting(1) == 1);
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2});
  CHECK(bob.offsets("room") == offsets{1, 2});
}

TEST_CASE("a job that an I/O thread drops returns its credit too") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.io.drop_one(0);
  CHECK(on.io.take_mail() == 1);
}

TEST_CASE("one run carries all rooms") {
  stage on;
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "a"));
  REQUIRE(on.attach(alice, "b"));
  REQUIRE(on.attach(bob, "b"));
  on.settle();
  on.tell("a", {keyless(1)});  // in flight
  on.tell("a", {keyless(2)});
  on.tell("b", {keyless(1)});
  on.io.run_one(0);
  REQUIRE(on.io.take_mail() == 1);
  on.state.drained();
  CHECK(on.io.waiting(0) == 1);
  on.settle();
  CHECK(alice.offsets("a") == offsets{1, 2});
  CHECK(alice.offsets("b") == offsets{1});
  CHECK(bob.offsets("a").empty());
  CHECK(bob.offsets("b") == offsets{1});
  CHECK(on.state.statistics().runs == 2);
}

TEST_CASE("a map hears keys and removals, a stream hears everything") {
  stage on;
  const auto stream = on.connect();
  const auto map = on.connect();
  REQUIRE(on.attach(stream, "room"));
  REQUIRE(on.attach(map, "room", 0, subscription_type::map));
  on.settle();
  auto gone = std::make_shared<publication>(*keyed(3));
  gone->removed = true;
  gone->data.clear();
  on.tell("room", {keyless(1), keyed(2), gone});
  on.tell("room", {keyless(4)});
  on.settle();
  CHECK(stream.offsets("room") == offsets{1, 2, 3, 4});
  CHECK(map.offsets("room") == offsets{2, 3});
  CHECK(map.heard().back()["push"]["pub"]["removed"] == true);
  CHECK(map.heard().back()["push"]["pub"]["key"] == "k3");
  CHECK(map.out->written.size() == 2);  // nothing at all for the last run
  CHECK(on.state.statistics().deliveries == 6);
}

TEST_CASE("a run is cut at run_bytes_max") {
  limits limit;
  limit.run_bytes_max = 1'000;
  stage on(1, limit);
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  std::vector<publication_ptr> many;
  for (std::uint64_t offset = 1; offset <= 20; ++offset) many.push_back(keyless(offset, 200));
  many.push_back(keyless(21, 5'000));  // longer than a run may be: a message of its own
  on.tell("room", many);
  on.settle();
  const auto messages = alice.messages();
  CHECK(messages.size() == 1 + 7 + 1);  // the reply, three to a message, the long one
  for (std::size_t i = 1; i + 1 < messages.size(); ++i) CHECK(alice.out->written[i]->bytes.size() <= 1'000 + 4);
  CHECK(messages.back().size() == 1);
  CHECK(alice.offsets("room").size() == 21);
}

TEST_CASE("a room without audience is not kept") {
  stage on;
  on.tell("room", {keyless(1)});
  CHECK(on.io.waiting(0) == 0);
  CHECK_FALSE(on.told("room"));
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room", 5));
  CHECK(on.told("room") == 5);
  on.tell("room", {keyless(6)});
  CHECK(on.told("room") == 6);
  on.detach(alice, "room");
  CHECK_FALSE(on.told("room"));
  CHECK(on.state.statistics().rooms == 0);
}
