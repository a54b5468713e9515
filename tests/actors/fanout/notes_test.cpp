// What the broadcaster says of who is there, to who writes it down.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("who comes and goes is noted, and when a room is occupied") {
  stage in;
  const auto ann = in.connect();
  const auto bob = in.connect();
  in.attach(ann, "a");
  in.attach(bob, "a");
  CHECK(in.io.presence == lines{"+client-1 a", "+client-2 a"});
  CHECK(in.io.occupied == lines{"+a"});
  in.detach(ann, "a");
  in.detach(ann, "a");
  CHECK(in.io.presence.size() == 3);
  CHECK(in.io.presence.back() == "-client-1 a");
  CHECK(in.io.occupied.size() == 1);

  SECTION("the last one leaves") { in.detach(bob, "a"); }
  SECTION("the last one hangs up, which the next run shows") {
    bob.out->close(close_code::shutdown);
    in.tell("a", {keyless(1)});
    in.settle();
  }
  SECTION("all subscriptions end") { in.state.handle(reset_audience{"a"}); }
  CHECK(in.io.presence.size() == 4);
  CHECK(in.io.presence.back() == "-client-2 a");
  CHECK(in.io.occupied == lines{"+a", "-a"});
}

TEST_CASE("a keeper of presence that starts is told of everybody") {
  stage in;
  in.attach(in.connect(), "a");
  in.attach(in.connect(), "b");
  in.io.presence.clear();
  in.state.handle(tell_presence{});
  std::ranges::sort(in.io.presence);
  CHECK(in.io.presence == lines{"+client-1 a", "+client-2 b"});
}

TEST_CASE("of a ghost the others hear that it left") {
  stage in;
  auto ann = in.connect();
  auto known = *ann.who;
  known.hears_others = true;
  ann.who = std::make_shared<const subscriber>(known);
  in.attach(ann, "a");
  in.state.handle(ghost_left{"a", {"bob", "old", {}, {}}});
  in.state.handle(ghost_left{"nobody is here", {"bob", "old", {}, {}}});
  in.settle();
  CHECK(ann.heard().back()["push"]["leave"]["info"]["client"] == "old");
}
