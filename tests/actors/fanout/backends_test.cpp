// What backends ask of all audiences, and whom they have leave.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

// Sessions 1, 3, … are of user-1, 2, 4, … of user-0.
std::uint64_t expel_from(stage& on, const std::string& room, const std::string& user, const std::string& client = {}) {
  const auto answer = std::make_shared<kept_reply<expelled>>();
  on.state.handle(expel{room, user, client, answer});
  on.settle();
  REQUIRE(answer->got);
  return answer->got->value().subscriptions;
}

audience_overview seen(stage& on, const std::optional<room_glob>& which) {
  const auto answer = std::make_shared<kept_reply<audience_overview>>();
  on.state.handle(ask_audiences{which, answer});
  REQUIRE(answer->got);
  return answer->got->value();
}

json last_of(const listener& who) { return who.heard().back(); }

const json told_2000 = {{"push", {{"channel", "room"}, {"unsubscribe", {{"code", 2000}, {"reason", "server unsubscribe"}}}}}};

}  // namespace

TEST_CASE("who is expelled is told all that came before, then that it is over, and nothing later") {
  stage on;
  const auto ann = on.connect(), bob = on.connect();
  for (const auto& each : {ann, bob}) REQUIRE(on.attach(each, "room"));
  on.tell("room", {keyless(1)});
  CHECK(expel_from(on, "room", "user-1") == 1);
  on.tell("room", {keyless(2)});
  on.settle();
  CHECK(ann.offsets("room") == std::vector<std::uint64_t>{1});
  CHECK(last_of(ann) == told_2000);
  CHECK(bob.offsets("room") == std::vector<std::uint64_t>{1, 2});
  CHECK(on.attach(ann, "room", 2));  // it may come again
}

TEST_CASE("one connection of a user, all of them, or nobody") {
  stage on;
  const auto first = on.connect(), other = on.connect(), second = on.connect();
  for (const auto& each : {first, other, second}) REQUIRE(on.attach(each, "room"));
  CHECK(expel_from(on, "room", "user-1", "client-3") == 1);
  CHECK(last_of(second) == told_2000);
  CHECK(expel_from(on, "room", "user-0", "client-1") == 0);
  CHECK(expel_from(on, "elsewhere", "user-1") == 0);
  CHECK(expel_from(on, "room", "user-1") == 1);
  CHECK(expel_from(on, "room", "user-0") == 1);
  CHECK(on.state.statistics().rooms == 0);
  CHECK(on.state.statistics().members == 0);
}

TEST_CASE("an event stream is nothing but its subscription: it ends") {
  stage on;
  const auto reader = on.connect(0, framing::events, protocol::dialect::room_events);
  REQUIRE(on.attach(reader, "room"));
  CHECK(expel_from(on, "room", "user-1") == 1);
  CHECK(reader.out->closed());
}

TEST_CASE("audiences are told by name, in order, with their sums; those of patterns and of closed connections are not") {
  stage on;
  const auto ann = on.connect(), bob = on.connect(), gone = on.connect();
  for (const auto* room : {"b:2", "b:1", "a:1"}) REQUIRE(on.attach(ann, room));
  REQUIRE(on.attach(bob, "b:1"));
  REQUIRE(on.attach(bob, "b:*"));
  REQUIRE(on.attach(gone, "a:1"));
  REQUIRE(on.attach(gone, "c:1"));
  gone.out->close(close_code::normal);
  const auto some = seen(on, room_glob::of_stars("b:*"));
  REQUIRE(some.rooms.size() == 2);
  CHECK(some.rooms[0].room == "b:1");
  CHECK(some.rooms[0].clients == 2);
  CHECK(some.rooms[1].room == "b:2");
  const auto sums = seen(on, std::nullopt);
  CHECK(sums.rooms.empty());
  CHECK(sums.all_rooms == 3);
  CHECK(sums.subscriptions == 4);
  CHECK(sums.users == 2);
}
