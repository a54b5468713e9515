// The window of a namespace (batch_delay_ms, batch_max), under virtual time.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;
using namespace std::chrono_literals;
using offsets = std::vector<std::uint64_t>;

namespace {

listener subscribed(stage& on, const std::string& room) {
  auto who = on.connect();
  REQUIRE(on.attach(who, room));
  on.settle();
  return who;
}

}  // namespace

TEST_CASE("a run waits for its delay, counted from its first publication") {
  stage on;
  const auto alice = subscribed(on, "room");
  on.tell("room", {keyless(1)}, 50);
  on.io.time += 30ms;
  on.tell("room", {keyless(2)}, 50);
  REQUIRE(on.io.wakes.size() == 1);
  CHECK(on.io.wakes[0] == on.io.time + 20ms);
  on.io.time += 19ms;
  on.state.tick();
  CHECK(on.io.waiting(0) == 0);
  on.io.time += 1ms;
  on.state.tick();
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2});
  CHECK(alice.messages().size() == 2);
}

TEST_CASE("batch_max ends the wait") {
  stage on;
  const auto alice = subscribed(on, "room");
  on.tell("room", {keyless(1), keyless(2)}, 50, 3);
  CHECK(on.io.waiting(0) == 0);
  on.tell("room", {keyless(3)}, 50, 3);
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2, 3});
  on.io.time += 10ms;
  on.tell("room", {keyless(4)}, 50, 3);
  on.io.time += 40ms;
  on.state.tick();  // of the first run, which is gone
  CHECK(on.io.waiting(0) == 0);
  on.io.time += 10ms;
  on.state.tick();
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2, 3, 4});
}

TEST_CASE("the timer is that of the earliest room") {
  stage on;
  const auto alice = subscribed(on, "slow");
  const auto bob = subscribed(on, "quick");
  on.tell("slow", {keyless(1)}, 100);
  on.tell("quick", {keyless(1)}, 10);
  REQUIRE(on.io.wakes.size() == 2);
  CHECK(on.io.wakes[1] == on.io.time + 10ms);
  on.io.time += 10ms;
  on.state.tick();
  REQUIRE(on.io.wakes.size() == 3);
  CHECK(on.io.wakes[2] == on.io.time + 90ms);
  on.settle();
  CHECK(alice.offsets("slow").empty());
  CHECK(bob.offsets("quick") == offsets{1});
}

TEST_CASE("rooms without a delay pass by those that wait") {
  stage on;
  const auto alice = subscribed(on, "slow");
  const auto bob = subscribed(on, "quick");
  on.tell("slow", {keyless(1)}, 100);
  on.tell("quick", {keyless(1)});
  on.settle();
  CHECK(alice.offsets("slow").empty());
  CHECK(bob.offsets("quick") == offsets{1});
}

TEST_CASE("a due run waits for the credit") {
  stage on;
  const auto alice = subscribed(on, "room");
  const auto bob = subscribed(on, "other");
  on.tell("other", {keyless(1)});  // in flight
  on.tell("room", {keyless(1)}, 10);
  on.io.time += 10ms;
  on.state.tick();
  CHECK(on.io.waiting(0) == 1);
  on.settle();
  CHECK(alice.offsets("room") == offsets{1});
}

TEST_CASE("an attach does not wait for the window") {
  stage on;
  const auto alice = subscribed(on, "room");
  on.tell("room", {keyless(1)}, 1'000);
  const auto bob = on.connect();
  REQUIRE(on.attach(bob, "room", 1));
  on.settle();
  CHECK(alice.offsets("room") == offsets{1});
  CHECK(bob.offsets("room").empty());
}
