#include "schemas/json.hpp"
#include "tests/actors/gateway/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

entity_document entity_at(std::string key, std::uint64_t version) { return {std::move(key), version, 0, R"({"v":1})", {{"type", "t"}}}; }

publication_ptr told(std::uint64_t offset) {
  publication made;
  made.offset = offset;
  made.data = "1";
  return std::make_shared<const publication>(std::move(made));
}

// The page's cursor as a query parameter.
std::string next_of(const exchange& page) { return "cursor=" + json_string(page.member("next_cursor")).value(); }

}  // namespace

// ---- rooms ---------------------------------------------------------------------------------------------------------------

TEST_CASE("rooms are listed page by page") {
  gateway_stage s;
  const auto first = s.get("/api/v1/rooms?prefix=x&limit=2");
  CHECK(s.take() == lines{"rooms prefix=x after= limit=3"});
  s.state.on_rooms(s.newest(), std::vector<storage::named_room>{{"xa", {"e1", 5, 1}}, {"xb", {"e2", 6, 1}}, {"xc", {"e3", 7, 1}}});
  CHECK(first->member("data") ==
        R"([{"room":"xa","epoch":"e1","offset":5,"entities":0},{"room":"xb","epoch":"e2","offset":6,"entities":0}])");
  CHECK(first->member("has_more") == "true");
  const auto second = s.get("/api/v1/rooms?prefix=x&limit=2&" + next_of(*first));
  CHECK(s.take() == lines{"rooms prefix=x after=xb limit=3"});
  s.state.on_rooms(s.newest(), std::vector<storage::named_room>{{"xc", {"e3", 7, 1}}});
  CHECK(second->response().body == R"({"data":[{"room":"xc","epoch":"e3","offset":7,"entities":0}],"next_cursor":null,"has_more":false})");
}

TEST_CASE("a full last page has no cursor") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms?limit=1");
  s.state.on_rooms(s.newest(), std::vector<storage::named_room>{{"a", {"e", 5, 1}}});
  CHECK(asked->member("next_cursor") == "null");
}

TEST_CASE("one room tells where it stands and how many watch it") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms/a");
  CHECK(s.take() == lines{"room a"});
  SECTION("it is there") {
    s.state.on_room(s.newest(), std::optional(storage::named_room{"a", {"e", 5, 1}, 2}));
    CHECK(asked->answers.empty());
    CHECK(s.take() == lines{"stats a"});
    s.state.on_presence_stats(s.newest(), protocol::presence_stats_result{3, 2});
    CHECK(asked->response().body == R"({"room":"a","epoch":"e","offset":5,"entities":2,"subscribers":3})");
  }
  SECTION("it is not") {
    s.state.on_room(s.newest(), std::optional<storage::named_room>());
    CHECK(asked->response().status == 404);
    CHECK(s.take().empty());
  }
  SECTION("the broadcaster is restarting") {
    s.state.on_room(s.newest(), std::optional(storage::named_room{"a", {"e", 5, 1}, 2}));
    s.state.on_presence_stats(s.newest(), fail(errc::unavailable));
    CHECK(asked->response().status == 503);
  }
}

TEST_CASE("presence is who watches") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms/a/presence");
  CHECK(s.take() == lines{"presence a"});
  SECTION("some") {
    s.state.on_presence(s.newest(), protocol::presence_result{{{"ada", "c1", R"({"n":1})", {}}, {"", "c2", {}, {}}}});
    CHECK(asked->response().body == R"({"data":[{"client":"c1","user":"ada","conn_info":{"n":1}},{"client":"c2","user":""}]})");
  }
  SECTION("nobody") {
    s.state.on_presence(s.newest(), protocol::presence_result{});
    CHECK(asked->response().body == R"({"data":[]})");
  }
}

// ---- entities ------------------------------------------------------------------------------------------------------------

TEST_CASE("an entity is shown with its tag") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms/a/entities/k");
  CHECK(s.take() == lines{"entity a k"});
  s.state.on_entity(s.newest(), entity_view{"e", entity_at("k", 7)});
  CHECK(asked->response().status == 200);
  CHECK(asked->response().content_type == "application/json");
  CHECK(asked->response().body ==
        R"({"key":"k","version":7,"offset":7,"updated_at":"1970-01-01T00:00:00.000Z","tags":{"type":"t"},"data":{"v":1}})");
  CHECK(asked->field("etag") == "\"e:7\"");
  CHECK(asked->field("cache-control") == "no-cache");
}

TEST_CASE("an entity that the client has already is not sent again") {
  gateway_stage s;
  const auto [condition, status] =
      GENERATE(table<std::string, int>({{R"("e:7")", 304}, {R"(W/"e:7", "x")", 304}, {"*", 304}, {R"("e:6")", 200}, {R"("f:7")", 200}}));
  CAPTURE(condition);
  const auto asked = s.get("/api/v1/rooms/a/entities/k", {{"if-none-match", condition}});
  s.state.on_entity(s.newest(), entity_view{"e", entity_at("k", 7)});
  CHECK(asked->response().status == status);
  CHECK(asked->field("etag") == "\"e:7\"");
  CHECK(asked->response().body.empty() == (status == 304));
}

TEST_CASE("an entity that is not there") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms/a/entities/k", {{"if-none-match", "*"}});
  s.state.on_entity(s.newest(), entity_view{"e", std::nullopt});
  CHECK(asked->response().status == 404);
  CHECK(asked->member("detail") == R"("no such entity")");
}

TEST_CASE("the state is shown page by page") {
  gateway_stage s;
  const auto first = s.get("/api/v1/rooms/a/entities?limit=2");
  CHECK(s.take() == lines{"state a after= rows=2"});
  s.state.on_state(s.newest(), storage::state_page{"e", 9, {entity_at("k", 7), entity_at("m/\"", 9)}, true});
  CHECK(first->member("epoch") == R"("e")");
  CHECK(first->member("offset") == "9");
  CHECK(first->member("has_more") == "true");
  CHECK(json_elements(first->member("data"))->size() == 2);
  const auto second = s.get("/api/v1/rooms/a/entities?limit=2&" + next_of(*first));
  CHECK(s.take() == lines{"state a after=m/\" rows=2"});
  s.state.on_state(s.newest(), storage::state_page{"e", 9, {}, false});
  CHECK(second->response().body == R"({"data":[],"next_cursor":null,"has_more":false,"epoch":"e","offset":9})");
}

// ---- history -------------------------------------------------------------------------------------------------------------

TEST_CASE("history is read forwards and backwards, page by page") {
  gateway_stage s;
  const auto [query, line, next_line] = GENERATE(table<std::string, std::string, std::string>({
      {"limit=2", "stream a after=0 rows=2", "stream a after=4 rows=2"},
      {"limit=2&reverse=true", "stream a after=0 rows=2 reverse", "stream a after=4 rows=2 reverse"},
      {"limit=2&reverse=false", "stream a after=0 rows=2", "stream a after=4 rows=2"},
  }));
  const auto first = s.get("/api/v1/rooms/a/history?" + query);
  CHECK(s.take() == lines{line});
  s.state.on_stream(s.newest(), storage::stream_page{"e", 9, 1, {told(3), told(4)}, true});
  CHECK(first->member("data") == R"([{"offset":3,"time":"1970-01-01T00:00:00.000Z","data":1,"tags":{}},)"
                                 R"({"offset":4,"time":"1970-01-01T00:00:00.000Z","data":1,"tags":{}}])");
  CHECK(first->member("offset") == "9");
  const auto second = s.get("/api/v1/rooms/a/history?" + query + "&" + next_of(*first));
  CHECK(s.take() == lines{next_line});
  s.state.on_stream(s.newest(), storage::stream_page{"e", 9, 1, {told(5)}, false});
  CHECK(second->member("next_cursor") == "null");
}

TEST_CASE("history begins where it is asked to") {
  gateway_stage s;
  s.get("/api/v1/rooms/a/history?since=5");
  CHECK(s.take() == lines{"stream a after=5 rows=100"});
}

// ---- what all listings share ---------------------------------------------------------------------------------------------

TEST_CASE("a parameter that makes no sense is refused") {
  gateway_stage s;
  const std::string target = GENERATE(
      "/api/v1/rooms?limit=0", "/api/v1/rooms?limit=1001", "/api/v1/rooms?limit=", "/api/v1/rooms?limit=ten",
      "/api/v1/rooms/a/entities?limit=-1", "/api/v1/rooms/a/entities?limit=1.5", "/api/v1/rooms/a/history?limit=0",
      "/api/v1/rooms/a/history?limit=99999999999999999999", "/api/v1/rooms/a/history?since=x",
      "/api/v1/rooms/a/history?since=", "/api/v1/rooms/a/history?reverse=1", "/api/v1/rooms/a/history?since=1&cursor=aDE",
      "/api/v1/rooms?cursor=", "/api/v1/rooms?cursor=!", "/api/v1/rooms/a/entities?cursor=cmE", "/api/v1/rooms/a/history?cursor=aGE");
  CAPTURE(target);
  const auto refused = s.get(target);
  CHECK(refused->response().status == 400);
  CHECK(s.take().empty());
}

TEST_CASE("the largest page") {
  gateway_stage s;
  s.get("/api/v1/rooms/a/entities?limit=1000");
  CHECK(s.take() == lines{"state a after= rows=1000"});
}

TEST_CASE("a reader that fails is told") {
  gateway_stage s;
  const std::string target = GENERATE("", "/a", "/a/entities", "/a/entities/k", "/a/history", "/a/presence");
  const auto asked = s.get("/api/v1/rooms" + target);
  const auto failed = fail(errc::unavailable, "restarting");
  if (target.empty()) s.state.on_rooms(s.newest(), failed);
  if (target == "/a") s.state.on_room(s.newest(), failed);
  if (target == "/a/entities") s.state.on_state(s.newest(), failed);
  if (target == "/a/entities/k") s.state.on_entity(s.newest(), failed);
  if (target == "/a/history") s.state.on_stream(s.newest(), failed);
  if (target == "/a/presence") s.state.on_presence(s.newest(), failed);
  CHECK(asked->response().status == 503);
  CHECK(asked->field("retry-after") == "1");
}

// ---- the past ------------------------------------------------------------------------------------------------------------

TEST_CASE("an earlier moment is an offset or a time that has been") {
  gateway_stage s;
  s.get("/api/v1/rooms/r/entities/k?at=7");
  s.get("/api/v1/rooms/r/entities/k?at=2001-09-09T01:46:40.5Z");
  s.get("/api/v1/rooms/r/entities?at=0&limit=3");
  CHECK(s.take() == lines{"entity r k at=7", "entity r k at=1000000000500ms", "state r after= rows=3 at=0"});
  for (const auto* wrong : {"?at=", "?at=yesterday", "?at=-1", "?at=2999-01-01T00:00:00Z", "?at=1.5"}) {
    CHECK(s.get(std::string("/api/v1/rooms/r/entities/k") + wrong)->response().status == 400);
    CHECK(s.get(std::string("/api/v1/rooms/r/entities") + wrong)->response().status == 400);
  }
  CHECK(s.ask("DELETE", "/api/v1/rooms/r/entities/k?at=7")->response().status == 400);
  CHECK(s.take().empty());
}

TEST_CASE("what is no longer kept is a problem of its own") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms/r/entities/k?at=7");
  s.state.on_entity(s.newest(), fail(errc::no_longer_kept, "trimmed"));
  CHECK(asked->response().status == 410);
  CHECK(asked->member("type") == R"("/problems/no-longer-kept")");
}
