// A client that was too slow for a room: what its session does about what was missed.
#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

const std::string told_to_come_again = R"(detach a {"push":{"channel":"a","unsubscribe":{"code":2500,"reason":"insufficient state"}}})";

std::string subscribe_command(std::uint32_t id, const std::string& more) {
  return R"({"id":)" + std::to_string(id) + R"(,"subscribe":{"channel":"a",)" + more + "}}";
}

// Connected, and live in room "a".
struct slow_stage : session_stage {
  explicit slow_stage(const std::string& subscription) {
    connect();
    hear(subscribe_command(2, subscription));
    answer_live();
    take();
  }
};

}  // namespace

TEST_CASE("of a map the newest is asked for") {
  slow_stage s(R"("type":1,"phase":0)");
  s.state.on_missed("a", 7);
  CHECK(s.take() == lines{"resume a after=7 subscription=2"});
  s.answer_live();
  CHECK(s.take().empty());
  s.hear(subscribe_command(3, R"("type":1)"));
  CHECK(s.take().front().find("\"code\":105") != std::string::npos);  // it is still subscribed
}

TEST_CASE("a stream, and a map that wishes so, come again") {
  slow_stage s(GENERATE(R"("type":0)", R"("type":1,"data":{"slow":"resync"})"));
  s.state.on_missed("a", 7);
  CHECK(s.take() == lines{told_to_come_again});
  s.hear(subscribe_command(3, R"("recover":true)"));
  CHECK(s.take() == lines{"subscribe a id=3", "release 1"});
}

TEST_CASE("a namespace says what slow clients get, a subscription may say otherwise") {
  auto options = session_stage::anonymous();
  options.namespaces.push_back({.name = "calm", .slow = slow_consumer::disconnect});
  session_stage s(options);
  s.connect();
  s.hear(R"({"id":2,"subscribe":{"channel":"calm:a","type":1}})");
  CHECK(s.subscribed().at(s.newest()).through->slow == slow_consumer::disconnect);
  s.answer_live();
  s.hear(R"({"id":3,"subscribe":{"channel":"calm:b","type":1,"data":{"slow":"conflate"}}})");
  CHECK(s.subscribed().at(s.newest()).through->slow == slow_consumer::conflate);
  s.answer_live();
  s.hear(R"({"id":4,"subscribe":{"channel":"calm:c","data":{"slow":"drop"}}})");
  s.take();
  CHECK_FALSE(s.subscribed().contains(s.newest() + 1));
}

TEST_CASE("a subscription may have a rate") {
  slow_stage s(R"("type":1,"data":{"max_rate":4})");
  CHECK(s.subscribed().at(s.newest()).through->interval_ms == 250);
}

TEST_CASE("what cannot be resumed comes again") {
  slow_stage s(R"("type":1)");
  s.state.on_missed("a", 7);
  s.take();
  SECTION("history is gone") { s.answer_step({errc::unrecoverable, {}}); }
  SECTION("nobody answers") { s.advance(std::int64_t{s.options.limit.request_timeout_s} * 1000); }
  CHECK(s.take().front() == told_to_come_again);
}

TEST_CASE("what was over before it could be resumed is told by who ended it") {
  slow_stage s(R"("type":1)");
  s.state.on_missed("a", 7);
  s.take();
  s.answer_step({errc::expired, {}});
  CHECK(s.take().empty());
  s.state.on_broadcaster_restarted(100);  // it was that one who ended it, by dying
  CHECK(s.take().front().find("\"code\":2500") != std::string::npos);
}

TEST_CASE("news of what is not subscribed any more change nothing") {
  slow_stage s(R"("type":1)");
  s.state.on_missed("b", 7);
  CHECK(s.take().empty());
  s.state.on_missed("a", 7);
  const auto resumed = s.newest();
  s.hear(R"({"id":3,"unsubscribe":{"channel":"a"}})");
  s.hear(subscribe_command(4, R"("type":1)"));
  s.answer_live();
  s.take();
  s.state.on_step(resumed, fail(errc::unavailable));  // of the subscription before
  CHECK(s.take().empty());
}
