#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

const std::string late = R"("error":{"code":100,"message":"no answer in time","temporary":true}})";

}  // namespace

TEST_CASE("the first ping comes at a random moment of the second half of the interval, the next ones regularly") {
  session_stage s;
  const auto chance = GENERATE(0u, 7'000u, 12'500u);
  s.chance = chance;
  s.connect();
  s.advance(12'500 + chance - 1);
  CHECK(s.take().empty());
  s.advance(1);
  for (int i = 0; i < 5; ++i) {
    CHECK(s.take() == lines{"ping"});
    s.advance(7'999);
    s.hear("{}");
    CHECK(s.take() == lines{"release 1"});
    s.advance(25'000 - 7'999 - 1);
    CHECK(s.take().empty());
    s.advance(1);
  }
}

TEST_CASE("a client that does not answer a ping is gone") {
  session_stage s;
  s.connect();
  s.advance(12'500);
  CHECK(s.take() == lines{"ping"});
  s.hear(R"({"id":2,"ping":{}})");  // is no pong
  s.take();
  s.advance(7'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{"close 3012"});
  s.advance(100'000);
  CHECK(s.take().empty());
}

TEST_CASE("a client that still takes what comes before the ping is only slow") {
  session_stage s;
  s.connect();
  s.progress = {1'000, false};
  s.advance(12'500);
  CHECK(s.take() == lines{"ping"});
  s.advance(8'000);
  CHECK(s.take().empty());
  s.progress.bytes = 1'001;
  s.advance(8'000);
  CHECK(s.take().empty());

  SECTION("until it answers") {
    s.hear("{}");
    CHECK(s.take() == lines{"release 1"});
    s.advance(9'000);
    CHECK(s.take() == lines{"ping"});
  }
  SECTION("until it takes nothing any more") {
    s.advance(8'000);
    CHECK(s.take() == lines{"close 3012"});
  }
  SECTION("until it has taken everything, and does not answer") {
    s.progress = {1'002, true};
    s.advance(8'000);
    CHECK(s.take() == lines{"close 3012"});
  }
}

TEST_CASE("a pong that nobody asked for closes the connection") {
  session_stage s;
  s.connect();
  SECTION("before any ping") {
    s.hear("{}");
    CHECK(s.take() == lines{"close 3501", "release 1"});
  }
  SECTION("twice for one ping") {
    s.advance(12'500);
    s.hear("{}");
    CHECK(s.take() == lines{"ping", "release 1"});
    s.hear("{}");
    CHECK(s.take() == lines{"close 3501", "release 1"});
  }
}

TEST_CASE("a client may take longer to answer than the interval: one ping at a time") {
  auto options = session_stage::anonymous();
  options.limit.pong_timeout_s = 60;
  session_stage s(options);
  s.connect();
  s.advance(12'500 + 59'999);
  CHECK(s.take() == lines{"ping"});
  SECTION("it answers") {
    s.hear("{}");
    CHECK(s.take() == lines{"release 1"});
    s.advance(25'000);
    CHECK(s.take() == lines{"ping"});
  }
  SECTION("it does not") {
    s.advance(1);
    CHECK(s.take() == lines{"close 3012"});
  }
}

TEST_CASE("a request that the engine does not answer is refused as late, and its answer is not told any more") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
  s.advance(1'000);
  s.hear(R"({"id":3,"history":{"channel":"a","limit":1}})");
  const auto history = s.newest();
  s.hear(R"({"id":4,"presence":{"channel":"a"}})");
  s.take();
  s.advance(8'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{R"(send {"id":2,)" + late});
  s.advance(1'000);
  CHECK(s.take() == lines{R"(send {"id":3,)" + late + "\n" + R"({"id":4,)" + late});
  s.state.on_history(history, storage::stream_page{});
  CHECK(s.take().empty());
}

TEST_CASE("late requests make room for those that wait") {
  auto options = session_stage::anonymous();
  options.limit.commands_in_flight_max = 1;
  session_stage s(options);
  s.connect();
  s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
  s.take();
  s.hear(R"({"id":3,"publish":{"channel":"a","data":2}})");
  CHECK(s.take().empty());
  s.advance(10'000);
  CHECK(s.take() == lines{"publish a 2", R"(send {"id":2,)" + late, "release 1"});
}

TEST_CASE("a subscribe that is late leaves in the dark whether it is live: the client starts over") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
  s.hear(R"({"id":3,"subscribe":{"channel":"a"}})");
  s.take();
  s.advance(9'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{R"(send {"id":2,)" + late, "close 3004"});
  s.state.leave();
  CHECK(s.take() == lines{"detach a"});
}

TEST_CASE("a tick that comes early or unasked does nothing") {
  session_stage s;
  s.connect();
  for (int waited = 0; waited < 12'500; waited += 10) {
    s.advance(10);
    s.state.tick();
  }
  CHECK(s.take() == lines{"ping"});
}
