#include "actors/ingest/ingest_state.hpp"

#include <utility>

#include "schemas/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;

namespace {

using transport::body_end;
using lines = std::vector<std::string>;

server_options small() {
  server_options options;
  options.dev = true;
  options.limit.ingest_lines_in_flight_max = 2;
  options.limit.ingest_line_bytes_max = 40;
  options.limit.ingest_errors_max = 2;
  return options;
}

struct scene : ingest_port {
  explicit scene(ingest_wish wish = {"a", {}, 0}, server_options chosen = small())
      : options(std::move(chosen)), state(std::move(wish), options, *this) {}

  std::int64_t now_s() const override { return 1'000 + steady / 1000; }
  std::int64_t steady_ms() const override { return steady; }
  void note_refusal(errc why) override { refusals.push_back(why); }
  void publish(ticket which, const std::string& room, publish_request request) override {
    log.push_back(std::to_string(which) + " " + room + " " + request.operations.at(0).data);
  }
  void release(std::size_t bytes) override { released += bytes; }
  bool hold(std::size_t bytes) override {
    if (bytes > may_hold) return false;
    held = bytes;
    return true;
  }
  void answer(transport::http_response response) override { answers.push_back(std::move(response)); }

  void come(std::string_view text) {
    given += text.size();
    state.on_bytes(text);
  }
  void done(ticket which, std::uint64_t offset = 1) { state.on_published(which, published{"e", {{offset, false, false}}}); }
  void failed(ticket which, errc why) { state.on_published(which, fail(why, "why")); }
  lines take() { return std::exchange(log, {}); }

  std::string member(std::string_view name) {
    REQUIRE(answers.size() == 1);
    const auto members = json_members(answers[0].body);
    REQUIRE(members);
    for (const auto& each : *members)
      if (each.name == name) return std::string(each.raw);
    return {};
  }
  // "lines applied refused acknowledged"
  std::string counts() { return member("lines") + " " + member("applied") + " " + member("refused") + " " + member("acknowledged"); }

  std::int64_t steady = 0;
  std::size_t given = 0;
  std::size_t released = 0;
  std::size_t held = 0;
  std::size_t may_hold = 1'000'000;
  lines log;
  std::vector<errc> refusals;
  std::vector<transport::http_response> answers;
  server_options options;
  ingest_state state;
};

}  // namespace

TEST_CASE("so many lines are on their way, and what waits is not released") {
  scene s;
  s.come("{\"data\":1}\n{\"data\":2}\n{\"data\":3}\n{\"data\":4}\n");
  CHECK(s.take() == lines{"1 a 1", "2 a 2"});
  CHECK(s.released == 0);
  s.done(2, 8);
  CHECK(s.take() == lines{"3 a 3"});
  CHECK(s.released == 11);
  s.done(1, 7);
  CHECK(s.take() == lines{"4 a 4"});
  s.state.on_end(body_end::whole);
  CHECK(s.answers.empty());
  s.done(4, 10);
  s.done(3, 9);
  CHECK(s.state.over());
  CHECK(s.released == s.given);
  CHECK(s.answers.at(0).status == 200);
  CHECK(s.answers[0].body == R"({"lines":4,"applied":4,"refused":0,"acknowledged":4,"room":"a","epoch":"e","offset":10,"errors":[]})");
}

TEST_CASE("lines are the same however they are cut; the last one needs no line break") {
  const std::string text = "{\"data\":1}\r\n\n  \n{\"data\":[2]}";
  const auto piece = GENERATE(1, 2, 3, 7, 100);
  scene s;
  for (std::size_t at = 0; at < text.size(); at += static_cast<std::size_t>(piece))
    s.come(std::string_view(text).substr(at, static_cast<std::size_t>(piece)));
  CHECK(s.take() == lines{"1 a 1"});
  s.state.on_end(body_end::whole);
  CHECK(s.take() == lines{"4 a [2]"});
  s.done(1);
  s.done(4);
  CHECK(s.counts() == "4 2 0 4");
  CHECK(s.released == s.given);
}

TEST_CASE("the beginning of a line is released as it comes, up to the bound of a line") {
  scene s;
  s.come("{\"data\":\"12345");
  CHECK(s.released == s.given);
  s.come("678\"}\n");
  CHECK(s.released < s.given);
  s.done(1);
  CHECK(s.released == s.given);
  SECTION("a line beyond it is left out and named, and the next one taken") {
    const crossing crossed("ingest_line_bytes_max");
    for (int i = 0; i < 100; ++i) s.come("0123456789");
    CHECK(s.released == s.given);
    s.come("\n{\"data\":3}\n");
    CHECK(s.take() == lines{R"(1 a "12345678")", "3 a 3"});
    s.done(3);
    s.state.on_end(body_end::whole);
    CHECK(s.counts() == "3 2 1 3");
    CHECK(s.member("errors").find("\"line\":2,\"type\":\"/problems/payload-too-large\"") != std::string::npos);
    CHECK(crossed.counted());
  }
  SECTION("also if it is the last one") {
    for (int i = 0; i < 100; ++i) s.come("0123456789");
    s.state.on_end(body_end::whole);
    CHECK(s.counts() == "2 1 1 2");
  }
  CHECK(s.released == s.given);
}

TEST_CASE("a line that is refused for good is noted, the first ones shown") {
  const crossing crossed("ingest_errors_max");
  scene s;
  s.come("{\n{\"data\":1}\n{\"spoil\":1}\n{\"room\":\"b\",\"data\":1}\n");
  s.failed(2, errc::version_conflict);
  s.state.on_end(body_end::whole);
  CHECK(s.counts() == "4 0 4 4");
  CHECK(s.member("errors").find("\"line\":1,") != std::string::npos);
  CHECK(s.member("errors").find("\"line\":3,") != std::string::npos);
  CHECK(s.member("errors").find("\"line\":4,") == std::string::npos);
  CHECK(s.answers.at(0).status == 200);
  CHECK(crossed.counted());
}

TEST_CASE("what is not the line's fault ends the stream behind what is settled") {
  scene s;
  s.come("{\"data\":1}\n{\"data\":2}\n{\"data\":3}\n");
  s.done(1);
  const auto [why, status] = GENERATE(table<errc, int>({{errc::storage_refused, 503},
                                                        {errc::unavailable, 503},
                                                        {errc::too_many_requests, 429},
                                                        {errc::timeout, 503},
                                                        {errc::internal, 500}}));
  s.failed(2, why);
  CHECK(s.answers.empty());  // the third is on its way
  s.come("{\"data\":4}\n");
  s.done(3);
  CHECK(s.take() == lines{"1 a 1", "2 a 2", "3 a 3"});
  CHECK(s.answers.at(0).status == status);
  CHECK(s.answers[0].content_type == "application/problem+json");
  CHECK(s.counts() == "3 2 0 1");
  CHECK(s.state.over());
}

TEST_CASE("of several that failed so the first counts") {
  scene s;
  s.come("{\"data\":1}\n{\"data\":2}\n");
  s.failed(2, errc::unavailable);
  s.failed(1, errc::unavailable);
  CHECK(s.counts() == "2 0 0 0");
}

TEST_CASE("a stream that does not go on, or that the server ends, is answered once all is settled") {
  scene s;
  s.come("{\"data\":1}\n{\"data\":");
  const auto stalled = GENERATE(true, false);
  s.state.on_end(stalled ? body_end::stalled : body_end::stopped);
  CHECK(s.answers.empty());
  s.done(1);
  CHECK(s.answers.at(0).status == (stalled ? 408 : 503));
  CHECK(s.counts() == "1 1 0 1");
}

TEST_CASE("a stream whose peer is gone ends without a word") {
  scene s;
  s.come("{\"data\":1}\n{\"data\":2}");
  s.state.on_end(body_end::lost);
  CHECK(s.state.over());
  s.done(1);
  CHECK(s.answers.empty());
}

TEST_CASE("a line without an answer ends the stream in time") {
  scene s;
  s.come("{\"data\":1}\n");
  s.steady += std::int64_t{s.options.limit.request_timeout_s} * 1000 - 1;
  s.state.tick();
  CHECK_FALSE(s.state.over());
  s.steady += 1;
  s.state.tick();
  CHECK(s.answers.at(0).status == 503);
  CHECK(s.counts() == "1 0 0 0");
}

TEST_CASE("lines name their rooms where the path does not, and each room is looked at") {
  auto options = small();
  options.dev = false;
  ingest_wish wish;
  wish.may.client = false;
  wish.expires_at_s = 1'100;
  SECTION("nothing allowed: 403") {
    scene s(wish, options);
    s.come("{\"room\":\"a\",\"data\":1}\n");
    s.state.on_end(body_end::whole);
    CHECK(s.take().empty());
    CHECK(s.refusals == std::vector{errc::permission_denied});
    CHECK(s.answers.at(0).status == 403);
    CHECK(s.counts() == "1 0 1 1");
  }
  SECTION("a token that expires ends it") {
    scene s(wish, options);
    s.steady = 100'000;
    s.state.tick();
    CHECK(s.answers.at(0).status == 401);
    CHECK(s.refusals == std::vector{errc::token_expired});
  }
  SECTION("with --dev all is") {
    scene s(ingest_wish{});
    s.come("{\"room\":\"a\",\"data\":1}\n{\"room\":\"b\",\"data\":2}\n");
    CHECK(s.take() == lines{"1 a 1", "2 b 2"});
    s.done(1);
    s.done(2);
    s.state.on_end(body_end::whole);
    CHECK(s.answers.at(0).body == R"({"lines":2,"applied":2,"refused":0,"acknowledged":2,"errors":[]})");
  }
}

TEST_CASE("a line that has not come as a whole is held, and where there is no room for it the stream ends behind the last one") {
  scene s;
  s.come("{\"data\":1}\n{\"data\":");
  CHECK(s.held == 8);
  s.come("2}\n");
  CHECK(s.held == 0);
  s.take();
  s.done(1);
  s.done(2);
  s.may_hold = 10;
  s.come("{\"data\":\"long");
  CHECK(s.answers.at(0).status == 503);
  CHECK(s.counts() == "2 2 0 2");
  CHECK(s.held == 0);
}
