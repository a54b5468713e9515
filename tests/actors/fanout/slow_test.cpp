// Members that are too slow for their room, and come back to it.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

using offsets = std::vector<std::uint64_t>;
const auto conflated = plain_view(subscription_type::map, slow_consumer::conflate);

result<subscribe_step> resumed(stage& s, const listener& who, const std::vector<publication_ptr>& missed, std::uint64_t up_to, bool whole,
                               std::uint32_t subscription = 1) {
  const auto answer = std::make_shared<kept_reply<subscribe_step>>();
  tidewire::resume ready;
  ready.room = "room";
  ready.member.who = who.who;
  ready.member.through = conflated;
  ready.member.command_id = subscription;
  ready.member.reply = answer;
  ready.changes = changes(missed);
  ready.up_to = up_to;
  ready.whole = whole;
  s.state.handle(ready);
  REQUIRE(answer->got);
  return *answer->got;
}

}  // namespace

TEST_CASE("a slow member misses what comes, the others do not") {
  stage s;
  const auto slow = s.connect(), fast = s.connect();
  s.attach(slow, "room", 0, conflated);
  s.attach(fast, "room", 0, conflated);
  s.tell("room", {keyed(1)});
  s.settle();
  slow.out->slow = true;
  s.tell("room", {keyed(2), keyed(3)});
  s.settle();
  slow.out->slow = false;  // too late for it to go on by itself
  s.tell("room", {keyed(4)});
  s.settle();
  CHECK(slow.offsets("room") == offsets{1});
  CHECK(fast.offsets("room") == offsets{1, 2, 3, 4});
  const auto news = slow.out->missing.take_news();
  REQUIRE(news.size() == 1);
  CHECK(*news.front().source == "room");
  CHECK(news.front().after == 1);
}

TEST_CASE("it is told what it missed between what was told before and what comes after") {
  stage s;
  const auto slow = s.connect();
  s.attach(slow, "room", 0, conflated);
  slow.out->slow = true;
  s.tell("room", {keyed(1), keyed(2)});
  s.settle();
  slow.out->slow = false;
  s.tell("room", {keyed(3)});  // on its way
  CHECK(resumed(s, slow, {keyed(2), keyed(3)}, 3, true));
  s.tell("room", {keyed(4)});
  s.settle();
  CHECK(slow.offsets("room") == offsets{2, 3, 4});
  CHECK(slow.out->missing.empty());
}

TEST_CASE("what was conflated for it is told in one message, however long") {
  limits small;
  small.run_bytes_max = 50;
  stage s(1, small);
  const auto slow = s.connect();
  s.attach(slow, "room", 0, conflated);
  slow.out->slow = true;
  s.tell("room", {keyed(1), keyed(2)});
  s.settle();
  slow.out->slow = false;
  CHECK(resumed(s, slow, {keyed(1), keyed(2)}, 2, true));
  s.settle();
  CHECK(slow.offsets("room") == offsets{1, 2});
  CHECK(slow.messages().size() == 2);  // with the reply
}

TEST_CASE("what comes in pieces is missed further") {
  stage s;
  const auto slow = s.connect();
  s.attach(slow, "room", 0, conflated);
  slow.out->slow = true;
  s.tell("room", {keyed(1), keyed(2), keyed(3)});
  s.settle();
  slow.out->missing.take_news();
  slow.out->slow = false;
  CHECK(resumed(s, slow, {keyed(1)}, 1, false));
  s.tell("room", {keyed(4)});
  s.settle();
  CHECK(slow.offsets("room") == offsets{1});
  const auto news = slow.out->missing.take_news();
  REQUIRE(news.size() == 1);
  CHECK(news.front().after == 1);
}

TEST_CASE("a subscription that is not there any more is not resumed") {
  stage s;
  const auto who = s.connect();
  CHECK(resumed(s, who, {keyed(1)}, 1, true).error().code == errc::expired);
  s.attach(who, "room", 1, conflated);
  CHECK(resumed(s, who, {keyed(1)}, 1, true, 9).error().code == errc::expired);  // an earlier subscription of the same session
  s.tell("room", {keyed(2)});
  CHECK(resumed(s, who, {keyed(1)}, 1, true).error().code == errc::unavailable);  // of a room that has been replaced
  s.settle();
  CHECK(who.offsets("room") == offsets{2});
}

TEST_CASE("a member whose policy is to be disconnected misses nothing") {
  stage s;
  const auto who = s.connect();
  s.attach(who, "room", 0, subscription_type::map);
  who.out->slow = true;
  s.tell("room", {keyed(1)});
  s.settle();
  CHECK(who.offsets("room") == offsets{1});
}

TEST_CASE("whoever subscribes or leaves has missed nothing any more, and the end of a subscription is always told") {
  stage s;
  const auto who = s.connect();
  s.attach(who, "room", 0, conflated);
  who.out->slow = true;
  s.tell("room", {keyed(1)});
  s.settle();
  SECTION("it leaves") { s.detach(who, "room"); }
  SECTION("the subscription ends, and it comes again") {
    s.state.handle(reset_audience{"room"});
    s.settle();
    CHECK(who.heard().back()["push"]["unsubscribe"]["code"] == 2500);
    s.attach(who, "room", 1, conflated);
  }
  s.settle();
  CHECK(who.out->missing.empty());
}
