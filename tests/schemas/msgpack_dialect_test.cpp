// The MessagePack dialect says what the JSON dialect says: the same objects, member for member.
#include <array>
#include <string>

#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/msgpack_value.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;
using namespace std::string_literals;

namespace {

// The objects of a message in MessagePack as JSON, one in each line.
std::string as_json(std::string_view message) {
  std::string out;
  while (!message.empty()) {
    if (!out.empty()) out += '\n';
    const auto used = append_json_of_msgpack(out, message, 64);
    if (!used) return out + used.error().detail;
    message.remove_prefix(*used);
  }
  return out;
}

// What `encode` appends in both dialects is the same.
template <class Encode>
void check_same(Encode encode) {
  std::string json;
  std::string bytes;
  encode(dialect::json, json);
  encode(dialect::msgpack, bytes);
  CHECK_FALSE(bytes.empty());
  CHECK(as_json(bytes) == json);
}

publication_ptr published(std::uint64_t offset, std::string data, std::optional<std::string> key = {}, tag_map tags = {}) {
  publication made;
  made.offset = offset;
  made.data = std::move(data);
  made.removed = made.data.empty();
  made.key = std::move(key);
  made.tags = std::move(tags);
  made.tags_before = made.tags;
  return std::make_shared<const publication>(std::move(made));
}

publication_ptr by(client_info who, std::string epoch) {
  publication made;
  made.offset = 1;
  made.data = "1";
  made.info = std::move(who);
  made.epoch = std::move(epoch);
  return std::make_shared<const publication>(std::move(made));
}

entity_ptr entity(std::string key, std::uint64_t version, std::string data) {
  return std::make_shared<const entity_document>(entity_document{std::move(key), version, 0, std::move(data), {{"type", "x"}}});
}

view_ptr chosen_view(subscription_type type, bool delta) {
  view made;
  made.type = type;
  made.fields = *field_mask::of({"v"}, limits{});
  made.delta = delta;
  return std::make_shared<const view>(std::move(made));
}

subscribe_result map_result(subscribe_phase phase) {
  subscribe_result what;
  what.type = subscription_type::map;
  what.phase = phase;
  what.epoch = "e";
  what.offset = 300;
  what.cursor = "c";
  what.recoverable = what.positioned = what.was_recovering = what.recovered = what.expires = true;
  what.ttl_s = 60;
  what.publish_debounce_ms = 100;
  what.channel_number = 70'000;
  what.data = R"([1.5,"x"])";
  std::vector<entity_ptr> rows;
  for (std::uint64_t i = 1; i < 20; ++i) rows.push_back(entity("k" + std::to_string(i), i, R"({"v":1,"w":[null,true,-7]})"));
  what.state = std::move(rows);
  what.publications =
      std::vector<publication_ptr>{published(298, R"({"v":2.25,"w":1})", "a"), published(299, "", "b"), published(300, "[]")};
  return what;
}

std::vector<any_result> results() {
  auto stream = map_result(subscribe_phase::live);
  stream.type = subscription_type::stream;
  stream.state = {};
  auto chosen = map_result(subscribe_phase::live);
  chosen.through = chosen_view(subscription_type::map, false);
  const client_info ann{"ann", "c1", R"({"n":1})", "2"};
  return {connect_result{"c", "tidewire", true, 60, R"({"a":[]})", {{"a\"", stream}, {"b", {}}}, 25, true, "s", "n"},
          connect_result{},
          stream,
          subscribe_result{},
          map_result(subscribe_phase::state),
          map_result(subscribe_phase::stream),
          map_result(subscribe_phase::live),
          chosen,
          unsubscribe_result{},
          publish_result{},
          presence_result{{ann, {"", "c\"2", "", ""}}},
          presence_result{},
          presence_stats_result{2, 1},
          history_result{{published(1, "null"), by(ann, "e")}, "e", 9'000'000'000},
          history_result{},
          rpc_result{"[1]"},
          refresh_result{"c", "v", true, 60},
          sub_refresh_result{true, 70'000},
          ping_result{}};
}

}  // namespace

TEST_CASE("MessagePack: every reply is the object of the JSON dialect") {
  std::uint32_t id = 120;
  for (const auto& each : results()) {
    check_same([&](dialect as, std::string& out) { encode_reply(as, id, each, out); });
    ++id;
  }
  for (const auto code : {errc::internal, errc::not_available, errc::unrecoverable})
    check_same([&](dialect as, std::string& out) { encode_error(as, 4'000'000'000, code, "say \"x\"\n", out); });
}

TEST_CASE("MessagePack: every push is the object of the JSON dialect") {
  const client_info ann{"ann", "c1", "", "[1]"};
  check_same([](dialect as, std::string& out) { encode_unsubscribe(as, "a\"", 2500, "insufficient state", out); });
  check_same([](dialect as, std::string& out) { encode_disconnect(as, 3001, "shutdown", out); });
  check_same([&](dialect as, std::string& out) {
    encode_announcement(as, {"a"}, {false, ann}, out);
    join(as, out);
    encode_announcement(as, {"a"}, {true, ann}, out);
    join(as, out);
    encode_announcement(as, {"a", 5'000'000'000}, {true, ann}, out);
    join(as, out);
    encode_message(as, R"({"hi":[1,null]})", out);
    join(as, out);
    encode_ping(as, out);
  });
  const std::vector<change> run{{published(1, R"({"v":1})", "k", {{"a", "1"}, {"b", "\u00e9"}}), nullptr},
                                {published(2, R"({"v":0.5})"), nullptr},
                                {published(3, "", "k"), nullptr},
                                {by(ann, "e7"), nullptr}};
  for (const auto type : {subscription_type::stream, subscription_type::map})
    for (const auto& through : {plain_view(type), chosen_view(type, false)})
      for (const std::uint64_t number : {0U, 7U})
        check_same([&](dialect as, std::string& out) {
          publication_ptr last;
          const auto part = encode_run(as, *through, {"room", number}, run, last, 10'000, out);
          CHECK(part.done == run.size());
        });
}

TEST_CASE("MessagePack: bytes on the wire") {
  std::string out;
  encode_ping(dialect::msgpack, out);
  CHECK(out == "\x80");
  out.clear();
  encode_reply(dialect::msgpack, 2, publish_result{}, out);
  CHECK(out == "\x82\xa2id\x02\xa7publish\x80");
  out.clear();
  publication_ptr last;
  const std::vector<change> run{{published(1, R"({"v":1.5,"on":true})", "k"), nullptr}, {published(2, "", "k"), nullptr}};
  encode_run(dialect::msgpack, *plain_view(subscription_type::map), {"room"}, run, last, 1'000, out);
  const auto head = "\x81\xa4push\x82\xa7"s + "channel\xa4room\xa3pub"s;
  CHECK((out == head + "\x83\xa4"s + "data\x82\xa1v\xcb\x3f\xf8\0\0\0\0\0\0\xa2on\xc3\xa6offset\x01\xa3key\xa1k"s + head +
                    "\x83\xa6offset\x02\xa3key\xa1k\xa7removed\xc3"s));
}

TEST_CASE("MessagePack: a message of a run ends where the limit is") {
  std::vector<change> run;
  for (std::uint64_t i = 1; i <= 3; ++i) run.push_back({published(i, "1"), nullptr});
  publication_ptr last;
  std::string one;
  encode_run(dialect::msgpack, *plain_view(subscription_type::stream), {"c"}, std::span(run).first(1), last, 1'000, one);
  std::string two;
  const auto part = encode_run(dialect::msgpack, *plain_view(subscription_type::stream), {"c"}, run, last, 2 * one.size(), two);
  CHECK((part.done == 2 && part.shown == 2));
  CHECK(two.size() == 2 * one.size());
}

TEST_CASE("MessagePack: with deltas, data is the bytes of the JSON text, or of the delta between two") {
  const std::string first = R"({"v":"a text that is long enough to be worth a delta","n":1})";
  const std::string second = R"({"v":"a text that is long enough to be worth a delta","n":2})";
  view through;
  through.delta = true;
  const std::vector<change> run{{published(1, first), nullptr}, {published(2, second), nullptr}, {published(3, "", "k"), nullptr}};
  publication_ptr last;
  std::string json;
  encode_run(dialect::json, through, {"c"}, run, last, 10'000, json);
  last = nullptr;
  std::string bytes;
  encode_run(dialect::msgpack, through, {"c"}, run, last, 10'000, bytes);
  const auto delta = look(through, *run[1].told, {nullptr, &first}).data;
  REQUIRE(delta.size() < second.size());
  const auto bin = [](const std::string& data) { return "\xa4"s + "data\xc4"s + static_cast<char>(data.size()) + data; };
  CHECK(bytes.find("\x82"s + bin(first) + "\xa6offset\1") != std::string::npos);
  CHECK(bytes.find("\x83"s + bin(delta) + "\xa6offset\2\xa5"s + "delta\xc3") != std::string::npos);
  CHECK(bytes.find("\x82"s + bin("null") + "\xa6offset\3") != std::string::npos);

  auto state = map_result(subscribe_phase::state);
  state.through = chosen_view(subscription_type::map, true);
  bytes.clear();
  encode_reply(dialect::msgpack, 1, state, bytes);
  CHECK(bytes.find("\x84"s + bin(R"({"v":1})") + "\xa6offset\1\xa3key\xa2k1") != std::string::npos);
}

TEST_CASE("MessagePack: commands are those of the JSON dialect") {
  const auto message = "\x82\xa2id\x01\xa7"s + "connect\x81\xa5token\xa1t" + "\x80" + "\x82\xa7publish\x82\xa7"s + "channel\xa1r\xa4" +
                       "data\x92\xcb\x3f\xf8\0\0\0\0\0\0\xa1\n"s + "\xa2id\xcd\1\0"s + "\x81\xa4send\x81\xa4" + "data\xc0";
  const auto commands = decode(dialect::msgpack, message);
  REQUIRE(commands);
  REQUIRE(commands->size() == 4);
  CHECK(commands->at(0).id == 1);
  CHECK(std::get<connect_command>(commands->at(0).body).token == "t");
  CHECK(std::holds_alternative<pong>(commands->at(1).body));
  CHECK(commands->at(2).id == 256);
  CHECK(std::get<publish_command>(commands->at(2).body).channel == "r");
  CHECK(std::get<publish_command>(commands->at(2).body).data == R"([1.5,"\n"])");
  CHECK(std::get<send_command>(commands->at(3).body).data == "null");
}

TEST_CASE("MessagePack: a subscribe with everything in it") {
  const std::string json =
      R"({"id":7,"subscribe":{"channel":"é","token":"t","data":{"fields":["a"],"max_rate":0.5},"recover":true,"epoch":"e","offset":18446744073709551615,"positioned":true,"recoverable":true,"join_leave":true,"delta":"fossil","tf":{"key":"state","cmp":"eq","val":"on"},"flag":3,"type":1,"phase":2,"cursor":"c\"","limit":100,"unknown":[{}]}})";
  std::string bytes;
  append_msgpack_value(bytes, json);
  const auto commands = decode(dialect::msgpack, bytes);
  REQUIRE(commands);
  const auto& read = std::get<subscribe_command>(commands->at(0).body);
  CHECK(read.channel == "é");
  CHECK(read.data == R"({"fields":["a"],"max_rate":0.5})");
  CHECK(read.tags_filter == R"({"key":"state","cmp":"eq","val":"on"})");
  CHECK((read.recover && read.positioned && read.recoverable && read.join_leave));
  CHECK((read.epoch == "e" && read.offset == 18'446'744'073'709'551'615U && read.delta == "fossil" && read.cursor == "c\""));
  CHECK((read.flag == 3 && read.type == 1 && read.phase == 2 && read.limit == 100));
}

TEST_CASE("MessagePack: what is malformed fails the whole message") {
  const std::array<std::string, 16> malformed{
      ""s,
      "\xc0"s,
      "\x90"s,
      "\x01"s,
      "\xa2{}"s,
      R"({"id":1,"ping":{}})"s,
      "\x82\xa2id\x01\xa4ping"s,                                  // cut short
      "\x82\xa2id\x01\xa4ping\x80\xc1"s,                          // rubbish behind
      "\x81\xa4ping\x80"s,                                        // no id
      "\x81\xa2id\x01"s,                                          // no request
      "\x83\xa2id\x01\xa4ping\x80\xa7history\x80"s,               // two of them
      "\x82\xa2id\xcb\x3f\xf0\0\0\0\0\0\0\xa4ping\x80"s,          // 1.0 is no id
      "\x82\xa2id\xcf\0\0\0\1\0\0\0\0\xa4ping\x80"s,              // more than 32 bits
      "\x82\xa2id\xa1\x31\xa4ping\x80"s,                          // "1"
      "\x82\xa2id\x01\xa9subscribe\x81\xa7"s + "channel\xc4\1r",  // bin is no name
      "\x82\xa2id\x01\xa7publish\x82\xa7"s + "channel\xa1r\xa4" + "data\xc4\1x",
  };
  for (const auto& each : malformed) {
    INFO(as_json(each));
    CHECK_FALSE(decode(dialect::msgpack, each));
  }
}

TEST_CASE("MessagePack: one pong a message, however many fit in") {
  CHECK(decode(dialect::msgpack, "\x80\x82\xa2id\x01\xa4ping\x80").has_value());
  CHECK_FALSE(decode(dialect::msgpack, "\x80\x82\xa2id\x01\xa4ping\x80\x80"));
  CHECK_FALSE(decode(dialect::msgpack, std::string(65'536, '\x80')));
}

TEST_CASE("MessagePack: nesting is bounded as in JSON") {
  const auto publish = [](std::size_t levels) {
    std::string nested(levels - 1, '\x91');
    return "\x82\xa2id\x01\xa7publish\x82\xa7"s + "channel\xa1r\xa4" + "data" + nested + "\x91\1";
  };
  CHECK(decode(dialect::msgpack, publish(limits{}.json_depth_max - 2)).has_value());
  CHECK_FALSE(decode(dialect::msgpack, publish(limits{}.json_depth_max - 1)));
}
