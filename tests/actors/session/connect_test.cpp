#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/token.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::string connect_with(const std::string& token) { return R"({"id":1,"connect":{"token":")" + token + R"("}})"; }

std::string refresh_with(const std::string& token) { return R"({"id":2,"refresh":{"token":")" + token + R"("}})"; }

// `expiry` is the claim's name, its time so many seconds after the beginning.
std::string token_until(const std::string& expiry, std::int64_t seconds, const std::string& user = "ada") {
  return sign_token("secret", R"({"sub":")" + user + R"(",")" + expiry + R"(":)" + std::to_string(session_stage::epoch_s + seconds) + "}");
}

const lines closed_as_bad_request = {"close 3501", "release 1"};

}  // namespace

TEST_CASE("connect is answered with what the client needs to stay") {
  session_stage s;
  s.hear(R"({"id":1,"connect":{"name":"js"}})");
  CHECK(s.take() == lines{R"(send {"id":1,"connect":{"client":"c7","version":"tidewire","ping":25,"pong":true}})", "release 1"});
}

TEST_CASE("the first command is connect, and it comes once") {
  session_stage s;
  SECTION("another command first") {
    s.hear(R"({"id":1,"subscribe":{"channel":"a"}})");
    CHECK(s.take() == closed_as_bad_request);
  }
  SECTION("a pong first") {
    s.hear("{}");
    CHECK(s.take() == closed_as_bad_request);
  }
  SECTION("connect twice") {
    s.connect();
    s.hear(R"({"id":2,"connect":{}})");
    CHECK(s.take() == closed_as_bad_request);
  }
  s.hear(R"({"id":3,"connect":{}})");
  CHECK(s.take().empty());  // it is over
}

TEST_CASE("what is no command closes the connection, and what was asked before it is forgotten") {
  session_stage s;
  s.connect();
  const std::string message = GENERATE("", "\n", "[1]", "{", R"({"id":2})", R"({"publish":{"channel":"a","data":1}})");
  CAPTURE(message);
  s.hear(message);
  CHECK(s.take() == lines{"close 3501"});
}

TEST_CASE("without --dev a connection needs a token that was signed with our secret") {
  session_stage s(session_stage::guarded());
  const std::string message = GENERATE(as<std::string>{}, R"({"id":1,"connect":{}})", connect_with("nonsense"),
                                       connect_with(sign_token("other", "{}")), connect_with(sign_token("secret", R"({"channel":"a"})")));
  CAPTURE(message);
  s.hear(message);
  CHECK(s.take() == lines{"close 3500", "release 1"});
}

TEST_CASE("the token says who the client is") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(sign_token("secret", R"({"sub":"ada","info":{"name":"Ada"}})")));
  CHECK(s.take().front() == R"(send {"id":1,"connect":{"client":"c7","version":"tidewire","ping":25,"pong":true}})");
  s.hear(R"({"id":2,"subscribe":{"channel":"a"}})");
  const auto& who = *s.subscribed().at(s.newest()).who;
  CHECK(who.info == client_info{"ada", "c7", R"({"name":"Ada"})", {}});
  CHECK(who.session == 7);
}

TEST_CASE("with --dev a token that is given must be right all the same") {
  auto options = session_stage::anonymous();
  options.token_hmac_secret = "secret";
  session_stage s(options);
  s.hear(connect_with(sign_token("other", "{}")));
  CHECK(s.take() == lines{"close 3500", "release 1"});
}

TEST_CASE("an expired token is an error; what else was in the message is dropped, what comes later closes the connection") {
  session_stage s(session_stage::guarded());
  s.hear(connect_with(token_until("exp", -1)) + "\n" + R"({"id":2,"subscribe":{"channel":"a"}})" + "\n" + R"({"id":3,"ping":{}})");
  CHECK(s.take() == lines{R"(send {"id":1,"error":{"code":109,"message":"token expired: the token expired"}})", "release 1"});
  SECTION("another command") {
    s.hear(R"({"id":4,"connect":{}})");
    CHECK(s.take() == closed_as_bad_request);
  }
  SECTION("nothing at all") {
    s.advance(9'999);
    CHECK(s.take().empty());
    s.advance(1);
    CHECK(s.take() == lines{"close 3502"});
  }
}

TEST_CASE("a client that does not connect in time is stale") {
  session_stage s;
  s.advance(9'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{"close 3502"});
  s.advance(100'000);
  CHECK(s.take().empty());
}

TEST_CASE("a connection ends a grace period after its token, unless that was refreshed") {
  session_stage s(session_stage::guarded());
  s.chance = 12'500;  // the first ping at 25 s
  s.hear(connect_with(token_until("exp", 5)));
  CHECK(s.take().front() == R"(send {"id":1,"connect":{"client":"c7","version":"tidewire","expires":true,"ttl":5,"ping":25,"pong":true}})");
  SECTION("it ends") {
    s.advance(29'999);
    s.take();
    s.advance(1);
    CHECK(s.take() == lines{"close 3005"});
  }
  SECTION("a new token in time") {
    s.advance(12'000);
    s.hear(refresh_with(token_until("exp", 100)));
    CHECK(s.take() == lines{R"(send {"id":2,"refresh":{"client":"c7","version":"tidewire","expires":true,"ttl":88}})", "release 1"});
  }
  SECTION("a new token that never expires") {
    s.hear(refresh_with(sign_token("secret", R"({"sub":"ada"})")));
    CHECK(s.take().front() == R"(send {"id":2,"refresh":{"client":"c7","version":"tidewire"}})");
  }
  SECTION("an expired one is an error, the old one still counts") {
    s.hear(refresh_with(token_until("exp", -5)));
    CHECK(s.take() == lines{R"(send {"id":2,"error":{"code":110,"message":"expired"}})", "release 1"});
  }
  SECTION("a wrong one closes the connection") {
    s.hear(refresh_with(sign_token("other", R"({"sub":"ada"})")));
    CHECK(s.take() == lines{"close 3500", "release 1"});
  }
  SECTION("so does another user's") {
    s.hear(refresh_with(token_until("exp", 100, "eve")));
    CHECK(s.take() == lines{"close 3500", "release 1"});
  }
}

TEST_CASE("a refreshed connection ends after its new token") {
  session_stage s(session_stage::guarded());
  s.chance = 12'500;
  s.hear(connect_with(token_until("exp", 5)));
  s.hear(refresh_with(token_until("exp", 20)));
  s.take();
  s.advance(30'000);
  s.hear("{}");  // the answer to the ping at 25 s
  CHECK(s.take() == lines{"ping", "release 1"});
  s.advance(14'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{"close 3005"});
}

TEST_CASE("a connection is noted once when it is made, and once when it is over") {
  session_stage s;
  CHECK(s.noted.empty());
  s.connect();
  CHECK(s.noted == lines{"+c7"});
  s.state.leave();
  s.state.leave();
  CHECK(s.noted == lines{"+c7", "-c7"});
}

TEST_CASE("a connection that was never made is not noted") {
  session_stage s;
  s.hear("nonsense");
  s.state.leave();
  CHECK(s.noted.empty());
}

TEST_CASE("expire_at rules over exp; zero is never") {
  session_stage s(session_stage::guarded());
  SECTION("zero") {
    s.hear(connect_with(sign_token("secret", R"({"exp":)" + std::to_string(session_stage::epoch_s + 5) + R"(,"expire_at":0})")));
    CHECK(s.take().front() == R"(send {"id":1,"connect":{"client":"c7","version":"tidewire","ping":25,"pong":true}})");
  }
  SECTION("later") {
    s.hear(connect_with(token_until("expire_at", 60)));
    CHECK(s.take().front() ==
          R"(send {"id":1,"connect":{"client":"c7","version":"tidewire","expires":true,"ttl":60,"ping":25,"pong":true}})");
  }
}
