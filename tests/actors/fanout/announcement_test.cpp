// Joins and leaves: who is told of whom, in which order, and what many of them cost.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

listener connect(stage& on, const std::string& user, bool hears_others, bool server_side = false) {
  auto made = on.connect();
  auto known = *made.who;
  known.info.user = user;
  known.announced = true;
  known.hears_others = hears_others;
  known.server_side = server_side;
  made.who = std::make_shared<const subscriber>(std::move(known));
  return made;
}

// What it was told, in short: "reply", "4" for a publication, "+ann", "-ann", "end".
std::vector<std::string> story(const listener& who) {
  std::vector<std::string> told;
  for (const auto& each : who.heard()) {
    if (!each.contains("push")) {
      told.push_back("reply");
      continue;
    }
    const auto& push = each["push"];
    if (push.contains("pub")) told.push_back(std::to_string(push["pub"]["offset"].get<int>()));
    if (push.contains("join")) told.push_back("+" + push["join"]["info"]["user"].get<std::string>());
    if (push.contains("leave")) told.push_back("-" + push["leave"]["info"]["user"].get<std::string>());
    if (push.contains("unsubscribe")) told.push_back("end");
  }
  return told;
}

using words = std::vector<std::string>;

}  // namespace

TEST_CASE("who asked is told who comes and who goes, itself first, and nobody else is") {
  stage on;
  const auto ann = connect(on, "ann", true);
  const auto bob = connect(on, "bob", false);
  const auto quiet = on.connect();
  on.attach(ann, "room");
  on.attach(quiet, "room");
  on.attach(bob, "room");
  on.settle();
  on.detach(quiet, "room");
  on.detach(bob, "room");
  on.settle();
  on.detach(ann, "room");
  on.settle();
  CHECK(story(ann) == words{"reply", "+ann", "+bob", "-bob", "reply"});
  CHECK(story(bob) == words{"reply", "reply"});
  CHECK(on.state.statistics().pending_bytes == 0);
  CHECK(on.state.statistics().rooms == 0);
}

TEST_CASE("a connection that is over leaves once, whoever notices first") {
  stage on;
  const auto ann = connect(on, "ann", true);
  const auto bob = connect(on, "bob", true);
  on.attach(ann, "room");
  on.attach(bob, "room");
  on.settle();
  bob.out->close(close_code::normal);
  const bool session_first = GENERATE(true, false);
  if (session_first) on.detach(bob, "room", false);
  on.tell("room", {keyless(1)});
  on.settle();
  if (!session_first) on.detach(bob, "room", false);
  on.settle();
  auto told = story(ann);
  CHECK(std::count(told.begin(), told.end(), "-bob") == 1);
  CHECK(std::count(told.begin(), told.end(), "1") == 1);
}

TEST_CASE("joins and leaves gather while a run is on its way: many of them are one message") {
  stage on;
  const auto ann = connect(on, "ann", true);
  on.attach(ann, "room");
  on.settle();
  const auto messages = ann.messages().size();
  on.tell("room", {keyless(1)});  // is on its way until settle()
  std::vector<listener> others;
  for (int i = 0; i < 20; ++i) others.push_back(connect(on, std::to_string(i), false));
  for (const auto& each : others) on.attach(each, "room", 1);
  for (const auto& each : others) on.detach(each, "room");
  on.settle();
  CHECK(ann.messages().size() == messages + 2);
  CHECK(story(ann).size() == 2 + 1 + 40);
}

TEST_CASE("nothing is kept for a room where nobody listens") {
  stage on;
  const auto bob = connect(on, "bob", false);
  on.attach(bob, "room");
  CHECK(on.state.statistics().pending_bytes == 0);
  CHECK(on.state.statistics().runs == 0);
}

TEST_CASE("the end of all subscriptions is no leave") {
  stage on;
  const auto ann = connect(on, "ann", true);
  const auto bob = connect(on, "bob", true, true);
  on.attach(ann, "room");
  on.attach(bob, "room");
  on.settle();
  on.tell("room", {keyless(9)});
  on.settle();
  CHECK(story(ann) == words{"reply", "+ann", "+bob", "end"});
  CHECK(story(bob) == words{"+bob"});
  CHECK(bob.out->closed());
}

TEST_CASE("a long list of announcements is cut into several messages") {
  limits limit;
  limit.run_bytes_max = 300;
  stage on(1, limit);
  const auto ann = connect(on, "ann", true);
  on.attach(ann, "room");
  on.settle();
  on.tell("room", {keyless(1)});
  std::vector<listener> others;
  for (int i = 0; i < 20; ++i) others.push_back(connect(on, std::to_string(i), false));
  for (const auto& each : others) on.attach(each, "room", 1);
  on.settle();
  CHECK(ann.messages().size() > 5);
  CHECK(story(ann).size() == 2 + 1 + 20);
}
