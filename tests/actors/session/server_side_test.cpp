// Server-side subscriptions: those that come with the token of the connection.
#include "actors/session/gated_outbox.hpp"
#include "tests/actors/fanout/fake_io.hpp"
#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/token.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::string connect_with(const std::string& claims, const std::string& more = {}) {
  return R"({"id":1,"connect":{"token":")" + sign_token("secret", "{" + claims + "}") + "\"" + more + "}}";
}

protocol::subscribe_result at_offset(std::uint64_t offset) {
  protocol::subscribe_result told;
  told.recoverable = told.positioned = true;
  told.epoch = "e";
  told.offset = offset;
  return told;
}

// Answers the request under that ticket as a broadcaster of that start would.
void answer(session_stage& s, ticket which, std::uint64_t offset, std::uint64_t broadcaster_start = 1) {
  s.state.on_step(which, subscribe_step{true, broadcaster_start, at_offset(offset)});
}

const std::string two = R"("sub":"ada","channels":["a"],"subs":{"b":{"info":7,"data":[1]}})";

}  // namespace

TEST_CASE("the reply to connect waits for all server-side subscriptions, and so do further commands") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(two) + "\n" + R"({"id":2,"ping":{}})");
  CHECK(s.take() == lines{"subscribe a id=1", "subscribe b id=1"});
  s.hear(R"({"id":3,"ping":{}})");
  const auto last = s.newest();
  const auto& b = s.subscribed().at(last);
  CHECK(b.who->server_side);
  CHECK(b.who->info == client_info{"ada", "c7", {}, "7"});
  CHECK(b.terms.data == "[1]");
  answer(s, last, 5);
  CHECK(s.take().empty());
  answer(s, last - 1, 3);
  CHECK(
      s.take() ==
      lines{
          R"(open {"id":1,"connect":{"client":"c7","version":"tidewire","subs":{"a":{"positioned":true,"recoverable":true,"epoch":"e","offset":3},"b":{"positioned":true,"recoverable":true,"epoch":"e","offset":5}},"ping":25,"pong":true}})",
          "send {\"id\":2,\"ping\":{}}\n{\"id\":3,\"ping\":{}}", "release 2"});
}

TEST_CASE("a server-side subscription recovers from the position of an earlier connection") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(two, R"(,"subs":{"a":{"recover":true,"offset":4,"epoch":"e"},"gone":{"recover":true}})"));
  CHECK(s.take() == lines{"subscribe a id=1", "subscribe b id=1", "release 1"});
  const auto& a = s.subscribed().at(s.newest() - 1).command;
  CHECK((a.recover && a.offset == 4 && a.epoch == "e"));
  CHECK_FALSE(s.subscribed().at(s.newest()).command.recover);
}

TEST_CASE("the personal channel of a user") {
  auto options = session_stage::guarded();
  options.personal_channel = true;
  SECTION("in the default namespace") {
    session_stage s(options);
    s.hear(connect_with(R"("sub":"ada")"));
    CHECK(s.take().front() == "subscribe #ada id=1");
  }
  SECTION("in another one") {
    options.personal_channel_namespace = "user";
    session_stage s(options);
    s.hear(connect_with(R"("sub":"ada","channels":["user:#ada"])"));
    CHECK(s.take() == lines{"subscribe user:#ada id=1", "release 1"});
  }
  SECTION("nobody has none") {
    session_stage s(options);
    s.hear(connect_with(R"("sub":"")"));
    CHECK(s.take().front().starts_with("send "));
  }
}

TEST_CASE("server-side subscriptions that cannot be refuse the connection") {
  auto options = session_stage::guarded();
  options.limit.subscriptions_max = 2;
  session_stage s(options);
  const auto [claims, code] = GENERATE(table<std::string, std::string>({
      {R"("channels":["a","a*"])", "107"},
      {R"("channels":["a:"])", "107"},
      {R"("channels":["a","b","c"])", "106"},
  }));
  s.hear(connect_with(claims) + "\n" + R"({"id":2,"ping":{}})");
  const auto told = s.take();
  REQUIRE(told.size() == 2);
  CHECK(told[0].starts_with(R"(send {"id":1,"error":{"code":)" + code));
  CHECK(told[1] == "release 1");
}

TEST_CASE("one subscription that fails refuses the connection; what comes later closes it") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(two) + "\n" + R"({"id":2,"ping":{}})");
  const auto last = s.newest();
  s.take();
  answer(s, last - 1, 3);
  s.state.on_step(last, fail(errc::unavailable));
  CHECK(s.take() == lines{R"(send {"id":1,"error":{"code":100,"message":"temporarily unavailable","temporary":true}})", "release 1"});
  s.hear(R"({"id":3,"ping":{}})");
  CHECK(s.take() == lines{"close 3501", "release 1"});
  s.state.leave();
  CHECK(s.take() == lines{"detach a", "detach b"});
}

TEST_CASE("a subscription that is not answered in time ends the connection") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(two));
  s.take();
  s.advance(9'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{"close 3004"});
}

TEST_CASE("a lost broadcaster ends a connection with server-side subscriptions: it recovers them when it comes back") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(two));
  const auto last = s.newest();
  s.take();
  SECTION("while it connects") {
    s.state.on_broadcaster_restarted(2);
    answer(s, last - 1, 3, 1);
  }
  SECTION("later") {
    answer(s, last - 1, 3);
    answer(s, last, 3);
    s.take();
    s.state.on_broadcaster_restarted(2);
  }
  CHECK(s.take() == lines{"close 3010"});
}

TEST_CASE("a client may leave a server-side subscription, and has it already") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(R"("channels":["a"])"));
  answer(s, s.newest(), 3);
  s.take();
  s.hear(R"({"id":2,"subscribe":{"channel":"a"}})");
  CHECK(s.take().front() == R"(send {"id":2,"error":{"code":105,"message":"already subscribed"}})");
  s.hear(R"({"id":3,"unsubscribe":{"channel":"a"}})");
  CHECK(s.take().front() == R"(detach a {"id":3,"unsubscribe":{}})");
}

TEST_CASE("a gate holds back what is pushed, in order, and closes who would need too much") {
  const auto out = std::make_shared<fake_outbox>(1, 0);
  const auto first = make_frame(frame_opcode::text, "first");
  const auto early = make_frame(frame_opcode::text, "early");
  const auto late = make_frame(frame_opcode::text, "late");
  gated_outbox gate(out, 3 * early->bytes.size());
  gate.push(early);
  gate.push(late);
  gate.flush();
  CHECK(out->written.empty());
  SECTION("opened") {
    gate.open(first);
    gate.push(late);
    CHECK(out->written == std::vector<frame_ptr>{first, early, late, late});
  }
  SECTION("too much") {
    gate.push(early);
    gate.push(late);
    CHECK(out->closed());
    CHECK(out->written.empty());
  }
}
