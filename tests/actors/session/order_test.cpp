#include <random>

#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::string publish(std::uint32_t id, const std::string& data) {
  return R"({"id":)" + std::to_string(id) + R"(,"publish":{"channel":"a","data":)" + data + "}}";
}

std::string done(std::uint32_t id) { return R"({"id":)" + std::to_string(id) + R"(,"publish":{}})"; }

server_options two_in_flight() {
  auto options = session_stage::anonymous();
  options.limit.commands_in_flight_max = 2;
  return options;
}

}  // namespace

TEST_CASE("commands start in the order of the message, behind connect") {
  session_stage s;
  s.hear(R"({"id":1,"connect":{}})"
         "\n" +
         publish(2, "2") + "\n" + R"({"id":3,"subscribe":{"channel":"b"}})" + "\n" + publish(4, "4"));
  CHECK(s.take() == lines{"publish a 2", "subscribe b id=3", "publish a 4",
                          R"(send {"id":1,"connect":{"client":"c7","version":"tidewire","ping":25,"pong":true}})", "release 1"});
}

TEST_CASE("the replies of one mail are joined into one message") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"ping":{}})"
         "\n"
         R"({"id":3,"rpc":{"method":"m"}})"
         "\n"
         R"({"id":4,"unsubscribe":{"channel":"a"}})");
  CHECK(s.take() == lines{"send {\"id\":2,\"ping\":{}}\n"
                          "{\"id\":3,\"error\":{\"code\":108,\"message\":\"not available\"}}\n"
                          "{\"id\":4,\"unsubscribe\":{}}",
                          "release 1"});
}

TEST_CASE("what may bring much goes one by one, the next when the last is on its way") {
  session_stage s;
  s.takes_at_once = false;
  s.connect();
  s.hear(R"({"id":2,"subscribe":{"channel":"a","recover":true}})"
         "\n"
         R"({"id":3,"subscribe":{"channel":"b"}})"
         "\n"
         R"({"id":4,"history":{"channel":"c","limit":1}})"
         "\n"
         R"({"id":5,"subscribe":{"channel":"d","type":1,"phase":2}})"
         "\n" +
         publish(6, "6"));
  CHECK(s.take() == lines{"subscribe a id=2", "subscribe b id=3"});
  s.answer_live();  // of b, which brings little
  CHECK(s.take().empty());
  s.state.on_drained();  // not asked for
  CHECK(s.take().empty());

  SECTION("it is answered") {
    s.state.on_step(1, subscribe_step{true, 1, {}});
    CHECK(s.take() == lines{"wait"});
  }
  SECTION("it is refused") {
    s.state.on_step(1, fail(errc::unrecoverable));
    CHECK(s.take() == lines{R"(send {"id":2,"error":{"code":112,"message":"unrecoverable position"}})", "wait"});
  }
  s.state.on_drained();
  CHECK(s.take() == lines{"history c after=0 rows=1"});
  s.state.on_history(s.newest(), fail(errc::unavailable));
  CHECK(s.take().back() == "wait");
  s.state.on_drained();
  CHECK(s.take() == lines{"subscribe d id=5", "publish a 6", "release 1"});
}

TEST_CASE("replies may overtake each other") {
  session_stage s;
  s.connect();
  s.hear(publish(2, "2"));
  const auto first = s.newest();
  s.hear(publish(3, "3"));
  s.take();
  s.answer_published();
  CHECK(s.take() == lines{"send " + done(3)});
  s.state.on_published(first, fail(errc::conflict, "no"));
  CHECK(s.take() == lines{R"(send {"id":2,"error":{"code":107,"message":"conflict: no"}})"});
  s.state.on_published(first, published{});  // nobody waits for it any more
  CHECK(s.take().empty());
}

TEST_CASE("beyond the bound commands wait, and their message is not released before the last of them has started") {
  session_stage s(two_in_flight());
  s.connect();
  s.hear(publish(2, "2"));
  const auto first = s.newest();
  CHECK(s.take() == lines{"publish a 2", "release 1"});
  s.hear(publish(3, "3") + "\n" + publish(4, "4") + "\n" + publish(5, "5"));
  const auto second = s.newest();
  CHECK(s.take() == lines{"publish a 3"});
  s.hear(R"({"id":6,"ping":{}})");
  s.hear(publish(7, "7"));
  CHECK(s.take().empty());
  s.state.on_published(second, published{});
  CHECK(s.take() == lines{"publish a 4", "send " + done(3)});
  s.state.on_published(first, published{});
  CHECK(s.take() == lines{"publish a 5", "send " + done(2), "release 1"});
  s.answer_published();
  CHECK(s.take() == lines{"publish a 7", "send " + done(5) + "\n" + R"({"id":6,"ping":{}})", "release 2"});
}

TEST_CASE("a connection that ends while commands wait starts none of them") {
  session_stage s(two_in_flight());
  s.connect();
  s.hear(publish(2, "2") + "\n" + publish(3, "3") + "\n" + publish(4, "4"));
  const auto newest = s.newest();
  s.take();
  s.hear("nonsense");
  CHECK(s.take() == lines{"close 3501"});
  s.state.on_published(newest, published{});
  s.hear(publish(5, "5"));
  CHECK(s.take().empty());
}

TEST_CASE("a command that closes the connection starts nothing of what follows, and replies go out first") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"ping":{}})"
         "\n{}\n" +
         publish(3, "3"));
  CHECK(s.take() == lines{R"(send {"id":2,"ping":{}})", "close 3501"});
}

TEST_CASE("whatever comes, every message of a living connection is released once, commands start in order and no more than the bound run") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 chance(seed);
  auto options = session_stage::anonymous();
  options.limit.commands_in_flight_max = 1 + chance() % 4;
  CAPTURE(options.limit.commands_in_flight_max);
  session_stage s(options);
  s.hear(R"({"id":1,"connect":{}})");
  std::size_t messages = 1;
  std::uint32_t asked = 1;
  std::vector<ticket> running;
  std::size_t seen = 0;
  const auto note_started = [&] {
    for (const auto& [which, request] : s.published_requests()) {
      if (which <= seen) continue;
      REQUIRE(which == seen + 1);
      REQUIRE(request.operations.front().data == std::to_string(which));
      seen = which;
      running.push_back(which);
    }
    REQUIRE(running.size() <= options.limit.commands_in_flight_max);
  };
  for (int step = 0; step < 2'000; ++step) {
    if (chance() % 2 == 0 && asked < 3'000) {
      std::string message;
      for (auto left = 1 + chance() % 5; left > 0; --left, ++asked)
        message += (message.empty() ? "" : "\n") + publish(asked + 1, std::to_string(asked));
      s.hear(message);
      ++messages;
    } else if (!running.empty()) {
      const auto at = running.begin() + static_cast<std::ptrdiff_t>(chance() % running.size());
      const auto which = *at;
      running.erase(at);
      s.state.on_published(which, published{});
    }
    note_started();
    REQUIRE(s.released() <= messages);
    if (running.size() < options.limit.commands_in_flight_max) REQUIRE(s.released() == messages);
  }
  while (!running.empty()) {
    const auto which = running.front();
    running.erase(running.begin());
    s.state.on_published(which, published{});
    note_started();
  }
  CHECK(seen + 1 == asked);
  CHECK(s.released() == messages);
}
