#include "tests/actors/gateway/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

published changed(std::vector<change_done> changes) { return {"e", std::move(changes)}; }

}  // namespace

TEST_CASE("a publish is answered with its place once it is committed") {
  gateway_stage s;
  SECTION("with a key") {
    const auto asked = s.post("/api/v1/rooms/a/events", R"({"key":"k","data":{"v":1}})");
    CHECK(s.take() == lines{R"(publish a merge k {"v":1})"});
    CHECK(asked->answers.empty());
    s.state.on_published(s.newest(), changed({{7, true, true}}));
    CHECK(asked->response().status == 200);
    CHECK(asked->response().content_type == "application/json");
    CHECK(asked->response().body == R"({"room":"a","epoch":"e","offset":7,"version":7})");
    CHECK(asked->field("etag") == "\"e:7\"");
    CHECK(asked->field("cache-control") == "no-store");
  }
  SECTION("without") {
    const auto asked = s.post("/api/v1/rooms/a/events", R"({"data":1})");
    CHECK(s.take() == lines{"publish a set 1"});
    s.state.on_published(s.newest(), changed({{8, false, false}}));
    CHECK(asked->response().body == R"({"room":"a","epoch":"e","offset":8})");
    CHECK(asked->field("etag").empty());
  }
  SECTION("an array, item by item") {
    const auto asked = s.post("/api/v1/rooms/a/events", R"([{"data":1},{"key":"k","op":"remove"}])");
    CHECK(s.take() == lines{"publish a set 1 remove k"});
    s.state.on_published(s.newest(), changed({{8, false, false}, {9, true, false}}));
    CHECK(asked->response().body == R"([{"room":"a","epoch":"e","offset":8},{"room":"a","epoch":"e","offset":9,"version":9}])");
  }
  SECTION("an array of one") {
    const auto asked = s.post("/api/v1/rooms/a/events", R"([{"data":1}])");
    s.state.on_published(s.newest(), changed({{8, false, false}}));
    CHECK(asked->response().body == R"([{"room":"a","epoch":"e","offset":8}])");
  }
}

TEST_CASE("a CloudEvent names its room, or the path does") {
  gateway_stage s;
  const std::string event = R"({"specversion":"1.0","id":"1","source":"s","type":"t","subject":"k","room":"a","data":1})";
  const std::string target = GENERATE("/api/v1/events", "/api/v1/rooms/a/events");
  const auto asked = s.post(target, event, "application/cloudevents+json");
  CHECK(s.take() == lines{"publish a merge k 1"});
  s.state.on_published(s.newest(), changed({{7, true, false}}));
  CHECK(asked->response().body == R"({"room":"a","epoch":"e","offset":7,"version":7})");
}

TEST_CASE("an empty batch changes nothing") {
  gateway_stage s;
  CHECK(s.post("/api/v1/rooms/a/events", "[]", "application/cloudevents-batch+json")->response().body == "[]");
  CHECK(s.take().empty());
}

TEST_CASE("a body that cannot be taken is refused at once") {
  gateway_stage s;
  const auto [body, type, status] = GENERATE(table<std::string, std::string, int>({
      {"", "application/json", 400},
      {"{", "application/json", 400},
      {R"({"colour":1})", "application/json", 400},
      {R"({"data":1})", "text/plain", 415},
      {R"({"data":1})", "", 415},
      {R"({"data":")" + std::string(1'048'577, 'x') + R"("})", "application/json", 413},
  }));
  const auto refused = s.post("/api/v1/rooms/a/events", body, type);
  CHECK(refused->response().status == status);
  CHECK(refused->response().content_type == "application/problem+json");
  CHECK(s.take().empty());
}

TEST_CASE("plain JSON without a room in the path has nowhere to go") {
  gateway_stage s;
  CHECK(s.post("/api/v1/events", R"({"data":1})")->response().status == 400);
}

TEST_CASE("an entity is put, patched and deleted") {
  gateway_stage s;
  SECTION("PUT creates") {
    const auto asked = s.ask("PUT", "/api/v1/rooms/a/entities/k", {{"content-type", "application/json"}}, R"( {"v": 1} )");
    CHECK(s.take() == lines{R"(publish a set k {"v": 1})"});
    s.state.on_published(s.newest(), changed({{7, true, true}}));
    CHECK(asked->response().status == 201);
    CHECK(asked->response().body == R"({"room":"a","epoch":"e","offset":7,"version":7})");
    CHECK(asked->field("etag") == "\"e:7\"");
  }
  SECTION("PUT replaces") {
    const auto asked = s.ask("PUT", "/api/v1/rooms/a/entities/k", {{"content-type", "application/json; charset=utf-8"}}, "1");
    s.state.on_published(s.newest(), changed({{8, true, false}}));
    CHECK(asked->response().status == 200);
  }
  SECTION("PATCH merges; what it creates is no 201") {
    const auto asked = s.ask("PATCH", "/api/v1/rooms/a/entities/k", {{"content-type", "application/merge-patch+json"}}, R"({"v":null})");
    CHECK(s.take() == lines{R"(publish a merge k {"v":null})"});
    s.state.on_published(s.newest(), changed({{9, true, true}}));
    CHECK(asked->response().status == 200);
    CHECK(asked->field("etag") == "\"e:9\"");
  }
  SECTION("DELETE removes, whatever its body") {
    const auto asked = s.ask("DELETE", "/api/v1/rooms/a/entities/k", {}, "nonsense");
    CHECK(s.take() == lines{"publish a remove k"});
    s.state.on_published(s.newest(), changed({{10, true, false}}));
    CHECK(asked->response().status == 200);
    CHECK(asked->member("version") == "10");
  }
}

TEST_CASE("a change of an entity may depend on what is there") {
  gateway_stage s;
  const auto put = [&](std::vector<transport::header> headers) {
    headers.push_back({"content-type", "application/json"});
    return s.ask("PUT", "/api/v1/rooms/a/entities/k", std::move(headers), "1");
  };
  using demand = precondition::demand;
  SECTION("none") {
    put({});
    CHECK(s.published_request().operations.at(0).only_if == precondition{});
  }
  SECTION("If-Match") {
    put({{"if-match", R"("e:3", "e:4")"}});
    CHECK(s.published_request().operations.at(0).only_if == precondition{demand::one_of, {{"e", 3}, {"e", 4}}});
  }
  SECTION("If-None-Match") {
    put({{"if-none-match", "*"}});
    CHECK(s.published_request().operations.at(0).only_if == precondition{demand::absent, {}});
  }
  SECTION("nonsense") {
    CHECK(put({{"if-match", "e:3"}})->response().status == 400);
    CHECK(s.take().empty());
  }
  SECTION("it did not hold") {
    const auto asked = put({{"if-match", "*"}});
    s.state.on_published(s.newest(), fail(errc::version_conflict, "the entity is at version 5"));
    CHECK(asked->response().status == 412);
    CHECK(asked->member("detail") == R"("the entity is at version 5")");
  }
}

TEST_CASE("a patch is of one of two types") {
  gateway_stage s;
  const auto patch = [&](std::string type, std::string body) {
    return s.ask("PATCH", "/api/v1/rooms/a/entities/k", {{"content-type", std::move(type)}}, std::move(body));
  };
  patch("application/merge-patch+json", R"({"n":1})");
  patch("application/json-patch+json; charset=utf-8", R"([{"op":"remove","path":"/n"}])");
  CHECK(s.take() == lines{R"(publish a merge k {"n":1})", R"(publish a patch k [{"op":"remove","path":"/n"}])"});
  const auto malformed = patch("application/json-patch+json", R"([{"op":"remove","path":"n"}])");
  CHECK(malformed->response().status == 400);
  CHECK(malformed->member("detail") == R"("/0/path: must be a JSON pointer")");
  CHECK(s.take().empty());
}

TEST_CASE("a patch of another type is told which there are") {
  gateway_stage s;
  const std::string type = GENERATE("application/json", "text/plain", "");
  const auto refused = s.ask("PATCH", "/api/v1/rooms/a/entities/k", {{"content-type", type}}, "{}");
  CHECK(refused->response().status == 415);
  CHECK(refused->field("accept-patch") == "application/merge-patch+json, application/json-patch+json");
  const auto other = s.ask("PUT", "/api/v1/rooms/a/entities/k", {{"content-type", "text/plain"}}, "{}");
  CHECK(other->response().status == 415);
  CHECK(other->field("accept-patch").empty());
}

TEST_CASE("the engine's refusals are problems, and say when to try again") {
  gateway_stage s;
  const auto [code, status, retry] = GENERATE(table<errc, int, std::string>({
      {errc::conflict, 409, ""},
      {errc::idempotency_mismatch, 422, ""},
      {errc::idempotency_in_flight, 409, ""},
      {errc::too_many_requests, 429, "1"},
      {errc::storage_refused, 503, "1"},
      {errc::unavailable, 503, "1"},
      {errc::internal, 500, ""},
  }));
  const auto asked = s.post("/api/v1/rooms/a/events", R"({"data":1})");
  s.state.on_published(s.newest(), fail(code, "why"));
  CHECK(asked->response().status == status);
  CHECK(asked->response().content_type == "application/problem+json");
  CHECK(asked->field("retry-after") == retry);
  CHECK(asked->member("status") == std::to_string(status));
  CHECK(asked->member("detail") == R"("why")");
}

namespace {

std::vector<transport::header> with_key(std::string key, std::string type = "application/json") {
  return {{"content-type", std::move(type)}, {"idempotency-key", std::move(key)}};
}

}  // namespace

TEST_CASE("Idempotency-Key makes a change apply once, whatever the method") {
  gateway_stage s;
  const auto id = [&] { return s.published_request().operations.front().once; };
  s.ask("POST", "/api/v1/rooms/a/events", with_key("\"k1\""), R"([{"data":1},{"data":2}])");
  REQUIRE(id());
  CHECK(id()->id == "k1");
  CHECK(id()->covers == 2);
  s.ask("PUT", "/api/v1/rooms/a/entities/k", with_key("k2"), "1");
  REQUIRE(id());
  CHECK(id()->id == "k2");
  s.ask("PATCH", "/api/v1/rooms/a/entities/k", with_key("k3", "application/merge-patch+json"), "{}");
  REQUIRE(id());
  s.ask("DELETE", "/api/v1/rooms/a/entities/k", with_key("k4"));
  REQUIRE(id());
  s.ask("PUT", "/api/v1/rooms/a/entities/k", {{"content-type", "application/json"}}, "1");
  CHECK_FALSE(id());
}

TEST_CASE("a wrong Idempotency-Key, two of them, or one beside other ids is refused") {
  gateway_stage s;
  const std::string target = "/api/v1/rooms/a/events";
  CHECK(s.ask("POST", target, with_key("a b"), R"({"data":1})")->response().status == 400);
  CHECK(s.ask("PUT", "/api/v1/rooms/a/entities/k", with_key(""), "1")->response().status == 400);
  auto twice = with_key("a");
  twice.push_back({"idempotency-key", "a"});
  CHECK(s.ask("POST", target, twice, R"({"data":1})")->response().status == 400);
  CHECK(s.ask("POST", target, with_key("a"), R"({"data":1,"idempotency_key":"b"})")->response().status == 400);
  const std::string event = R"({"specversion":"1.0","id":"1","source":"s","type":"t","data":1})";
  CHECK(s.ask("POST", target, with_key("a", "application/cloudevents+json"), event)->response().status == 400);
  CHECK(s.take().empty());
}

TEST_CASE("a message is handed to who is subscribed, and the answer says to how many") {
  gateway_stage s;
  const auto asked = s.post("/api/v1/rooms/a/messages", R"({"data": {"typing": true}})");
  CHECK(s.take() == lines{R"(message a {"typing": true})"});
  s.state.on_messaged(s.newest(), messaged{3});
  CHECK(asked->response().status == 200);
  CHECK(asked->response().body == R"({"receivers":3})");
}

TEST_CASE("what is no message is refused") {
  gateway_stage s;
  CHECK(s.post("/api/v1/rooms/a/messages", R"({"data": 1})", "text/plain")->response().status == 415);
  CHECK(s.post("/api/v1/rooms/$sys/messages", R"({"data": 1})")->response().status == 403);
  CHECK(s.post("/api/v1/rooms/a:*/messages", R"({"data": 1})")->response().status == 400);
  for (const std::string body : {"", "[1]", "{}", R"({"data": 1, "key": "k"})", R"({"data": })"}) {
    CAPTURE(body);
    CHECK(s.post("/api/v1/rooms/a/messages", body)->response().status == 400);
  }
  CHECK(s.post("/api/v1/rooms/a/messages", R"({"data": ")" + std::string(s.options.limit.document_bytes_max, 'x') + "\"}")
            ->response()
            .status == 413);
  CHECK(s.take().empty());
}
