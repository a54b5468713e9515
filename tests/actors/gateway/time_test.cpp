#include "tests/actors/gateway/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;
using namespace tidewire::test;

TEST_CASE("a request without an answer ends with 503; an answer that comes later is dropped") {
  const crossing crossed("request_timeout_s");
  gateway_stage s;
  const auto asked = s.post("/api/v1/rooms/a/events", R"({"data":1})");
  const auto which = s.newest();
  s.advance(9'999);
  CHECK(asked->answers.empty());
  CHECK_FALSE(crossed.counted());
  s.advance(1);
  CHECK(crossed.counted());
  CHECK(asked->response().status == 503);
  CHECK(asked->member("type") == R"("/problems/timeout")");
  CHECK(asked->field("retry-after") == "1");
  s.state.on_published(which, published{"e", {{1, false, false}}});
  CHECK(asked->answers.size() == 1);
  CHECK(s.state.under_way() == 0);
}

TEST_CASE("an answer that comes twice is told once") {
  gateway_stage s;
  const auto asked = s.get("/api/v1/rooms/a/entities/k");
  s.state.on_entity(s.newest(), entity_view{});
  s.state.on_entity(s.newest(), entity_view{});
  CHECK(asked->answers.size() == 1);
}

TEST_CASE("each request has its own time") {
  gateway_stage s;
  const auto first = s.get("/api/v1/rooms/a/history");
  s.advance(5'000);
  const auto second = s.get("/api/v1/rooms/b/history");
  s.advance(5'000);
  CHECK(first->response().status == 503);
  CHECK(second->answers.empty());
  s.advance(5'000);
  CHECK(second->response().status == 503);
}

TEST_CASE("a request that takes two answers keeps its time, whatever came meanwhile") {
  gateway_stage s;
  const auto room = s.get("/api/v1/rooms/a");
  const auto which = s.newest();
  s.advance(9'000);
  const auto other = s.get("/api/v1/rooms/b/history");
  s.state.on_room(which, std::optional(storage::named_room{"a", {"e", 5, 1}, 2}));
  s.advance(1'000);
  CHECK(room->response().status == 503);
  CHECK(other->answers.empty());
}
