#include <string>

#include "schemas/protocol/dialect.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;

namespace {

std::string reply(std::uint32_t id, const any_result& what) {
  std::string out;
  encode_reply(dialect::json, id, what, out);
  return out;
}

std::string refusal(errc code, std::string_view detail = {}) {
  std::string out;
  encode_error(dialect::json, 7, code, detail, out);
  return out;
}

change told(const publication& made) { return {std::make_shared<const publication>(made), nullptr}; }

run_part encode(subscription_type type, const std::vector<change>& run, std::size_t bytes_max, std::string& out) {
  publication_ptr last;
  return encode_run(dialect::json, *plain_view(type), {"c"}, run, last, bytes_max, out);
}

std::string push(subscription_type type, std::string_view channel, const publication& made) {
  std::string out;
  publication_ptr last;
  encode_run(dialect::json, *plain_view(type), {channel}, std::vector{told(made)}, last, 10'000, out);
  return out;
}

publication published(std::uint64_t offset, std::string data, std::optional<std::string> key = {}) {
  publication made;
  made.offset = offset;
  made.data = std::move(data);
  made.key = std::move(key);
  return made;
}

publication removed(std::uint64_t offset, std::string key) {
  auto made = published(offset, "", std::move(key));
  made.removed = true;
  return made;
}

publication_ptr shared(publication made) { return std::make_shared<const publication>(std::move(made)); }

entity_ptr entity(std::string key, std::uint64_t version, std::string data, tag_map tags = {}) {
  return std::make_shared<const entity_document>(entity_document{std::move(key), version, 0, std::move(data), std::move(tags)});
}

}  // namespace

TEST_CASE("A connection that only tells: where commands go, and its end") {
  CHECK(reply(1, connect_result{"c", "", false, 0, "", {}, 25, true, "s", "n"}) ==
        R"({"id":1,"connect":{"client":"c","ping":25,"pong":true,"session":"s","node":"n"}})");
  std::string out;
  encode_disconnect(dialect::json, 3001, "shutdown", out);
  CHECK(out == R"({"push":{"disconnect":{"code":3001,"reason":"shutdown"}}})");
}

TEST_CASE("The server's half of the golden transcript") {
  const client_info info{"", "d6579b11", "", ""};

  CHECK(reply(1, connect_result{"d6579b11", "0.0.0 mini", false, 0, "", {}, 25, true}) ==
        R"({"id":1,"connect":{"client":"d6579b11","version":"0.0.0 mini","ping":25,"pong":true}})");

  subscribe_result stream;
  stream.positioned = stream.recoverable = true;
  stream.epoch = "28c1e7";
  CHECK(reply(2, stream) == R"({"id":2,"subscribe":{"positioned":true,"recoverable":true,"epoch":"28c1e7","offset":0}})");

  auto first = published(1, R"({"v":1})");
  first.info = info;
  CHECK(push(subscription_type::stream, "recovery:golden", first) ==
        R"({"push":{"channel":"recovery:golden","pub":{"data":{"v":1},"offset":1,"info":{"client":"d6579b11","user":""}}}})");
  CHECK(reply(3, publish_result{}) == R"({"id":3,"publish":{}})");
  CHECK(
      reply(4, history_result{{shared(first)}, "28c1e7", 1}) ==
      R"({"id":4,"history":{"publications":[{"data":{"v":1},"offset":1,"info":{"client":"d6579b11","user":""}}],"epoch":"28c1e7","offset":1}})");
  CHECK(reply(5, presence_result{}) == R"({"id":5,"presence":{"presence":{}}})");
  CHECK(reply(6, presence_stats_result{}) == R"({"id":6,"presence_stats":{"num_clients":0,"num_users":0}})");
  CHECK(refusal(errc::not_available) == R"({"id":7,"error":{"code":108,"message":"not available"}})");

  stream.offset = 1;
  stream.was_recovering = stream.recovered = true;
  stream.publications = std::vector<publication_ptr>{shared(published(2, R"({"v":2})"))};
  CHECK(
      reply(9, stream) ==
      R"({"id":9,"subscribe":{"positioned":true,"recoverable":true,"epoch":"28c1e7","offset":1,"was_recovering":true,"recovered":true,"publications":[{"data":{"v":2},"offset":2}]}})");

  subscribe_result page;
  page.type = subscription_type::map;
  page.phase = subscribe_phase::state;
  page.cursor = "2";
  page.epoch = "00714a";
  page.offset = 3;
  page.state = std::vector{entity("a", 1, R"({"k":"a"})"), entity("b", 2, R"({"k":"b"})")};
  CHECK(
      reply(13, page) ==
      R"({"id":13,"subscribe":{"type":1,"phase":2,"cursor":"2","epoch":"00714a","offset":3,"state":[{"data":{"k":"a"},"offset":1,"key":"a"},{"data":{"k":"b"},"offset":2,"key":"b"}]}})");

  subscribe_result live;
  live.type = subscription_type::map;
  live.epoch = "00714a";
  live.offset = 3;
  live.recoverable = true;
  live.state = std::vector{entity("c", 3, R"({"k":"c"})")};
  CHECK(
      reply(14, live) ==
      R"({"id":14,"subscribe":{"type":1,"epoch":"00714a","state":[{"data":{"k":"c"},"offset":3,"key":"c"}],"publications":[],"offset":3,"recoverable":true}})");

  auto keyed = published(4, R"({"k":"d"})", "d");
  keyed.info = info;
  CHECK(push(subscription_type::map, "positioned:golden", keyed) ==
        R"({"push":{"channel":"positioned:golden","pub":{"data":{"k":"d"},"offset":4,"info":{"client":"d6579b11","user":""},"key":"d"}}})");
  auto gone = removed(5, "a");
  gone.info = info;
  CHECK(push(subscription_type::map, "positioned:golden", gone) ==
        R"({"push":{"channel":"positioned:golden","pub":{"offset":5,"info":{"client":"d6579b11","user":""},"key":"a","removed":true}}})");

  live.state = {};
  live.offset = 6;
  live.was_recovering = live.recovered = true;
  live.publications = std::vector<publication_ptr>{shared(published(6, R"({"k":"e"})", "e"))};
  CHECK(
      reply(18, live) ==
      R"({"id":18,"subscribe":{"type":1,"epoch":"00714a","publications":[{"data":{"k":"e"},"offset":6,"key":"e"}],"offset":6,"recoverable":true,"was_recovering":true,"recovered":true}})");
}

TEST_CASE("Joins and leaves") {
  std::string out;
  encode_announcement(dialect::json, {"a\""}, {false, {"ann", "c1", "", "[1]"}}, out);
  CHECK(out == R"({"push":{"channel":"a\"","join":{"info":{"client":"c1","user":"ann","chan_info":[1]}}}})");
  out.clear();
  encode_announcement(dialect::json, {"b"}, {true, {"", "c2", "2", ""}}, out);
  CHECK(out == R"({"push":{"channel":"b","leave":{"info":{"client":"c2","user":"","conn_info":2}}}})");
}

TEST_CASE("Messages") {
  std::string out;
  encode_message(dialect::json, R"({"hi":1})", out);
  CHECK(out == R"({"push":{"message":{"data":{"hi":1}}}})");
  out.clear();
  encode_message(dialect::json_pushes, "null", out);
  CHECK(out == R"({"message":{"data":null}})");
}

TEST_CASE("Who has agreed to the number of a channel is told it in the reply, and then in place of the name") {
  subscribe_result stream;
  stream.channel_number = 7;
  CHECK(reply(2, stream) == R"({"id":2,"subscribe":{"id":7}})");
  subscribe_result live;
  live.type = subscription_type::map;
  live.channel_number = 12'345'678'901;
  CHECK(reply(3, live) == R"({"id":3,"subscribe":{"type":1,"publications":[],"offset":0,"id":12345678901}})");

  std::string out;
  publication_ptr last;
  encode_run(dialect::json, *plain_view(subscription_type::stream), {"room", 7}, std::vector{told(published(1, "{}"))}, last, 100, out);
  CHECK(out == R"({"push":{"id":7,"pub":{"data":{},"offset":1}}})");
  out.clear();
  encode_announcement(dialect::json, {"room", 7}, {true, {"", "c2", "", ""}}, out);
  CHECK(out == R"({"push":{"id":7,"leave":{"info":{"client":"c2","user":""}}}})");
}

TEST_CASE("Other replies") {
  CHECK(reply(1, unsubscribe_result{}) == R"({"id":1,"unsubscribe":{}})");
  CHECK(reply(1, ping_result{}) == R"({"id":1,"ping":{}})");
  CHECK(reply(1, rpc_result{}) == R"({"id":1,"rpc":{}})");
  CHECK(reply(1, rpc_result{"[1]"}) == R"({"id":1,"rpc":{"data":[1]}})");
  CHECK(reply(1, subscribe_result{}) == R"({"id":1,"subscribe":{}})");
  CHECK(reply(1, refresh_result{"c", "", true, 60}) == R"({"id":1,"refresh":{"client":"c","expires":true,"ttl":60}})");
  CHECK(reply(1, sub_refresh_result{true, 60}) == R"({"id":1,"sub_refresh":{"expires":true,"ttl":60}})");
  CHECK(reply(1, history_result{{}, "", 0}) == R"({"id":1,"history":{"offset":0}})");
  CHECK(reply(1, connect_result{"c", "", true, 60, "{}", {}, 0, false}) ==
        R"({"id":1,"connect":{"client":"c","expires":true,"ttl":60,"data":{}}})");
  subscribe_result live;
  live.expires = true;
  live.ttl_s = 5;
  CHECK(reply(1, live) == R"({"id":1,"subscribe":{"expires":true,"ttl":5}})");
  live.recoverable = true;
  live.offset = 7;
  live.data = "[]";
  CHECK(
      reply(1, connect_result{"c", "", false, 0, {}, {{"a", {}}, {"b\"", live}}, 25, true}) ==
      R"({"id":1,"connect":{"client":"c","subs":{"a":{},"b\"":{"expires":true,"ttl":5,"recoverable":true,"offset":7,"data":[]}},"ping":25,"pong":true}})");
  CHECK(
      reply(1, presence_result{{{"u", "c\"1", R"({"n":1})", "2"}, {"", "d", "", ""}}}) ==
      R"({"id":1,"presence":{"presence":{"c\"1":{"client":"c\"1","user":"u","conn_info":{"n":1},"chan_info":2},"d":{"client":"d","user":""}}}})");
  CHECK(refusal(errc::internal) == R"({"id":7,"error":{"code":100,"message":"internal server error","temporary":true}})");
  CHECK(refusal(errc::bad_request, "say \"x\"\n") == R"({"id":7,"error":{"code":107,"message":"bad request: say \"x\"\n"}})");
}

TEST_CASE("A catch-up page of a map") {
  subscribe_result page;
  page.type = subscription_type::map;
  page.phase = subscribe_phase::stream;
  page.epoch = "e";
  page.offset = 8;
  page.publications = std::vector<publication_ptr>{shared(published(7, "1", "k")), shared(removed(8, "k"))};
  CHECK(
      reply(1, page) ==
      R"({"id":1,"subscribe":{"type":1,"phase":1,"epoch":"e","offset":8,"publications":[{"data":1,"offset":7,"key":"k"},{"offset":8,"key":"k","removed":true}]}})");
}

TEST_CASE("An empty map goes live with offset zero") {
  subscribe_result live;
  live.type = subscription_type::map;
  live.recoverable = true;
  CHECK(reply(1, live) == R"({"id":1,"subscribe":{"type":1,"publications":[],"offset":0,"recoverable":true}})");
}

TEST_CASE("A stream is told of keyed changes without their keys, a removal as null") {
  CHECK(push(subscription_type::stream, "c", published(4, "1", "k")) == R"({"push":{"channel":"c","pub":{"data":1,"offset":4}}})");
  CHECK(push(subscription_type::stream, "c", removed(5, "k")) == R"({"push":{"channel":"c","pub":{"data":null,"offset":5}}})");
}

TEST_CASE("Tags, epoch and names that need escapes") {
  auto told = published(1, "1", "k\n\xFF");
  told.tags = {{"a\"", "1"}, {"b", "\u00e9\n"}};
  told.epoch = "e";
  CHECK(push(subscription_type::map, "r\"\n", told) ==
        "{\"push\":{\"channel\":\"r\\\"\\n\",\"pub\":{\"data\":1,\"offset\":1,\"key\":\"k\\n\uFFFD\",\"tags\":{\"a\\\"\":\"1\",\"b\":"
        "\"\u00e9\\n\"},"
        "\"epoch\":\"e\"}}}");
  subscribe_result page;
  page.type = subscription_type::map;
  page.phase = subscribe_phase::state;
  page.state = std::vector{entity("a", 1, "{}", {{"type", "x"}})};
  CHECK(reply(1, page) == R"({"id":1,"subscribe":{"type":1,"phase":2,"state":[{"data":{},"offset":1,"key":"a","tags":{"type":"x"}}]}})");
}

TEST_CASE("Other pushes") {
  std::string out;
  encode_unsubscribe(dialect::json, "c", 2500, "insufficient state", out);
  join(dialect::json, out);
  encode_ping(dialect::json, out);
  CHECK(out == R"({"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"insufficient state"}}})"
               "\n{}");
}

TEST_CASE("A run is the pushes of its publications, joined") {
  const std::vector<change> run{told(published(1, "1", "a")), told(published(2, "2")), told(removed(3, "a"))};
  const auto alone = [&](subscription_type type, std::size_t at) { return push(type, "c", *run[at].told); };
  std::string stream;
  auto part = encode(subscription_type::stream, run, 10'000, stream);
  CHECK((part.done == 3 && part.shown == 3));
  CHECK(stream ==
        alone(subscription_type::stream, 0) + '\n' + alone(subscription_type::stream, 1) + '\n' + alone(subscription_type::stream, 2));
  std::string map;
  part = encode(subscription_type::map, run, 10'000, map);
  CHECK((part.done == 3 && part.shown == 2));
  CHECK(map == alone(subscription_type::map, 0) + '\n' + alone(subscription_type::map, 2));
}

TEST_CASE("A run is cut at its size, but never to nothing") {
  const std::vector<change> run{told(published(1, "1")), told(published(2, "2")), told(published(3, "3"))};
  const auto one = push(subscription_type::stream, "c", *run[0].told);
  const auto taken = [&](std::size_t bytes_max) {
    std::string out;
    const auto count = encode(subscription_type::stream, run, bytes_max, out).done;
    CHECK(out.size() == count * one.size() + count - 1);
    return count;
  };
  CHECK(taken(1) == 1);
  CHECK(taken(one.size() * 2) == 1);
  CHECK(taken(one.size() * 2 + 1) == 2);
  CHECK(taken(one.size() * 3 + 2) == 3);

  std::string out;
  const auto hidden = encode(subscription_type::map, {run[0]}, 100, out);
  CHECK((hidden.done == 1 && hidden.shown == 0));
  CHECK(out.empty());
}

TEST_CASE("Rows that others hold too are encoded once for each way to look at them, and read as ever") {
  std::vector<entity_ptr> documents;
  for (std::uint64_t n = 1; n <= 3; ++n)
    documents.push_back(std::make_shared<const entity_document>(
        entity_document{"k" + std::to_string(n), n, 0, R"({"n":1,"m":2})", {{"state", n == 2 ? "off" : "on"}}}));
  const state_rows kept(documents);
  const auto holder = kept;

  view chosen;
  chosen.type = subscription_type::map;
  chosen.fields = field_mask::of({"n"}, {}).value();
  chosen.delta = true;
  for (const auto as : {dialect::json, dialect::msgpack, dialect::room_events}) {
    for (const auto& through : {view_ptr(), plain_view(subscription_type::map), view_ptr(std::make_shared<const view>(chosen))}) {
      const auto encoded = [&](state_rows rows) {
        subscribe_result page;
        page.type = subscription_type::map;
        page.phase = subscribe_phase::state;
        page.through = through;
        page.state = std::move(rows);
        page.cursor = "k3";
        std::string out;
        encode_reply(as, 7, page, out);
        return out;
      };
      const auto expected = encoded(state_rows(documents));
      CHECK(encoded(kept) == expected);
      CHECK(encoded(kept) == expected);
      CHECK(encoded(holder) == expected);
    }
  }
  CHECK(kept.text_bytes() > 0);
  CHECK(kept.text_bytes() == holder.text_bytes());
}

TEST_CASE("Missed publications that others hold too are encoded once for each way to look at them, and read as ever") {
  std::vector<publication_ptr> missed;
  for (auto& each : {published(1, R"({"n":1})", "a"), removed(2, "a"), published(3, R"({"n":3})", "b")})
    missed.push_back(std::make_shared<const publication>(each));
  const publication_rows kept(missed);
  const auto holder = kept;
  const auto encoded = [](dialect as, publication_rows rows, subscription_type type) {
    subscribe_result live;
    live.type = type;
    live.through = plain_view(type);
    live.publications = std::move(rows);
    std::string out;
    encode_reply(as, 7, live, out);
    return out;
  };
  for (const auto as : {dialect::json, dialect::msgpack}) {
    for (const auto type : {subscription_type::stream, subscription_type::map}) {
      const auto expected = encoded(as, publication_rows(missed), type);
      CHECK(encoded(as, kept, type) == expected);
      CHECK(encoded(as, holder, type) == expected);
    }
  }
  CHECK(kept.text_bytes() > 0);
}

TEST_CASE("Rows of presence say who it is only to who subscribed to presence, though they are shared") {
  const state_rows kept({std::make_shared<const entity_document>(entity_document{"c1", 1, 0, R"({"client":"c1","user":"ann"})", {}})});
  const auto holder = kept;
  const auto encoded = [&](subscription_type type) {
    subscribe_result page;
    page.type = type;
    page.phase = subscribe_phase::state;
    page.through = plain_view(type);
    page.state = holder;
    std::string out;
    encode_reply(dialect::json, 7, page, out);
    return out;
  };
  CHECK(encoded(subscription_type::map).find("info") == std::string::npos);
  CHECK(encoded(subscription_type::map_clients).find(R"("info":{"client":"c1","user":"ann"})") != std::string::npos);
  CHECK(encoded(subscription_type::map).find("info") == std::string::npos);
}
