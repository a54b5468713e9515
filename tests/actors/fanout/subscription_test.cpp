// Attach and detach, and how they stand in order with the changes.
#include "actors/fanout/broadcaster_state.hpp"
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;
using offsets = std::vector<std::uint64_t>;

TEST_CASE("an attach writes the reply and answers with this incarnation") {
  stage on;
  const auto alice = on.connect();
  const auto outcome = on.attach(alice, "room", 3);
  REQUIRE(outcome);
  CHECK(outcome->live);
  CHECK(outcome->broadcaster_start == stage::start);
  on.settle();
  REQUIRE(alice.heard().size() == 1);
  CHECK(alice.heard()[0]["id"] == 1);
  CHECK(alice.heard()[0]["subscribe"]["offset"] == 3);
}

// Its session is refused then, and says so to the client: two answers to one command.
TEST_CASE("a broadcaster that dies of an attach has written no reply") {
  stage on;
  const auto alice = on.connect();
  on.io.dies_of_presence = true;
  CHECK_THROWS(on.attach(alice, "room"));
  on.settle();
  CHECK(alice.heard().empty());
}

TEST_CASE("an attach closes the open run: the new member hears only what lies above its offset") {
  stage on;
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.tell("room", {keyless(2)});  // gathers
  REQUIRE(on.attach(bob, "room", 2));
  on.tell("room", {keyless(3)});
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2, 3});
  CHECK(bob.offsets("room") == offsets{3});
  CHECK(bob.heard()[0].contains("subscribe"));
}

TEST_CASE("a job in flight does not reach who came after it, nor miss who left after it") {
  stage on;
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  on.tell("room", {keyless(1)});  // in flight, not run
  REQUIRE(on.attach(bob, "room", 1));
  on.detach(alice, "room");
  on.settle();
  CHECK(alice.offsets("room") == offsets{1});
  CHECK(alice.heard().back().contains("unsubscribe"));
  CHECK(bob.offsets("room").empty());
}

TEST_CASE("a detach comes behind everything told before, and nothing follows") {
  stage on;
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(bob, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.tell("room", {keyless(2)});
  on.detach(alice, "room");
  on.tell("room", {keyless(3)});
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2});
  CHECK(alice.heard().back() == json::parse(R"({"id":2,"unsubscribe":{}})"));
  CHECK(bob.offsets("room") == offsets{1, 2, 3});
}

TEST_CASE("a detach without reply writes nothing") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  on.detach(alice, "room", false);
  CHECK(on.io.waiting(0) == 0);
  CHECK(on.state.statistics().members == 0);
}

TEST_CASE("a detach of somebody unknown is answered") {
  stage on;
  const auto alice = on.connect();
  on.detach(alice, "room");
  on.settle();
  CHECK(alice.heard().back().contains("unsubscribe"));
}

TEST_CASE("a detach that dies in a mailbox is answered all the same, once") {
  stage on;
  const auto alice = on.connect();
  const auto frame = make_frame(frame_opcode::text, R"({"id":2,"unsubscribe":{}})");
  { const detach lost{"room", alice.who->session, alice.out, std::make_shared<parting_frame>(alice.out, frame)}; }
  REQUIRE(alice.heard().size() == 1);
  CHECK(alice.heard()[0]["id"] == 2);
}

TEST_CASE("a session subscribes to a room once") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  const auto again = on.attach(alice, "room", 0, subscription_type::map);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == errc::already_subscribed);
  CHECK(on.io.waiting(0) == 0);
}

TEST_CASE("who is gone does not become a member") {
  stage on;
  const auto alice = on.connect();
  alice.out->close(close_code::normal);
  CHECK(on.attach(alice, "room"));
  CHECK_FALSE(on.told("room"));
  CHECK(on.state.statistics().members == 0);
}

TEST_CASE("members whose connection ended without a detach go when a run meets them") {
  stage on;
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(bob, "room"));
  on.settle();
  alice.out->close(close_code::normal);
  on.tell("room", {keyless(1)});
  on.settle();
  CHECK(on.state.statistics().members == 1);
  bob.out->close(close_code::normal);
  on.tell("room", {keyless(2)});
  on.settle();
  CHECK(on.state.statistics().rooms == 0);
}

TEST_CASE("a late return of an ended audience's run leaves the room's new audience alone") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room"));
  on.settle();
  alice.out->close(close_code::normal);
  on.tell("room", {keyless(1)});  // will meet a closed connection
  on.state.handle(reset_audience{"room"});
  const auto bob = on.connect();
  REQUIRE(on.attach(bob, "room", 1));
  on.settle();
  on.tell("room", {keyless(2)});
  on.settle();
  CHECK(bob.offsets("room") == offsets{2});
  CHECK(on.state.statistics().members == 1);
}

TEST_CASE("an outbox is let go as soon as its own I/O thread is through") {
  stage on(2);
  auto alice = on.connect(0);
  const auto bob = on.connect(1);
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(bob, "room"));
  on.settle();
  on.tell("room", {keyless(1)});
  on.detach(alice, "room", false);
  const std::weak_ptr<fake_outbox> outbox = alice.out;
  alice = {};
  CHECK_FALSE(outbox.expired());
  on.io.run_one(0);
  CHECK(outbox.expired());
  on.settle();
  CHECK(bob.offsets("room") == offsets{1});
}

TEST_CASE("a reset tells what was pending, then ends every subscription with 2500") {
  stage on(2);
  const auto alice = on.connect(0);
  const auto bob = on.connect(1);
  REQUIRE(on.attach(alice, "room"));
  REQUIRE(on.attach(bob, "room", 0, subscription_type::map));
  on.settle();
  on.tell("room", {keyed(1)});
  on.tell("room", {keyed(2)});
  on.state.handle(reset_audience{"room"});
  on.tell("room", {keyed(3)});
  on.settle();
  for (const auto* each : {&alice, &bob}) {
    CHECK(each->offsets("room") == offsets{1, 2});
    CHECK(each->heard().back() == json::parse(R"({"push":{"channel":"room","unsubscribe":{"code":2500,"reason":"insufficient state"}}})"));
  }
  CHECK_FALSE(on.told("room"));
  REQUIRE(on.attach(alice, "room", 3));  // and may come back
  on.tell("room", {keyed(4)});
  on.settle();
  CHECK(alice.offsets("room") == offsets{1, 2, 4});
  CHECK(on.state.statistics().members == 1);
}

TEST_CASE("what was told is not told again, and a gap is not passed over in silence") {
  stage on;
  const auto alice = on.connect();
  REQUIRE(on.attach(alice, "room", 5));
  on.settle();
  on.tell("room", {keyless(5), keyless(6)});
  on.settle();
  CHECK(alice.offsets("room") == offsets{6});
  on.tell("room", {keyless(8)});
  on.settle();
  CHECK(alice.offsets("room") == offsets{6});
  CHECK(alice.heard().back()["push"]["unsubscribe"]["code"] == 2500);
  CHECK(on.state.statistics().resets == 1);
}

TEST_CASE("an attach beyond what the others were told ends their subscriptions") {
  stage on;
  const auto alice = on.connect();
  const auto bob = on.connect();
  REQUIRE(on.attach(alice, "room", 1));
  REQUIRE(on.attach(bob, "room", 4));
  on.tell("room", {keyless(5)});
  on.settle();
  CHECK(alice.heard().back()["push"]["unsubscribe"]["code"] == 2500);
  CHECK(bob.offsets("room") == offsets{5});
}

TEST_CASE("presence is who is subscribed now") {
  stage on(2);
  const auto alice = on.connect(0);
  const auto bob = on.connect(1);
  const auto carol = on.connect(1);
  for (const auto* each : {&carol, &alice}) REQUIRE(on.attach(*each, "room"));
  REQUIRE(on.attach(bob, "room", 0, subscription_type::map));
  const auto who = std::make_shared<kept_reply<protocol::presence_result>>();
  on.state.handle(ask_presence{"room", who});
  const std::vector<client_info> all{alice.who->info, bob.who->info, carol.who->info};
  CHECK(who->got->value().clients == all);

  const auto count = std::make_shared<kept_reply<protocol::presence_stats_result>>();
  on.state.handle(ask_presence_stats{"room", count});
  CHECK(count->got->value().num_clients == 3);
  CHECK(count->got->value().num_users == 2);

  alice.out->close(close_code::normal);
  const auto later = std::make_shared<kept_reply<protocol::presence_stats_result>>();
  on.state.handle(ask_presence_stats{"room", later});
  CHECK(later->got->value().num_clients == 2);

  const auto nobody = std::make_shared<kept_reply<protocol::presence_result>>();
  on.state.handle(ask_presence{"other", nobody});
  CHECK(nobody->got->value().clients.empty());
}

TEST_CASE("a server-side subscription: its reply is the session's affair, its end that of the connection") {
  stage on;
  auto who = on.connect();
  auto known = *who.who;
  known.server_side = true;
  who.who = std::make_shared<const subscriber>(known);
  const auto other = on.connect();
  const auto step = on.attach(who, "room", 3);
  on.attach(other, "room", 3);
  REQUIRE(step);
  CHECK(step->live);
  CHECK(step->page.recoverable);
  on.tell("room", {keyless(4)});
  on.settle();
  CHECK(who.heard().size() == 1);
  CHECK(who.offsets("room") == std::vector<std::uint64_t>{4});
  CHECK_FALSE(who.out->closed());
  on.tell("room", {keyless(9)});
  on.settle();
  CHECK(who.out->closed());
  CHECK(who.heard().size() == 1);
  CHECK(other.heard().back()["push"]["unsubscribe"]["code"] == 2500);
  CHECK(on.state.statistics().members == 0);
}

TEST_CASE("who came before the room had an epoch learns it with the first publication that it is shown") {
  stage on;
  const auto early = on.connect(), other = on.connect();
  auto filtered = std::make_shared<protocol::view>(*plain_view(subscription_type::stream));
  filtered->filter = read_tag_filter(R"({"key":"t","cmp":"eq","val":"x"})", limits{}).value();
  on.attach(early, "room", 0, filtered);
  on.attach(other, "room");
  auto first = std::make_shared<publication>(*keyless(1));
  first->epoch = std::string(1, 'e');
  const auto shown = [](std::uint64_t offset) {
    auto made = std::make_shared<publication>(*keyless(offset));
    made->tags = {{"t", "x"}};
    return made;
  };
  on.tell("room", {first, keyless(2)});
  on.settle();
  on.tell("room", {keyless(3), shown(4)});
  on.tell("room", {shown(5)});
  on.settle();
  const auto epochs = [](const listener& who) {
    std::vector<std::string> all;
    for (const auto& each : who.heard())
      if (each.contains("push")) all.push_back(each["push"]["pub"].value("epoch", ""));
    return all;
  };
  CHECK(early.offsets("room") == std::vector<std::uint64_t>{4, 5});
  CHECK(epochs(early) == std::vector<std::string>{"e", ""});
  CHECK(epochs(other) == std::vector<std::string>{"e", "", "", "", ""});
}
