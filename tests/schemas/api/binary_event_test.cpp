#include "schemas/api/publish_body.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

namespace {

const event_attributes whole{{"specversion", "1.0"}, {"id", "1"}, {"source", "/host/a"}, {"type", "reading"}};

event_attributes with(event_attributes more) {
  more.insert(more.begin(), whole.begin(), whole.end());
  return more;
}

event_attributes without(std::string_view name) {
  auto rest = whole;
  std::erase_if(rest, [&](const auto& each) { return each.first == name; });
  return rest;
}

result<publish_body> parse(event_attributes headers, std::string_view body = "1", std::string_view type = "application/json",
                           std::string_view room = "r") {
  return parse_publish({type, room, "ann", std::move(headers)}, body, {});
}

operation one(event_attributes headers, std::string_view body = "1", std::string_view type = "application/json") {
  const auto parsed = parse(std::move(headers), body, type);
  if (!parsed) FAIL(parsed.error().detail);
  CHECK_FALSE(parsed->as_array);
  REQUIRE(parsed->operations.size() == 1);
  return parsed->operations[0];
}

failure refused(event_attributes headers, std::string_view body = "1", std::string_view type = "application/json",
                std::string_view room = "r") {
  const auto parsed = parse(std::move(headers), body, type, room);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

std::string place(event_attributes headers, std::string_view body = "1", std::string_view type = "application/json") {
  const auto why = refused(std::move(headers), body, type);
  CHECK(why.code == errc::bad_request);
  return why.detail.substr(0, why.detail.find(':'));
}

}  // namespace

TEST_CASE("attributes as headers, data as the body: the same operation as in structured mode") {
  const auto made = one(with({{"subject", "cpu/0"}, {"op", "set"}, {"ttl", "60"}, {"ifversion", "12"}}), R"( {"load": 1} )",
                        "application/json; charset=utf-8");
  const auto structured = parse_publish(
      {"application/cloudevents+json", "r", "ann"},
      R"({"specversion":"1.0","id":"1","source":"/host/a","type":"reading","subject":"cpu/0","op":"set","ttl":60,"ifversion":12,"data":{"load": 1}})",
      {});
  REQUIRE(structured);
  CHECK(made == structured->operations[0]);
  CHECK(made.data == R"({"load": 1})");
  CHECK(made.once->id == "/host/a 1");
  CHECK(parse(with({{"room", "other:1"}}), "1", "application/json", "")->room == "other:1");
  CHECK(one(with({{"subject", "a"}, {"op", "remove"}}), "").data.empty());
  CHECK(one(with({{"subject", "a"}, {"op", "remove"}}), "", "").kind == operation_kind::remove);
}

TEST_CASE("values of headers are unquoted, then percent-decoded once") {
  CHECK(one(with({{"subject", "Euro%20%E2%82%AC%20%F0%9F%98%80"}})).key == "Euro € 😀");
  CHECK(one(with({{"subject", "a b"}})).key == "a b");
  CHECK(one(with({{"subject", R"("a \"b\" \\c %2541")"}})).key == R"(a "b" \c %41)");
  CHECK(one(with({{"subject", "%22a%22"}})).key == "\"a\"");
  for (const auto* wrong : {"%C0%A0", "%", "%zz", "\"open", "\"a\"b", "\"a\\", "\xFF"})
    CHECK(place(with({{"subject", wrong}})) == "ce-subject");
}

TEST_CASE("what is missing or wrong is told by the name of its header") {
  for (const auto& [name, value] : whole) CHECK(place(without(name)) == "ce-" + std::string(name));
  CHECK(refused(without("type")).detail == "ce-type: is missing");
  CHECK(place(with({{"subject", ""}})) == "ce-subject");
  CHECK(place(with({{"time", "yesterday"}})) == "ce-time");
  CHECK(place(with({{"dataschema", "relative"}})) == "ce-dataschema");
  CHECK(place(with({{"x-y", "1"}})) == "ce-x-y");
  CHECK(place(with({{"id", "2"}})) == "ce-id");
  CHECK(place(with({{"data", "1"}})) == "ce-data");
  CHECK(place(with({{"datacontenttype", "application/json"}})) == "ce-datacontenttype");
  CHECK(place(with({{"op", "spoil"}})) == "ce-op");
  CHECK(place(with({{"subject", "a"}, {"ttl", "soon"}})) == "ce-ttl");
  CHECK(place(with({{"room", "other"}})) == "ce-room");
  CHECK(place(with({{"subject", "a"}}), "") == "the body");
  CHECK(place(with({}), "{") == "the body");
  CHECK(place(with({}), R"(1,"room":"other")") == "the body");
  auto old = without("specversion");
  old.emplace_back("specversion", "0.3");
  CHECK(place(old) == "ce-specversion");
}

TEST_CASE("data is JSON, or text that becomes a string; anything else is 415") {
  CHECK(one(with({}), R"("a")", "application/vnd.example+json").data == R"("a")");
  CHECK(one(with({}), "line\n\"two\"", "text/plain").data == R"("line\n\"two\"")");
  CHECK(place(with({}), "\xFF", "text/plain") == "the body");
  for (const auto* type : {"application/octet-stream", "application/xml", "text/plain; charset=latin1", "nonsense", ""})
    CHECK(refused(with({}), "1", type).code == errc::unsupported_media);
}

TEST_CASE("the content type decides first: an event in the JSON format stays one, whatever headers come with it") {
  CHECK(refused(with({}), "1", "application/cloudevents+avro").code == errc::unsupported_media);
  const auto parsed =
      parse(with({{"subject", "header"}}), R"({"specversion":"1.0","id":"1","source":"/a","type":"t","subject":"body","data":1})",
            "application/cloudevents+json");
  REQUIRE(parsed);
  CHECK(parsed->operations[0].key == "body");
}
