// What a stuck I/O thread cannot do: make the broadcaster grow without limit.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

TEST_CASE("beyond pending_run_bytes_max a run goes out without credit") {
  limits limit;
  limit.pending_run_bytes_max = 10'000;
  stage on(1, limit);
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(bob, "windowed"));
  on.settle();
  on.tell("windowed", {keyless(1, 1'000)}, 1'000);
  std::uint64_t offset = 0;
  for (int i = 0; i < 100; ++i) {
    on.tell("room", {keyless(++offset, 1'000)});
    CHECK(on.state.statistics().pending_bytes <= 10'000);
  }
  CHECK(on.io.waiting(0) > 5);
  CHECK(on.io.waiting(0) < 50);
  on.settle();
  CHECK(alice.offsets("room").size() == 100);
  CHECK(bob.offsets("windowed").size() == 1);
  CHECK(on.state.statistics().pending_bytes == 0);
  CHECK(on.state.statistics().in_flight_bytes == 0);
}

TEST_CASE("beyond fanout_in_flight_bytes_max the audience must subscribe again") {
  limits limit;
  limit.pending_run_bytes_max = 10'000;
  limit.fanout_in_flight_bytes_max = 100'000;
  stage on(2, limit);
  const auto alice = on.connect(0);
  const auto stuck = on.connect(1);
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(stuck, "room"));
  on.settle();
  std::uint64_t offset = 0;
  for (int i = 0; i < 1'000; ++i) {
    on.tell("room", {keyless(++offset, 1'000)});
    on.io.run_one(0);
    CHECK(on.state.statistics().in_flight_bytes <= 125'000);
  }
  CHECK(on.state.statistics().resets == 1);
  CHECK(on.state.statistics().members == 0);
  on.settle();
  const auto heard = stuck.offsets("room");
  REQUIRE(heard.size() > 50);
  for (std::size_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == i + 1);
  CHECK(stuck.heard().back()["push"]["unsubscribe"]["code"] == 2500);
  CHECK(on.state.statistics().in_flight_bytes == 0);
}
