#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/token.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::string subscribe(std::uint32_t id, const std::string& more = {}) {
  return R"({"id":)" + std::to_string(id) + R"(,"subscribe":{"channel":"a")" + (more.empty() ? "" : "," + more) + "}}";
}

std::string unsubscribe(std::uint32_t id) { return R"({"id":)" + std::to_string(id) + R"(,"unsubscribe":{"channel":"a"}})"; }

std::string refused(std::uint32_t id, int code, const std::string& message, bool temporary = false) {
  return R"(send {"id":)" + std::to_string(id) + R"(,"error":{"code":)" + std::to_string(code) + R"(,"message":")" + message + "\"" +
         (temporary ? R"(,"temporary":true)" : "") + "}}";
}

protocol::subscribe_result map_page() {
  protocol::subscribe_result page;
  page.type = protocol::subscription_type::map;
  page.phase = protocol::subscribe_phase::state;
  page.cursor = "k";
  page.epoch = "e";
  page.offset = 3;
  return page;
}

constexpr auto page_text = R"("subscribe":{"type":1,"phase":2,"cursor":"k","epoch":"e","offset":3}})";
const std::string lost = R"(send {"push":{"channel":"a","unsubscribe":{"code":2500,"reason":"insufficient state"}}})";

}  // namespace

TEST_CASE("a subscribe goes to its room as it came; the broadcaster writes the reply") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("recover":true,"offset":5,"epoch":"e","flag":1)"));
  CHECK(s.take() == lines{"subscribe a id=2", "release 1"});
  const auto& asked = s.subscribed().at(s.newest());
  CHECK(asked.command.recover);
  CHECK(asked.command.offset == 5);
  CHECK(asked.command.epoch == "e");
  s.answer_live();
  CHECK(s.take().empty());
}

TEST_CASE("a refused subscribe leaves nothing behind") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2));
  s.take();
  s.answer_step({errc::unrecoverable, {}});
  CHECK(s.take() == lines{refused(2, 112, "unrecoverable position")});
  s.state.leave();
  CHECK(s.take().empty());
}

TEST_CASE("subscribing twice while the first is under way is an error at once") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2));
  s.take();
  s.hear(subscribe(3));
  CHECK(s.take() == lines{refused(3, 105, "already subscribed"), "release 1"});
}

TEST_CASE("a page asked for while another is under way is concurrent pagination") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("type":1,"phase":2)"));
  s.take();
  s.hear(subscribe(3, R"("type":1,"phase":2)"));
  CHECK(s.take() == lines{refused(3, 113, "concurrent pagination", true), "release 1"});
}

TEST_CASE("a room is subscribed to once") {
  session_stage s;
  s.connect();
  s.go_live(2, "a");
  s.hear(subscribe(3));
  CHECK(s.take() == lines{refused(3, 105, "already subscribed"), "release 1"});
  s.hear(unsubscribe(4));
  CHECK(s.take() == lines{R"(detach a {"id":4,"unsubscribe":{}})", "release 1"});
}

TEST_CASE("a subscription that its broadcaster ended may come back") {
  session_stage s;
  s.connect();
  s.go_live(2, "a");
  s.go_live(3, "b");
  s.state.on_subscription_ended("a");
  s.state.on_subscription_ended("unknown");
  CHECK(s.take().empty());  // the client has been told
  s.hear(subscribe(4));
  CHECK(s.take() == lines{"subscribe a id=4", "release 1"});
  s.state.on_subscription_ended("a");  // news of the one before, late
  s.answer_live();
  s.hear(subscribe(5));
  CHECK(s.take() == lines{refused(5, 105, "already subscribed"), "release 1"});
  s.hear(R"({"id":6,"subscribe":{"channel":"b"}})");
  CHECK(s.take() == lines{refused(6, 105, "already subscribed"), "release 1"});
}

TEST_CASE("a map is paged, then live; a page flow keeps its type") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("type":1,"phase":2,"limit":1)"));
  s.take();
  s.answer_page(map_page());
  CHECK(s.take() == lines{R"(send {"id":2,)" + std::string(page_text)});
  s.hear(subscribe(3));
  CHECK(s.take() == lines{refused(3, 107, "bad request: a page flow keeps its type"), "release 1"});
  s.hear(subscribe(4, R"("type":1,"phase":2,"cursor":"k","offset":3,"epoch":"e")"));
  CHECK(s.take() == lines{"subscribe a id=4", "release 1"});
  s.answer_live();
  CHECK(s.take().empty());
  s.hear(unsubscribe(5));
  CHECK(s.take() == lines{R"(detach a {"id":5,"unsubscribe":{}})", "release 1"});
}

TEST_CASE("a page that fails ends its flow") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("type":1,"phase":2)"));
  s.take();
  s.answer_page(map_page());
  s.hear(subscribe(3, R"("type":1,"phase":2,"cursor":"k")"));
  s.take();
  s.answer_step({errc::unrecoverable, {}});
  CHECK(s.take() == lines{refused(3, 112, "unrecoverable position")});
  s.hear(subscribe(4));  // another type is fine now
  CHECK(s.take() == lines{"subscribe a id=4", "release 1"});
}

TEST_CASE("unsubscribe is always answered") {
  session_stage s;
  s.connect();
  SECTION("where nothing was subscribed") {
    s.hear(unsubscribe(3));
    CHECK(s.take() == lines{R"(send {"id":3,"unsubscribe":{}})", "release 1"});
  }
  SECTION("live: by the broadcaster, behind everything told before") {
    s.go_live(2, "a");
    s.hear(unsubscribe(3));
    CHECK(s.take() == lines{R"(detach a {"id":3,"unsubscribe":{}})", "release 1"});
    s.hear(subscribe(4));
    CHECK(s.take() == lines{"subscribe a id=4", "release 1"});
  }
  SECTION("between two pages") {
    s.hear(subscribe(2, R"("type":1,"phase":2)"));
    s.answer_page(map_page());
    s.take();
    s.hear(unsubscribe(3));
    CHECK(s.take() == lines{R"(send {"id":3,"unsubscribe":{}})", "release 1"});
  }
}

TEST_CASE("who leaves and comes back while the first subscribe is under way is subscribed in the end") {
  session_stage s;
  s.connect();
  for (const auto* first : {"", R"("type":1,"phase":2)"}) {
    s.hear(subscribe(2, first));
    s.hear(unsubscribe(3));
    s.hear(subscribe(4));
    CHECK(s.take() == lines{"subscribe a id=2", "release 1", "release 1"});  // the third waits
    s.answer_live();
    CHECK(s.take() == lines{R"(detach a {"id":3,"unsubscribe":{}})", "subscribe a id=4", "release 1"});
    s.answer_step({errc::timeout, {}});
    s.take();
  }
}

TEST_CASE("an unsubscribe overtakes a subscribe under way: it is answered behind it") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("type":1,"phase":2)"));
  s.hear(unsubscribe(3));
  CHECK(s.take() == lines{"subscribe a id=2", "release 1", "release 1"});
  SECTION("live") {
    s.answer_live();
    CHECK(s.take() == lines{R"(detach a {"id":3,"unsubscribe":{}})"});
  }
  SECTION("live at a broadcaster that is gone") {
    s.state.on_broadcaster_restarted(2);
    s.answer_live(1);
    CHECK(s.take() == lines{R"(detach a {"id":3,"unsubscribe":{}})"});
  }
  SECTION("a page") {
    s.answer_page(map_page());
    CHECK(s.take() == lines{R"(send {"id":2,)" + std::string(page_text) + "\n" + R"({"id":3,"unsubscribe":{}})"});
  }
  SECTION("refused") {
    s.answer_step({errc::unavailable, {}});
    CHECK(s.take() == lines{refused(2, 100, "temporarily unavailable", true) + "\n" + R"({"id":3,"unsubscribe":{}})"});
  }
  SECTION("a second one is answered too") {
    s.hear(unsubscribe(4));
    CHECK(s.take() == lines{R"(send {"id":4,"unsubscribe":{}})", "release 1"});
    s.answer_live();
    CHECK(s.take() == lines{R"(detach a {"id":3,"unsubscribe":{}})"});
  }
  s.hear(subscribe(5));
  CHECK(s.take() == lines{"subscribe a id=5", "release 1"});
}

TEST_CASE("a connection has so many subscriptions and no more, those under way included") {
  auto options = session_stage::anonymous();
  options.limit.subscriptions_max = 2;
  session_stage s(options);
  s.connect();
  s.go_live(2, "a");
  s.hear(R"({"id":3,"subscribe":{"channel":"b"}})");
  s.take();
  s.hear(R"({"id":4,"subscribe":{"channel":"c"}})");
  CHECK(s.take() == lines{refused(4, 106, "limit exceeded: too many subscriptions on this connection"), "release 1"});
  s.hear(unsubscribe(5));
  s.hear(R"({"id":6,"subscribe":{"channel":"c"}})");
  CHECK(s.take().at(2) == "subscribe c id=6");
}

TEST_CASE("what a subscribe may not ask for") {
  session_stage s;
  s.connect();
  SECTION("no room") {
    s.hear(R"({"id":2,"subscribe":{"channel":""}})");
    CHECK(s.take().front().starts_with(R"(send {"id":2,"error":{"code":107,)"));
  }
  SECTION("a name that is too long") {
    s.hear(R"({"id":2,"subscribe":{"channel":")" + std::string(256, 'a') + R"("}})");
    CHECK(s.take().front().starts_with(R"(send {"id":2,"error":{"code":107,)"));
  }
  SECTION("a type that is not offered") {
    s.hear(subscribe(2, R"("type":4,"phase":2)"));
    CHECK(s.take().front() == refused(2, 108, "not available: this subscription type is not offered"));
  }
  SECTION("presence of a room that keeps none") {
    s.hear(subscribe(2, R"("type":2,"phase":2)"));
    CHECK(s.take().front() == refused(2, 107, "bad request: rooms of this namespace do not keep presence of that kind"));
  }
  SECTION("a phase that does not exist") {
    s.hear(subscribe(2, R"("type":1,"phase":3)"));
    CHECK(s.take().front() == refused(2, 107, "bad request: no such phase"));
  }
  SECTION("a phase of a stream") {
    s.hear(subscribe(2, R"("phase":2)"));
    CHECK(s.take().front() == refused(2, 107, "bad request: no such phase"));
  }
  SECTION("a broken filter") {
    s.hear(subscribe(2, R"("tf":{"key":"a"})"));
    CHECK(s.take().front().starts_with(R"(send {"id":2,"error":{"code":107,)"));
  }
  SECTION("a delta that nobody knows") {
    s.hear(subscribe(2, R"("delta":"bsdiff")"));
    CHECK(s.take().front() == refused(2, 107, R"(bad request: unknown delta \"bsdiff\")"));
  }
  SECTION("an option nobody knows") {
    s.hear(subscribe(2, R"("data":{"colour":1})"));
    CHECK(s.take().front() == refused(2, 107, R"(bad request: unknown subscription option \"colour\")"));
  }
  SECTION("fields that are no paths") {
    const std::string fields = GENERATE("[]", R"(["a..b"])", R"("a")", "[1]", "{}");
    s.hear(subscribe(2, R"("data":{"fields":)" + fields + "}"));
    CHECK(s.take().front().starts_with(R"(send {"id":2,"error":{"code":107,)"));
  }
}

TEST_CASE("empty data is no option") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, GENERATE(R"("data":{})", R"("data":null)")));
  CHECK(s.take() == lines{"subscribe a id=2", "release 1"});
  CHECK(s.subscribed().at(s.newest()).through == protocol::plain_view(protocol::subscription_type::stream, slow_consumer::resync));
}

TEST_CASE("what a subscribe wants to see goes to the room with it") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("type":1,"phase":2,"delta":"fossil","tf":{"key":"state","cmp":"eq","val":"on"},"data":{"fields":["state"]})"));
  protocol::view expected{protocol::subscription_type::map, {}, {}, true, slow_consumer::conflate};
  expected.filter = read_tag_filter(R"({"key":"state","cmp":"eq","val":"on"})", {}).value();
  expected.fields = field_mask::of({"state"}, {}).value();
  CHECK(*s.subscribed().at(s.newest()).through == expected);
}

TEST_CASE("a page flow keeps the options of its first request, a new one brings its own") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2, R"("type":1,"phase":2,"data":{"fields":["state"]})"));
  const auto chosen = s.subscribed().at(s.newest()).through;
  s.answer_page(map_page());
  s.hear(subscribe(3, R"("type":1,"phase":2,"cursor":"k","offset":3,"epoch":"e")"));
  CHECK(s.subscribed().at(s.newest()).through == chosen);
  s.answer_page(map_page());
  s.hear(subscribe(4, R"("type":1,"phase":1,"offset":3,"epoch":"e")"));
  CHECK(s.subscribed().at(s.newest()).through == chosen);
  s.answer_page(map_page());
  s.hear(subscribe(5, R"("type":1,"phase":2)"));
  CHECK(s.subscribed().at(s.newest()).through->plain());
}

TEST_CASE("a namespace may offer neither filters nor deltas") {
  auto options = session_stage::anonymous();
  options.namespaces.push_back({.name = "plain", .allow_tags_filter = false, .allow_fossil_delta = false});
  session_stage s(options);
  s.connect();
  s.hear(R"({"id":2,"subscribe":{"channel":"plain:a","tf":{"key":"a","cmp":"ex"}}})");
  CHECK(s.take().front() == refused(2, 107, "bad request: tags filters are not offered in this namespace"));
  s.hear(R"({"id":3,"subscribe":{"channel":"plain:a","delta":"fossil"}})");
  CHECK(s.subscribed().at(s.newest()).through->plain());  // not granted
}

TEST_CASE("a namespace may tell everybody the names of its rooms") {
  auto options = session_stage::anonymous();
  options.namespaces.push_back({.name = "named", .allow_channel_compaction = false});
  session_stage s(options);
  s.connect();
  s.hear(subscribe(2, R"("flag":3)"));
  CHECK(s.subscribed().at(s.newest()).command.flag == (protocol::channel_compaction | protocol::reject_unrecovered));
  s.hear(R"({"id":3,"subscribe":{"channel":"named:a","flag":3}})");
  CHECK(s.subscribed().at(s.newest()).command.flag == protocol::reject_unrecovered);
}

TEST_CASE("a namespace keeps clients out unless it lets them in, or with --dev") {
  auto options = session_stage::guarded();
  options.namespaces.push_back({.name = "inner"});
  session_stage s(options);
  s.hear(R"({"id":1,"connect":{"token":")" + sign_token("secret", R"({"sub":"ada"})") + R"("}})");
  s.take();
  s.hear(R"({"id":2,"subscribe":{"channel":"inner:a"}})");
  CHECK(s.take().front() == refused(2, 103, "permission denied: a subscription token is needed"));
  options.dev = true;
  session_stage dev(options);
  dev.connect();
  dev.hear(R"({"id":2,"subscribe":{"channel":"inner:a"}})");
  CHECK(dev.take().front() == "subscribe inner:a id=2");
}

TEST_CASE("a broadcaster that restarts takes its subscriptions with it: the client is told to come back") {
  session_stage s;
  s.connect();
  s.go_live(2, "a", 1);
  s.hear(R"({"id":3,"subscribe":{"channel":"paged","type":1,"phase":2}})");
  s.answer_page(map_page());
  s.hear(R"({"id":4,"subscribe":{"channel":"coming"}})");
  s.take();
  s.state.on_broadcaster_restarted(5);
  CHECK(s.take() == lines{lost});
  s.state.on_broadcaster_restarted(5);
  CHECK(s.take().empty());
  s.hear(subscribe(5, R"("recover":true)"));
  CHECK(s.take() == lines{"subscribe a id=5", "release 1"});
  s.answer_live(5);
  s.state.on_broadcaster_restarted(5);
  CHECK(s.take().empty());
}

TEST_CASE("the answer of a broadcaster that is gone comes after the news: the subscription is told lost all the same") {
  session_stage s;
  s.connect();
  s.hear(subscribe(2));
  s.take();
  s.state.on_broadcaster_restarted(5);
  CHECK(s.take().empty());
  s.answer_live(4);
  CHECK(s.take() == lines{lost});
  s.hear(subscribe(3));
  CHECK(s.take() == lines{"subscribe a id=3", "release 1"});
  s.answer_live(5);
  CHECK(s.take().empty());
}

TEST_CASE("news of an older restart that comes late changes nothing") {
  session_stage s;
  s.connect();
  s.go_live(2, "a", 6);
  s.state.on_broadcaster_restarted(5);
  s.state.on_broadcaster_restarted(6);
  CHECK(s.take().empty());
}

TEST_CASE("a session that leaves detaches each subscription once, and nobody answers any more") {
  session_stage s;
  s.connect();
  s.go_live(2, "a");
  s.hear(R"({"id":3,"subscribe":{"channel":"coming"}})");
  s.hear(R"({"id":4,"publish":{"channel":"a","data":1}})");
  s.take();
  s.state.leave();
  auto left = s.take();
  std::sort(left.begin(), left.end());
  CHECK(left == lines{"detach a", "detach coming"});
  s.state.leave();
  s.answer_published();
  s.hear(unsubscribe(5));
  s.state.on_broadcaster_restarted(9);
  s.advance(60'000);
  CHECK(s.take().empty());
}

TEST_CASE("a session that closes its connection detaches only when it is over: a subscribe under way comes to a closed connection then") {
  session_stage s;
  s.connect();
  s.go_live(2, "a");
  s.hear(R"({"id":3,"ping":{}})"
         "\n{}");
  CHECK(s.take() == lines{R"(send {"id":3,"ping":{}})", "close 3501", "release 1"});
  s.state.leave();
  CHECK(s.take() == lines{"detach a"});
  s.state.leave();
  CHECK(s.take().empty());
}
