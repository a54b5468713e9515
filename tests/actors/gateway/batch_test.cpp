#include "tests/actors/gateway/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

constexpr const char* target = "/api/v1/batch";
published changed(std::vector<change_done> changes) { return {"e", std::move(changes)}; }

}  // namespace

TEST_CASE("operations of a batch go each for itself, and are answered together in their order") {
  gateway_stage s;
  const auto asked = s.post(target, R"({"operations":[{"room":"a","data":1},{"room":"b","key":"k","data":2},{"room":"a","data":3}]})");
  CHECK(s.take() == lines{"publish a set 1", "publish b merge k 2", "publish a set 3"});
  const auto last = s.newest();
  s.state.on_published(last, changed({{9, false, false}}));
  s.state.on_published(last - 1, fail(errc::version_conflict, "why"));
  CHECK(asked->answers.empty());
  s.state.on_published(last - 2, changed({{8, false, false}}));
  CHECK(asked->response().status == 200);
  CHECK(asked->response().body ==
        R"({"results":[{"status":200,"room":"a","epoch":"e","offset":8},)"
        R"({"room":"b","type":"/problems/version-conflict","title":"version conflict","status":412,"detail":"why"},)"
        R"({"status":200,"room":"a","epoch":"e","offset":9}],"applied":2,"refused":1})");
  CHECK(s.state.under_way() == 0);
}

TEST_CASE("in an atomic batch those of a room go together") {
  gateway_stage s;
  const auto asked = s.post(
      target, R"({"atomic":true,"operations":[{"room":"a","data":1},{"room":"b","key":"k","data":2},{"room":"a","key":"l","data":3}]})");
  CHECK(s.take() == lines{"publish a set 1 merge l 3", "publish b merge k 2"});
  s.state.on_published(s.newest() - 1, changed({{8, false, false}, {9, true, true}}));
  s.state.on_published(s.newest(), changed({{3, true, true}}));
  CHECK(asked->response().body ==
        R"({"results":[{"status":200,"room":"a","epoch":"e","offset":8},{"status":200,"room":"b","epoch":"e","offset":3,"version":3},)"
        R"({"status":200,"room":"a","epoch":"e","offset":9,"version":9}],"applied":3,"refused":0})");
}

TEST_CASE("an operation without an answer is one with an unknown outcome") {
  gateway_stage s;
  const auto asked = s.post(target, R"({"operations":[{"room":"a","data":1},{"room":"b","data":2}]})");
  s.state.on_published(s.newest(), changed({{1, false, false}}));
  s.advance(std::int64_t{s.options.limit.request_timeout_s} * 1000);
  CHECK(asked->response().status == 200);
  CHECK(asked->member("applied") == "1");
  CHECK(asked->member("results").find("/problems/timeout") != std::string::npos);
}

TEST_CASE("Idempotency-Key is for an atomic batch, of which it makes each room's part apply once") {
  gateway_stage s;
  const std::vector<transport::header> headers{{"content-type", "application/json"}, {"idempotency-key", "\"x\""}};
  CHECK(s.ask("POST", target, headers, R"({"operations":[{"room":"a","data":1}]})")->response().status == 400);
  const auto asked = s.ask("POST", target, headers, R"({"atomic":true,"operations":[{"room":"a","data":1},{"room":"b","data":1}]})");
  CHECK(s.take().size() == 2);
  REQUIRE(s.published_request().operations.at(0).once);
  CHECK(s.published_request().operations[0].once->id == "x");
  s.state.on_published(s.newest(), changed({{1, false, false}}));
  s.state.on_published(s.newest() - 1, changed({{1, false, false}}));
  CHECK(asked->member("applied") == "2");
}

TEST_CASE("without credentials nothing of a batch is tried") {
  gateway_stage s(gateway_stage::guarded());
  CHECK(s.post(target, R"({"operations":[{"room":"a","data":1}]})")->response().status == 401);
  CHECK(s.take().empty());
}
