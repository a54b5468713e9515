// What a stuck I/O thread cannot do: make the broadcaster grow without limit.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

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
  const crossing crossed("fanout_in_flight_bytes_max");
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
  CHECK(crossed.counted());
  CHECK(on.state.statistics().members == 0);
  on.settle();
  const auto heard = stuck.offsets("room");
  REQUIRE(heard.size() > 50);
  for (std::size_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == i + 1);
  CHECK(stuck.heard().back()["push"]["unsubscribe"]["code"] == 2500);
  CHECK(on.state.statistics().in_flight_bytes == 0);
}

TEST_CASE("a listener hears that its subscription is over together with its client, not before") {
  class hearing final : public subscription_listener {
   public:
    void subscription_ended(const std::string& room) override { heard.push_back(room); }
    std::vector<std::string> heard;
  };
  stage on(2);
  std::vector<std::shared_ptr<hearing>> ears;
  std::vector<listener> all;
  for (const std::size_t thread : {0U, 1U}) {
    auto& made = all.emplace_back(on.connect(thread));
    auto who = std::make_shared<subscriber>(*made.who);
    who->listener = ears.emplace_back(std::make_shared<hearing>());
    made.who = who;
    REQUIRE(on.attach(made, "room"));
  }
  on.settle();
  on.state.handle(reset_audience{"room"});
  // The broadcaster may die now, and its jobs with it: who hears of that has to find the subscription still there.
  CHECK(ears[0]->heard.empty());
  CHECK(on.io.drop_one(0));
  CHECK(ears[0]->heard.empty());
  CHECK(on.io.run_one(1));
  CHECK(ears[1]->heard == std::vector<std::string>{"room"});
  CHECK(all[1].heard().back()["push"]["unsubscribe"]["code"] == 2500);
}

TEST_CASE("the reply to an unsubscribe is written also when the broadcaster dies before it could be") {
  stage on;
  const auto ann = on.connect();
  REQUIRE(on.attach(ann, "room"));
  on.settle();
  on.detach(ann, "room");
  CHECK_FALSE(ann.heard().back().contains("unsubscribe"));
  CHECK(on.io.drop_one(0));
  CHECK(ann.heard().back().contains("unsubscribe"));
}
