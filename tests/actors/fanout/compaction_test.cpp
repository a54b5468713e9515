// Channel compaction: who agrees to it is told a number where others are told the name of the room.
#include <set>

#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

listener connect(stage& on, bool by_number = true) {
  auto made = on.connect();
  made.by_number = by_number;
  return made;
}

listener one_who_hears_others(stage& on) {
  auto made = connect(on);
  auto known = *made.who;
  known.announced = known.hears_others = true;
  made.who = std::make_shared<const subscriber>(std::move(known));
  return made;
}

// The number that the last reply to a subscribe told; 0: none.
std::uint64_t number_of(const listener& who) {
  std::uint64_t number = 0;
  for (const auto& each : who.heard())
    if (each.contains("subscribe")) number = each["subscribe"].value("id", std::uint64_t{0});
  return number;
}

// What each push of that kind says of its channel: the name, or the number.
json channels(const listener& who, const std::string& kind = "pub") {
  json all = json::array();
  for (const auto& each : who.heard()) {
    if (!each.contains("push") || !each["push"].contains(kind)) continue;
    const auto& push = each["push"];
    CHECK(push.contains("id") != push.contains("channel"));
    all.push_back(push.contains("id") ? push["id"] : push["channel"]);
  }
  return all;
}

}  // namespace

TEST_CASE("who agrees is told the number of the reply instead of the name, in one frame for all of them") {
  stage s;
  const auto a = connect(s), b = connect(s), named = connect(s, false);
  for (const auto& each : {a, b, named}) s.attach(each, "room");
  s.settle();
  const auto before = s.state.statistics().frames;
  s.tell("room", {keyed(1)});
  s.settle();
  CHECK(s.state.statistics().frames == before + 2);
  CHECK(a.out->written.back() == b.out->written.back());

  const auto number = number_of(a);
  CHECK(number != 0);
  CHECK(number_of(b) == number);
  CHECK(channels(a) == json{number});
  CHECK(number_of(named) == 0);
  CHECK(channels(named) == json{"room"});
}

TEST_CASE("joins and leaves have the number, the end of a subscription has the name") {
  stage s;
  const auto ann = one_who_hears_others(s), bob = one_who_hears_others(s);
  s.attach(ann, "room");
  s.attach(bob, "room");
  s.settle();
  s.detach(bob, "room");
  s.settle();
  s.state.handle(reset_audience{"room"});
  s.settle();
  const auto number = number_of(ann);
  CHECK(channels(ann, "join") == json{number, number});
  CHECK(channels(ann, "leave") == json{number});
  CHECK(channels(ann, "unsubscribe") == json{"room"});
}

TEST_CASE("a number is that of one room for as long as it has an audience, and never that of another") {
  stage s;
  const auto a = connect(s), b = connect(s);
  s.attach(a, "room");
  s.attach(b, "room");
  s.attach(a, "another");
  s.settle();
  const auto another = number_of(a), room = number_of(b);
  CHECK(room != another);
  s.detach(b, "room");
  s.attach(b, "room");
  s.settle();
  CHECK(number_of(b) == room);

  std::set<std::uint64_t> given{room, another};
  s.detach(a, "room");
  s.detach(b, "room");
  s.attach(b, "room");
  s.settle();
  CHECK(given.insert(number_of(b)).second);

  broadcaster_state successor(s.io, {}, stage::start + 1);
  tidewire::attach wanted;
  wanted.room = "a third";
  wanted.who = a.who;
  wanted.by_number = true;
  wanted.through = plain_view(subscription_type::stream);
  wanted.reply = std::make_shared<kept_reply<subscribe_step>>();
  successor.handle(wanted);
  s.io.run_all();
  CHECK(given.insert(number_of(a)).second);
}

TEST_CASE("what a slow member has missed, and what was held back for a rate, come under the number too") {
  stage s;
  protocol::view rated;
  rated.type = subscription_type::map;
  rated.interval_ms = 100;
  const auto through = std::make_shared<const protocol::view>(rated);
  const auto who = connect(s);
  s.attach(who, "room", 0, through);
  s.tell("room", {keyed(1)});
  s.settle();
  s.tell("room", {keyed(2)});
  tidewire::resume ready;
  ready.room = "room";
  ready.member = {who.who, through, 1, 1, std::make_shared<kept_reply<subscribe_step>>()};
  ready.changes = changes({keyed(2)});
  ready.up_to = 2;
  ready.whole = true;
  s.state.handle(ready);
  s.tell("room", {keyed(3)});
  s.io.time += std::chrono::seconds(1);
  s.state.tick();
  s.settle();
  const auto number = number_of(who);
  CHECK(number != 0);
  CHECK(channels(who) == json{number, number, number});
}

TEST_CASE("a subscription to many rooms has a number of its own") {
  stage s;
  const auto many = connect(s), one = connect(s);
  protocol::subscribe_command asked;
  asked.channel = "a:*";
  asked.flag = protocol::channel_compaction;
  s.state.handle(subscribe_pattern{
      "a:*", {many.who, 1, asked, plain_view(subscription_type::stream), std::make_shared<kept_reply<subscribe_step>>(), {}}});
  s.attach(one, "a:room");
  s.settle();
  s.tell("a:room", {keyed(1)});
  s.settle();
  CHECK(number_of(many) != number_of(one));
  CHECK(channels(many) == json{number_of(many)});
  CHECK(channels(one) == json{number_of(one)});
}
