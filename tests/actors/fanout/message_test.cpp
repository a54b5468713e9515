// Messages that are not kept: who gets them, in which order, and who does without.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::uint64_t send(stage& on, const std::string& room, std::string data) {
  const auto answer = std::make_shared<kept_reply<messaged>>();
  on.state.handle(tell_message{room, std::move(data), answer});
  REQUIRE(answer->got);
  return answer->got->value().receivers;
}

// The data of the messages that it was told.
std::vector<std::string> messages(const listener& who) {
  std::vector<std::string> told;
  for (const auto& each : who.heard())
    if (each.contains("push") && each["push"].contains("message")) told.push_back(each["push"]["message"]["data"].dump());
  return told;
}

using words = std::vector<std::string>;

}  // namespace

TEST_CASE("a message goes to all who are subscribed to that room, and to nobody else") {
  stage on;
  const auto ann = on.connect(), bob = on.connect(), other = on.connect();
  on.attach(ann, "room");
  on.attach(bob, "room", 0, subscription_type::map);
  on.attach(other, "another");
  CHECK(send(on, "room", R"({"typing":true})") == 2);
  on.settle();
  CHECK(send(on, "nobody", "1") == 0);
  CHECK(messages(ann) == words{R"({"typing":true})"});
  CHECK(messages(bob) == messages(ann));
  CHECK(messages(other).empty());
  CHECK(on.state.statistics().pending_bytes == 0);
}

TEST_CASE("messages keep their order, and many that come while a run is on its way are one") {
  stage on;
  const auto ann = on.connect();
  on.attach(ann, "room");
  on.settle();
  const auto before = ann.messages().size();
  on.tell("room", {keyless(1)});  // is on its way until settle()
  words sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(std::to_string(i));
    send(on, "room", sent.back());
  }
  on.settle();
  CHECK(ann.messages().size() == before + 2);
  CHECK(messages(ann) == sent);
}

TEST_CASE("a long list of messages is cut") {
  limits limit;
  limit.run_bytes_max = 300;
  stage on(1, limit);
  const auto ann = on.connect();
  on.attach(ann, "room");
  on.settle();
  on.tell("room", {keyless(1)});
  for (int i = 0; i < 20; ++i) send(on, "room", "\"" + std::string(100, 'x') + "\"");
  on.settle();
  CHECK(ann.messages().size() > 6);
  CHECK(messages(ann).size() == 20);
}

TEST_CASE("who is slow does without messages, and misses nothing else for it") {
  stage on;
  const auto ann = on.connect();
  on.attach(ann, "room", 0, plain_view(subscription_type::stream, slow_consumer::resync));
  on.settle();
  ann.out->slow = true;
  send(on, "room", "1");
  on.settle();
  CHECK(ann.out->missing.empty());
  ann.out->slow = false;
  on.tell("room", {keyless(1)});
  send(on, "room", "2");
  on.settle();
  CHECK(ann.offsets("room") == std::vector<std::uint64_t>{1});
  CHECK(messages(ann) == words{"2"});
}

TEST_CASE("readers of a room's events hear changes alone") {
  stage on;
  const auto reader = on.connect(0, framing::text, protocol::dialect::room_events);
  on.attach(reader, "room");
  on.settle();
  const auto before = reader.out->written.size();
  CHECK(send(on, "room", "1") == 0);
  on.settle();
  CHECK(reader.out->written.size() == before);
}
