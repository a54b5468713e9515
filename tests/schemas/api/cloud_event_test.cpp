#include "schemas/api/publish_body.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

namespace {

constexpr std::string_view structured = "application/cloudevents+json; charset=utf-8";

// A valid event with further members.
std::string event(std::string_view members = {}, std::string_view id = "1") {
  std::string json = R"({"specversion":"1.0","id":")";
  return json.append(id).append(R"(","source":"/host/a","type":"reading")").append(members.empty() ? "" : ",").append(members).append("}");
}

result<publish_body> parse(std::string_view body, std::string_view room = "r", std::string_view type = structured) {
  return parse_publish({type, room, "ann"}, body, {});
}

operation one(std::string_view members) {
  auto parsed = parse(event(members));
  if (!parsed) FAIL(parsed.error().detail);
  REQUIRE(parsed->operations.size() == 1);
  return std::move(parsed->operations[0]);
}

// The pointer of the fault.
std::string pointer(std::string_view body, std::string_view room = "r", std::string_view type = structured) {
  INFO(body);
  const auto parsed = parse(body, room, type);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == errc::bad_request);
  return parsed.error().detail.substr(0, parsed.error().detail.find(':'));
}

}  // namespace

TEST_CASE("an event is an operation") {
  const auto made = one(R"("subject":"cpu/0","op":"set","data":{"load":1})");
  CHECK(made.key == "cpu/0");
  CHECK(made.kind == operation_kind::set);
  CHECK(made.data == R"({"load":1})");
  REQUIRE(made.once);
  CHECK(made.once->scope == std::string("ce\0ann", 6));
  CHECK(made.once->id == "/host/a 1");
  CHECK(one(R"("subject":"a","data":1)").kind == operation_kind::merge);
  CHECK(one(R"("subject":"a","op":"remove")").kind == operation_kind::remove);
  CHECK(one(R"("subject":"a","data":1,"ttl":5)").ttl_s == 5);
  CHECK_FALSE(one(R"("data":1)").key);
}

TEST_CASE("what says nothing about the change does not change the fingerprint") {
  const auto print = [](std::string_view members) { return one(members).once->fingerprint; };
  CHECK(print(R"("data":1,"time":"2018-04-05T17:31:00Z")") == print(R"("data":1,"time":"2019-04-05T17:31:00Z")"));
  CHECK(print(R"("data":1)") != print(R"("data":2)"));
}

TEST_CASE("valid attributes of all types") {
  const auto made =
      one(R"("subject":"s","data":1,"time":"2018-04-05T17:31:00.5+02:00","dataschema":"urn:x:y","datacontenttype":"application/geo+json",)"
          R"("flag":true,"count":-2147483648,"text":"","nothing":null,"traceparent":"00-x","comexample1":2147483647)");
  CHECK(made.key == "s");
  CHECK_FALSE(one(R"("subject":null,"data":1)").key);
}

TEST_CASE("invalid events are refused") {
  CHECK(pointer("[]") == "the body");
  CHECK(pointer("{}") == "/id");
  CHECK(pointer(R"({"id":"1","source":"/a","type":"t","data":1})") == "/specversion");
  CHECK(pointer(R"({"specversion":"0.9","id":"1","source":"/a","type":"t","data":1})") == "/specversion");
  CHECK(pointer(R"({"specversion":"1.0","id":"","source":"/a","type":"t","data":1})") == "/id");
  CHECK(pointer(R"({"specversion":"1.0","id":1,"source":"/a","type":"t","data":1})") == "/id");
  CHECK(pointer(R"({"specversion":"1.0","id":"1","source":"","type":"t","data":1})") == "/source");
  CHECK(pointer(R"({"specversion":"1.0","id":"1","source":"a b","type":"t","data":1})") == "/source");
  CHECK(pointer(R"({"specversion":"1.0","id":"1","source":"%zz","type":"t","data":1})") == "/source");
  CHECK(pointer(R"({"specversion":"1.0","id":"1","source":"/a","type":"","data":1})") == "/type");
  CHECK(pointer(R"({"specversion":"1.0","id":"1","source":"/a","type":null,"data":1})") == "/type");
  CHECK(pointer(event(R"("time":"2018-04-05T18:31Z","data":1)")) == "/time");
  CHECK(pointer(event(R"("time":"2018-04-05T17:31:00+25:00","data":1)")) == "/time");
  CHECK(pointer(event(R"("time":"2018-04-05T17:31:00+05","data":1)")) == "/time");
  CHECK(pointer(event(R"("Extra":"x","data":1)")) == "/Extra");
  CHECK(pointer(event(R"("com.example":"x","data":1)")) == "/com.example");
  CHECK(pointer(event(R"("if_version":1,"data":1)")) == "/if_version");
  CHECK(pointer(event(R"("ext":1.5,"data":1)")) == "/ext");
  CHECK(pointer(event(R"("ext":2147483648,"data":1)")) == "/ext");
  CHECK(pointer(event(R"("ext":{},"data":1)")) == "/ext");
  CHECK(pointer(event(R"("ext":[],"data":1)")) == "/ext");
  CHECK(pointer(event(R"("data":1,"data_base64":"MQ==")")) == "/data_base64");
  CHECK(pointer(event(R"("datacontenttype":"xyz","data":1)")) == "/datacontenttype");
  CHECK(pointer(event(R"("subject":"","data":1)")) == "/subject");
  CHECK(pointer(event(R"("dataschema":"","data":1)")) == "/dataschema");
  CHECK(pointer(event(R"("dataschema":"/relative","data":1)")) == "/dataschema");
  CHECK(pointer(event(R"("op":"merge","data":1)")) == "/op");
  CHECK(pointer(event(R"("subject":"a","data":1,"ttl":"5s")")) == "/ttl");
  CHECK(pointer(event(R"("op":true,"subject":"a","data":1)")) == "/op");
  CHECK(pointer(event()) == "/data");
}

TEST_CASE("data of an event") {
  CHECK(one(R"("data":"a string")").data == R"("a string")");
  CHECK(one(R"("data":null)").data == "null");
  CHECK(one(R"("datacontenttype":"text/plain","data":"{}")").data == R"("{}")");
  CHECK(pointer(event(R"("datacontenttype":"text/plain","data":{})")) == "/data");
  CHECK(one(R"("data_base64":"eyJhIjoxfQ==")").data == R"({"a":1})");
  CHECK(pointer(event(R"("data_base64":"eyJhIjoxfQ")")) == "/data_base64");
  CHECK(pointer(event(R"("data_base64":"e30x")")) == "/data_base64");  // {}1
  CHECK(pointer(event(R"("data_base64":7)")) == "/data_base64");
  CHECK(parse(event(R"("datacontenttype":"image/png","data_base64":"AAAA")")).error().code == errc::unsupported_media);
}

TEST_CASE("the room of an event") {
  CHECK(parse(event(R"("data":1,"room":"a:b")"), "")->room == "a:b");
  CHECK(parse(event(R"("data":1,"room":"r")"))->room == "r");
  CHECK(pointer(event(R"("data":1,"room":"other")")) == "/room");
  CHECK(pointer(event(R"("data":1)"), "") == "/room");
  CHECK(pointer(event(R"("data":1,"room":"a:*")"), "") == "/room");
  CHECK(pointer(event(R"("data":1,"room":5)"), "") == "/room");
  CHECK(parse(event(R"("data":1,"room":"$users:a")"), "").error().code == errc::permission_denied);
}

TEST_CASE("a batch of events") {
  constexpr std::string_view batch = "application/cloudevents-batch+json";
  const auto in_a = R"("data":1,"room":"a")";
  const auto parsed = parse("[" + event(in_a) + "," + event(in_a, "2") + "]", "", batch);
  REQUIRE(parsed);
  CHECK(parsed->room == "a");
  CHECK(parsed->as_array);
  CHECK(parsed->operations.size() == 2);
  CHECK(pointer("[" + event(in_a) + "," + event(in_a) + "]", "", batch) == "/1");
  CHECK(pointer("[" + event(in_a) + "," + event(R"("data":1,"room":"b")", "2") + "]", "", batch) == "/1/room");
  CHECK(pointer("[" + event(in_a) + ",{}]", "", batch) == "/1/id");
  CHECK(pointer(event(in_a), "", batch) == "the body");
}
