#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/token.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::string refused(int code, const std::string& message) {
  return R"(send {"id":2,"error":{"code":)" + std::to_string(code) + R"(,"message":")" + message + R"("}})";
}

namespace_options with(void (*adjust)(namespace_options&)) {
  namespace_options kept;
  open_to_clients(kept);
  adjust(kept);
  return kept;
}

// With a token, so that the permissions of the namespace count.
struct user_stage : session_stage {
  explicit user_stage(namespace_options kept = {}) : session_stage(guarded_with(std::move(kept))) {
    hear(R"({"id":1,"connect":{"token":")" + sign_token("secret", R"({"sub":"ada"})") + R"("}})");
    take();
  }
  static server_options guarded_with(namespace_options kept) {
    auto options = guarded();
    options.namespaces.front() = std::move(kept);
    return options;
  }
};

publication_ptr told(std::uint64_t offset) {
  publication made;
  made.offset = offset;
  made.data = std::to_string(offset);
  return std::make_shared<const publication>(std::move(made));
}

}  // namespace

// ---- publish -------------------------------------------------------------------------------------------------------------

TEST_CASE("a publish is a set by key, a removal, or a publication of the stream alone, by whoever connected") {
  session_stage s;
  s.connect();
  const auto [command, line] = GENERATE(table<std::string, std::string>({
      {R"("data":{"v":1})", R"(publish a {"v":1})"},
      {R"("data":null)", "publish a null"},
      {R"("type":1,"key":"k","data":{"v":1})", R"(publish a k {"v":1})"},
      {R"("key":"k","data":1)", "publish a k 1"},
      {R"("type":1,"key":"k","removed":true)", "publish a k removed"},
      {R"("type":1,"key":"k","removed":true,"data":1)", "publish a k removed"},
  }));
  s.hear(R"({"id":2,"publish":{"channel":"a",)" + command + "}}");
  CHECK(s.take() == lines{line, "release 1"});
  const auto& asked = s.published_requests().at(s.newest());
  REQUIRE(asked.operations.size() == 1);
  CHECK(asked.info == client_info{{}, "c7", {}, {}});
  const bool removes = line.ends_with("removed");
  CHECK(asked.operations[0].kind == (removes ? operation_kind::remove : operation_kind::set));
  CHECK(asked.operations[0].data.empty() == removes);
  s.answer_published();
  CHECK(s.take() == lines{R"(send {"id":2,"publish":{}})"});
}

TEST_CASE("a publish that makes no sense is refused before it goes anywhere") {
  session_stage s;
  s.connect();
  const auto [command, start] = GENERATE(table<std::string, std::string>({
      {R"("channel":"","data":1)", "bad request"},
      {R"("channel":"a*","data":1)", "bad request"},
      {R"("channel":"$clients:a","data":1)", "permission denied"},
      {R"("channel":"a")", "bad request: data is missing"},
      {R"("channel":"a","type":2,"key":"k","data":1)", "bad request: a map is published to by key"},
      {R"("channel":"a","type":1,"data":1)", "bad request: a map is published to by key"},
      {R"("channel":"a","removed":true)", "bad request: only a key can be removed"},
      {R"("channel":"a","key":"\u0001","data":1)", "bad request"},
  }));
  CAPTURE(command);
  s.hear(R"({"id":2,"publish":{)" + command + "}}");
  const auto written = s.take();
  REQUIRE(written.size() == 2);
  CHECK(written[0].find(R"("message":")" + start) != std::string::npos);
  CHECK(s.published_requests().empty());
}

TEST_CASE("clients publish where their namespace lets them, and everywhere with --dev") {
  SECTION("not by default") {
    user_stage s;
    s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
    CHECK(s.take() == lines{refused(103, "permission denied"), "release 1"});
  }
  SECTION("where it is allowed") {
    user_stage s(with([](auto& kept) { kept.allow_publish_for_client = true; }));
    s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
    CHECK(s.take() == lines{"publish a 1", "release 1"});
    CHECK(s.published_requests().at(s.newest()).info->user == "ada");
  }
}

TEST_CASE("a room's refusal of a publish is told") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
  s.take();
  s.state.on_published(s.newest(), fail(errc::too_many_requests));
  CHECK(s.take() == lines{R"(send {"id":2,"error":{"code":111,"message":"too many requests","temporary":true}})"});
}

// ---- history -------------------------------------------------------------------------------------------------------------

TEST_CASE("history asks for what the client may have") {
  session_stage s;
  s.connect();
  const auto [more, line] = GENERATE(table<std::string, std::string>({
      {R"(,"limit":10)", "history a after=0 rows=10"},
      {R"(,"limit":-1)", "history a after=0 rows=1000"},
      {R"(,"limit":5000)", "history a after=0 rows=1000"},
      {R"(,"limit":10,"since":{"offset":7,"epoch":"e"})", "history a after=7 rows=10"},
      {R"(,"limit":10,"since":{"offset":7,"epoch":"e"},"reverse":true)", "history a after=7 rows=10 reverse"},
      {R"(,"limit":10,"reverse":true)", "history a after=0 rows=10 reverse"},
      {"", "history a after=0 rows=1"},
  }));
  s.hear(R"({"id":2,"history":{"channel":"a")" + more + "}}");
  CHECK(s.take() == lines{line, "release 1"});
}

TEST_CASE("history is answered with publications and the position") {
  session_stage s;
  s.connect();
  storage::stream_page page;
  page.epoch = "e";
  page.top = 9;
  page.publications = {told(8), told(9)};
  const auto [more, reply] = GENERATE(table<std::string, std::string>({
      {R"(,"limit":2)", R"("history":{"publications":[{"data":8,"offset":8},{"data":9,"offset":9}],"epoch":"e","offset":9}})"},
      {R"(,"limit":2,"since":{"offset":7,"epoch":"e"})",
       R"("history":{"publications":[{"data":8,"offset":8},{"data":9,"offset":9}],"epoch":"e","offset":9}})"},
      {R"(,"limit":2,"since":{"offset":7})",
       R"("history":{"publications":[{"data":8,"offset":8},{"data":9,"offset":9}],"epoch":"e","offset":9}})"},
      {R"(,"limit":2,"since":{"offset":7,"epoch":"other"})", R"("error":{"code":112,"message":"unrecoverable position"}})"},
      {"", R"("history":{"epoch":"e","offset":9}})"},
      {R"(,"limit":2,"since":{"offset":0,"epoch":"e"},"reverse":true)", R"("history":{"epoch":"e","offset":9}})"},
  }));
  CAPTURE(more);
  s.hear(R"({"id":2,"history":{"channel":"a")" + more + "}}");
  s.take();
  s.state.on_history(s.newest(), page);
  CHECK(s.take() == lines{R"(send {"id":2,)" + reply});
}

TEST_CASE("history of an empty room") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"history":{"channel":"a","limit":10}})");
  s.take();
  s.state.on_history(s.newest(), storage::stream_page{});
  CHECK(s.take() == lines{R"(send {"id":2,"history":{"offset":0}})"});
}

TEST_CASE("history that cannot be had") {
  SECTION("no such name") {
    session_stage s;
    s.connect();
    s.hear(R"({"id":2,"history":{"channel":""}})");
    CHECK(s.take().front().find("\"code\":107") != std::string::npos);
  }
  SECTION("a namespace without any") {
    user_stage s(with([](auto& kept) { kept.history_size = 0; }));
    s.hear(R"({"id":2,"history":{"channel":"a","limit":1}})");
    CHECK(s.take().front() == refused(108, "not available"));
  }
  SECTION("a namespace that hides it") {
    user_stage s(with([](auto& kept) { kept.allow_history_for_client = false; }));
    s.hear(R"({"id":2,"history":{"channel":"a","limit":1}})");
    CHECK(s.take().front() == refused(103, "permission denied"));
  }
  SECTION("a reader that is restarting") {
    session_stage s;
    s.connect();
    s.hear(R"({"id":2,"history":{"channel":"a","limit":1}})");
    s.take();
    s.state.on_history(s.newest(), fail(errc::unavailable));
    CHECK(s.take().front() == R"(send {"id":2,"error":{"code":100,"message":"temporarily unavailable","temporary":true}})");
  }
}

// ---- presence ------------------------------------------------------------------------------------------------------------

TEST_CASE("presence is what the broadcaster says") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"presence":{"channel":"a"}})");
  CHECK(s.take() == lines{"presence a", "release 1"});
  SECTION("somebody") {
    s.state.on_presence(s.newest(), protocol::presence_result{{{"ada", "c1", R"({"n":1})", {}}}});
    CHECK(s.take() == lines{R"(send {"id":2,"presence":{"presence":{"c1":{"client":"c1","user":"ada","conn_info":{"n":1}}}}})"});
  }
  SECTION("nobody") {
    s.state.on_presence(s.newest(), protocol::presence_result{});
    CHECK(s.take() == lines{R"(send {"id":2,"presence":{"presence":{}}})"});
  }
  SECTION("a broadcaster that is restarting") {
    s.state.on_presence(s.newest(), fail(errc::unavailable));
    CHECK(s.take().front() == R"(send {"id":2,"error":{"code":100,"message":"temporarily unavailable","temporary":true}})");
  }
}

TEST_CASE("presence_stats are what the broadcaster says") {
  session_stage s;
  s.connect();
  s.hear(R"({"id":2,"presence_stats":{"channel":"a"}})");
  CHECK(s.take() == lines{"stats a", "release 1"});
  s.state.on_presence_stats(s.newest(), protocol::presence_stats_result{3, 2});
  CHECK(s.take() == lines{R"(send {"id":2,"presence_stats":{"num_clients":3,"num_users":2}})"});
}

TEST_CASE("presence that cannot be had") {
  const std::string method = GENERATE("presence", "presence_stats");
  const auto ask = R"({"id":2,")" + method + R"(":{"channel":"a"}})";
  SECTION("no such name") {
    session_stage s;
    s.connect();
    s.hear(R"({"id":2,")" + method + R"(":{}})");
    CHECK(s.take().front().find("\"code\":107") != std::string::npos);
  }
  SECTION("a namespace without") {
    user_stage s(with([](auto& kept) { kept.presence = false; }));
    s.hear(ask);
    CHECK(s.take() == lines{refused(108, "not available"), "release 1"});
  }
  SECTION("a namespace that hides it") {
    user_stage s(with([](auto& kept) { kept.allow_presence_for_client = false; }));
    s.hear(ask);
    CHECK(s.take() == lines{refused(103, "permission denied"), "release 1"});
  }
}

// ---- the rest ------------------------------------------------------------------------------------------------------------

TEST_CASE("what is not offered says so, and send is taken without a word") {
  session_stage s;
  s.connect();
  const auto [command, line] = GENERATE(table<std::string, std::string>({
      {R"("rpc":{"method":"m","data":1})", refused(108, "not available")},
      {R"("sub_refresh":{"channel":"a","token":"t"})", refused(103, "permission denied: the channel is not subscribed")},
      {R"("ping":{})", R"(send {"id":2,"ping":{}})"},
  }));
  s.hear(R"({"id":2,)" + command + "}");
  CHECK(s.take() == lines{line, "release 1"});
  s.hear(R"({"send":{"data":{"hi":1}}})");
  CHECK(s.take() == lines{"release 1"});
}
