// The dialects of those who only listen: bare pushes, and one room as server-sent events.
#include "schemas/protocol/room_events_dialect.hpp"

#include "schemas/protocol/json_dialect.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;

namespace {

publication_ptr published(std::uint64_t offset, std::string data, std::optional<std::string> key = {}, bool removed = false) {
  auto made = std::make_shared<publication>();
  made->offset = offset;
  made->time_ms = 1'000;
  made->data = std::move(data);
  made->key = std::move(key);
  made->removed = removed;
  return made;
}

entity_ptr entity(std::string key, std::uint64_t version, std::string data) {
  return std::make_shared<const entity_document>(entity_document{std::move(key), version, 1'000, std::move(data), {}});
}

std::string run(dialect as, const view& through, const std::vector<publication_ptr>& told, std::size_t bytes_max = 10'000) {
  std::vector<change> changes;
  for (const auto& each : told) changes.push_back({each, nullptr});
  std::string out;
  publication_ptr last;
  encode_run(as, through, {"c"}, changes, last, bytes_max, out, "e");
  return out;
}

std::string reply(const any_result& what) {
  std::string out;
  encode_reply(dialect::room_events, 1, what, out);
  return out;
}

const view& map = *plain_view(subscription_type::map);
const view& stream = *plain_view(subscription_type::stream);

}  // namespace

TEST_CASE("bare pushes have no wrapper, and only connect is answered") {
  CHECK(run(dialect::json_pushes, stream, {published(1, "1"), published(2, "2")}) ==
        "{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":1}}\n{\"channel\":\"c\",\"pub\":{\"data\":2,\"offset\":2}}");
  std::string out;
  encode_reply(dialect::json_pushes, 1, connect_result{"c7", "", false, 0, "", {}, 25, false}, out);
  CHECK(out == R"({"connect":{"client":"c7","ping":25}})");
  out.clear();
  encode_reply(dialect::json_pushes, 1, publish_result{}, out);
  encode_error(dialect::json_pushes, 1, errc::bad_request, {}, out);
  CHECK(out.empty());
  encode_unsubscribe(dialect::json_pushes, "c", 2500, "r", out);
  CHECK(out == R"({"channel":"c","unsubscribe":{"code":2500,"reason":"r"}})");
  out.clear();
  encode_disconnect(dialect::json_pushes, 3001, "shutdown", out);
  CHECK(out == R"({"disconnect":{"code":3001,"reason":"shutdown"}})");
}

TEST_CASE("changes of a room are events with the position behind them") {
  const std::string first = "id: e.1\ndata: {\"offset\":1,\"time\":\"1970-01-01T00:00:01.000Z\",\"key\":\"k\",\"data\":{},\"tags\":{}}\n\n";
  const std::string third =
      "id: e.3\ndata: {\"offset\":3,\"time\":\"1970-01-01T00:00:01.000Z\",\"key\":\"k\",\"removed\":true,\"tags\":{}}\n\n";
  const std::vector<publication_ptr> told{published(1, "{}", "k"), published(2, "2"), published(3, "", "k", true)};
  CHECK(run(dialect::room_events, map, told) == first + third);
  CHECK(run(dialect::room_events, stream, told) ==
        first + "id: e.2\ndata: {\"offset\":2,\"time\":\"1970-01-01T00:00:01.000Z\",\"data\":2,\"tags\":{}}\n\n" + third);
  CHECK(run(dialect::room_events, map, told, first.size()) == first);

  const view fields{subscription_type::map, {}, field_mask::of({"a"}, {}).value(), false};
  CHECK(run(dialect::room_events, fields, {published(4, R"({"a":1,"b":2})", "k")}).find(R"("data":{"a":1})") != std::string::npos);
}

TEST_CASE("a snapshot is pages and the changes since; the position comes last") {
  subscribe_result page;
  page.type = subscription_type::map;
  page.phase = subscribe_phase::state;
  page.epoch = "e";
  page.offset = 7;
  page.cursor = "k";
  page.state = std::vector{entity("k", 3, "1")};
  const std::string row = R"({"key":"k","version":3,"offset":3,"updated_at":"1970-01-01T00:00:01.000Z","tags":{},"data":1})";
  CHECK(reply(page) == "event: snapshot\ndata: {\"data\":[" + row + "],\"has_more\":true}\n\n");

  auto last = page;
  last.phase = subscribe_phase::live;
  last.offset = 9;
  last.publications = std::vector<publication_ptr>{published(8, "2", "k")};
  const auto told = reply(last);
  CHECK(told.starts_with("event: snapshot\ndata: {\"data\":[" + row + "],\"has_more\":false}\n\nid: e.8\ndata: "));
  CHECK(told.ends_with("\n\nid: e.9\nevent: live\ndata: {\"epoch\":\"e\",\"offset\":9}\n\n"));

  auto missed = page;
  missed.phase = subscribe_phase::stream;
  missed.publications = std::vector<publication_ptr>{published(8, "2", "k")};
  CHECK(reply(missed).starts_with("id: e.8\ndata: "));
  missed.publications = {};
  CHECK(reply(missed).empty());
}

TEST_CASE("who comes back is told no snapshot, and a room without history tells no position") {
  subscribe_result back;
  back.type = subscription_type::map;
  back.epoch = "e";
  back.offset = 9;
  back.was_recovering = back.recovered = true;
  CHECK(reply(back) == "id: e.9\nevent: live\ndata: {\"epoch\":\"e\",\"offset\":9}\n\n");
  back.type = subscription_type::stream;  // its offset is that of the request
  back.publications = std::vector<publication_ptr>{published(10, "1"), published(11, "1")};
  CHECK(reply(back).ends_with("\n\nid: e.11\nevent: live\ndata: {\"epoch\":\"e\",\"offset\":11}\n\n"));

  subscribe_result empty;
  empty.type = subscription_type::map;
  CHECK(reply(empty) == "event: snapshot\ndata: {\"data\":[],\"has_more\":false}\n\nevent: live\ndata: {\"epoch\":\"\",\"offset\":0}\n\n");
  empty.type = subscription_type::stream;
  CHECK(reply(empty) == "event: live\ndata: {\"epoch\":\"\",\"offset\":0}\n\n");
}

TEST_CASE("an id tells epoch and offset, or nothing") {
  const auto position = parse_event_id("e027.12");
  REQUIRE(position);
  CHECK(position->epoch == "e027");
  CHECK(position->offset == 12);
  for (const auto* id : {"", ".", ".1", "e.", "e", "e.-1", "e.1.5x", "e.18446744073709551616", "e. 1"}) CHECK_FALSE(parse_event_id(id));
}
