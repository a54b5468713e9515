#include <string>

#include "schemas/limits.hpp"
#include "schemas/protocol/dialect.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;

namespace {

std::vector<command> all(std::string_view message) {
  auto decoded = decode(dialect::json, message);
  INFO(message);
  if (!decoded) FAIL(decoded.error().detail);
  return std::move(*decoded);
}

// The only command of the message, as the request that it must be.
template <class Request>
Request one(std::string_view message, std::uint32_t id) {
  const auto commands = all(message);
  REQUIRE(commands.size() == 1);
  CHECK(commands[0].id == id);
  REQUIRE(std::holds_alternative<Request>(commands[0].body));
  return std::get<Request>(commands[0].body);
}

}  // namespace

TEST_CASE("The client's half of the golden transcript") {
  const auto first = all(R"({"connect":{"token":"t.o.k","data":{"device":"a"},"name":"js","headers":{"X-Room":"7"}},"id":1})"
                         "\n"
                         R"({"subscribe":{"channel":"recovery:golden","data":{"why":1},"join_leave":true,"flag":1},"id":2})");
  REQUIRE(first.size() == 2);
  CHECK(first[0].id == 1);
  const auto& connect = std::get<connect_command>(first[0].body);
  CHECK(connect.token == "t.o.k");
  CHECK(connect.data == R"({"device":"a"})");
  CHECK(connect.name == "js");
  CHECK(first[1].id == 2);
  const auto& subscribe = std::get<subscribe_command>(first[1].body);
  CHECK(subscribe.channel == "recovery:golden");
  CHECK(subscribe.data == R"({"why":1})");
  CHECK(subscribe.join_leave);
  CHECK(subscribe.flag == 1);
  CHECK_FALSE(subscribe.recover);

  const auto publish = one<publish_command>(R"({"publish":{"channel":"recovery:golden","data":{"v":1}},"id":3})", 3);
  CHECK(publish.channel == "recovery:golden");
  CHECK(publish.data == R"({"v":1})");
  CHECK(publish.type == 0);

  const auto history = one<history_command>(R"({"history":{"channel":"recovery:golden","since":{"offset":0},"limit":10},"id":4})", 4);
  CHECK(history.channel == "recovery:golden");
  CHECK(history.since_offset == 0U);
  CHECK(history.limit == 10);

  CHECK(one<presence_command>(R"({"presence":{"channel":"recovery:golden"},"id":5})", 5).channel == "recovery:golden");
  CHECK(one<presence_stats_command>(R"({"presence_stats":{"channel":"recovery:golden"},"id":6})", 6).channel == "recovery:golden");
  const auto rpc = one<rpc_command>(R"({"rpc":{"method":"m","data":{"a":1}},"id":7})", 7);
  CHECK(rpc.method == "m");
  CHECK(rpc.data == R"({"a":1})");

  const auto again = one<subscribe_command>(
      R"({"subscribe":{"channel":"recovery:golden","data":{"why":1},"join_leave":true,"flag":1,"recover":true,"offset":1,"epoch":"28c1e7"},"id":9})",
      9);
  CHECK(again.recover);
  CHECK(again.offset == 1);
  CHECK(again.epoch == "28c1e7");
  CHECK(one<subscribe_command>(R"({"subscribe":{"channel":"delta:golden","flag":1,"delta":"fossil"},"id":10})", 10).delta == "fossil");

  const auto page = one<subscribe_command>(
      R"({"subscribe":{"channel":"positioned:golden","type":1,"phase":2,"flag":1,"limit":2,"cursor":"2","offset":3,"epoch":"00714a"},"id":14})",
      14);
  CHECK(page.type == 1);
  CHECK(page.phase == 2);
  CHECK(page.limit == 2);
  CHECK(page.cursor == "2");
  CHECK(page.offset == 3);

  const auto keyed = one<publish_command>(R"({"publish":{"channel":"positioned:golden","type":1,"key":"d","data":{"k":"d"}},"id":15})", 15);
  CHECK(keyed.type == 1);
  CHECK(keyed.key == "d");
  CHECK_FALSE(keyed.removed);
  const auto removal = one<publish_command>(R"({"publish":{"channel":"positioned:golden","type":1,"key":"a","removed":true},"id":16})", 16);
  CHECK(removal.removed);
  CHECK(removal.data.empty());

  const auto filtered = one<subscribe_command>(
      R"({"subscribe":{"channel":"t","type":1,"phase":2,"tf":{"op":"and","nodes":[{"key":"team","cmp":"eq","val":"eng"}]},"flag":1},"id":19})",
      19);
  CHECK(filtered.tags_filter == R"({"op":"and","nodes":[{"key":"team","cmp":"eq","val":"eng"}]})");
  CHECK(one<send_command>(R"({"send":{"data":{"hi":1}}})", 0).data == R"({"hi":1})");
}

TEST_CASE("connect with the positions of server-side subscriptions") {
  const auto commands = all(R"({"id":1,"connect":{"subs":{"a\"":{"recover":true,"offset":5,"epoch":"e","x":1},"b":{},"c":null}}})");
  const auto& subs = std::get<connect_command>(commands.at(0).body).subs;
  REQUIRE(subs.size() == 3);
  CHECK((subs.at("a\"").recover && subs.at("a\"").offset == 5 && subs.at("a\"").epoch == "e"));
  CHECK_FALSE((subs.at("b").recover || subs.at("c").recover));
  for (const auto* subs_text : {"[]", R"({"a":[]})", R"({"a":{"offset":-1}})", R"({"a":{"recover":1}})"})
    CHECK_FALSE(decode(dialect::json, std::string(R"({"id":1,"connect":{"subs":)") + subs_text + "}}"));
}

TEST_CASE("The other commands") {
  one<pong>("{}", 0);
  one<pong>(" { \"unknown\" : 1 } ", 0);
  one<ping_command>(R"({"ping":{},"id":5})", 5);
  CHECK(one<unsubscribe_command>(R"({"id":2,"unsubscribe":{"channel":"c"}})", 2).channel == "c");
  CHECK(one<refresh_command>(R"({"id":2,"refresh":{"token":"t"}})", 2).token == "t");
  const auto refresh = one<sub_refresh_command>(R"({"id":4294967295,"sub_refresh":{"channel":"c","token":"t"}})", 4'294'967'295U);
  CHECK(refresh.channel == "c");
  CHECK(refresh.token == "t");
  const auto history =
      one<history_command>(R"({"id":1,"history":{"channel":"c","limit":-1,"reverse":true,"since":{"epoch":"e","offset":9}}})", 1);
  CHECK(history.limit == -1);
  CHECK(history.reverse);
  CHECK(history.since_offset == 9U);
  CHECK(history.since_epoch == "e");
  CHECK_FALSE(one<history_command>(R"({"id":1,"history":{"channel":"c","since":null}})", 1).since_offset);
  CHECK(one<send_command>(R"({"id":3,"send":{"data":1}})", 0).data == "1");
}

TEST_CASE("Members may come in any order, be null, escaped, unknown or repeated") {
  const auto subscribe = one<subscribe_command>(
      R"({"x":{"id":[9]},"subscribe":{"\u0063hannel":"a\u00e9\n","data":null,"tf":null,"offset":null,"recover":null,"nope":[{}],"flag":1,"flag":3},"connect":null,"id":1})",
      1);
  CHECK(subscribe.channel == "a\u00e9\n");
  CHECK(subscribe.data.empty());
  CHECK(subscribe.tags_filter.empty());
  CHECK(subscribe.flag == 3);
  CHECK(one<publish_command>(R"({"publish":{"channel":"c","data":null},"id":1})", 1).data == "null");
}

TEST_CASE("Payloads keep their bytes and hold no line break") {
  CHECK(one<publish_command>(R"({"publish":{"data": { "b" : 1.0, "a":"\u00e9" } ,"channel":"c"},"id":1})", 1).data ==
        R"({ "b" : 1.0, "a":"\u00e9" })");
  CHECK(one<publish_command>("{\"publish\":{\"data\":[1,\r2],\"channel\":\"c\"},\"id\":1}\r", 1).data == "[1,2]");
}

TEST_CASE("Blank lines between commands are passed over") { CHECK(all("{}\n\n{}\r\n").size() == 2); }

TEST_CASE("A malformed command fails the whole message") {
  for (const std::string_view message : {
           "",
           "\n",
           "   ",
           "null",
           "[]",
           "1",
           "{",
           "{}{}",
           "\xFF",
           R"({"id":1})",
           R"({"id":1,"unknown":{}})",
           R"({"id":1,"publish":null})",
           R"({"publish":{"channel":"c","data":1}})",
           R"({"id":0,"connect":{}})",
           R"({"id":1,"connect":{},"publish":{"channel":"c"}})",
           R"({"id":1,"connect":{},"connect":{}})",
           R"({"id":1,"send":{},"connect":{}})",
           R"({"id":"1","connect":{}})",
           R"({"id":-1,"connect":{}})",
           R"({"id":1.0,"connect":{}})",
           R"({"id":4294967296,"connect":{}})",
           R"({"id":1,"connect":[]})",
           R"({"id":1,"connect":"x"})",
           R"({"id":1,"connect":{"token":1}})",
           R"({"id":1,"subscribe":{"channel":{}}})",
           R"({"id":1,"subscribe":{"channel":"c","recover":1}})",
           R"({"id":1,"subscribe":{"channel":"c","offset":-1}})",
           R"({"id":1,"subscribe":{"channel":"c","limit":-1}})",
           R"({"id":1,"history":{"channel":"c","limit":2147483648}})",
           R"({"id":1,"history":{"channel":"c","since":5}})",
           R"({"id":1,"history":{"channel":"c","since":{"offset":"1"}}})",
           R"({"id":1,"publish":{"channel":"c","data":{"deep":[tru]}}})",
           R"({"id":1,"publish":{"channel":"c","data":{"bad":"\x"}}})",
           "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":\"\xC3\"}}",
           "{\"id\":1,\n\"connect\":{}}",
           "{}\n{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":}}",
       }) {
    INFO(message);
    const auto decoded = decode(dialect::json, message);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().code == errc::bad_request);
  }
}

TEST_CASE("Nesting is bounded") {
  const auto publish = [](std::size_t levels) {
    return R"({"id":1,"publish":{"channel":"c","data":)" + std::string(levels, '[') + '1' + std::string(levels, ']') + "}}";
  };
  CHECK(decode(dialect::json, publish(limits{}.json_depth_max - 2)).has_value());
  CHECK_FALSE(decode(dialect::json, publish(limits{}.json_depth_max - 1)).has_value());
}
