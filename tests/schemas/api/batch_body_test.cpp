#include "schemas/api/batch_body.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

namespace {

result<batch_body> parse(std::string_view body, const limits& bounds = {}) { return parse_batch("application/json", "ann", body, bounds); }

failure refused(std::string_view body, const limits& bounds = {}) {
  INFO(body);
  const auto parsed = parse(body, bounds);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

std::string place(std::string_view body) {
  const auto why = refused(body);
  CHECK(why.code == errc::bad_request);
  return why.detail.substr(0, why.detail.find(':'));
}

}  // namespace

TEST_CASE("operations of a batch are publications that name their rooms") {
  const auto made = parse(R"({"operations":[{"room":"a","key":"k","data":{"n":1},"idempotency_key":"1"},
                                            {"room":"b:c","data":[2]},{"room":"a","key":"k","op":"remove","if_version":3}]})");
  REQUIRE(made);
  CHECK_FALSE(made->atomic);
  REQUIRE(made->items.size() == 3);
  CHECK(made->items[0].room == "a");
  CHECK(made->items[0].what.kind == operation_kind::merge);
  CHECK(made->items[0].what.once->scope == std::string("key\0ann", 7));
  CHECK(made->items[1].room == "b:c");
  CHECK(made->items[1].what.data == "[2]");
  CHECK(made->items[2].what.kind == operation_kind::remove);
  CHECK(parse(R"({"atomic":true,"operations":[{"room":"a","data":1}]})")->atomic);
}

TEST_CASE("a batch that is wrong is refused whole, with the place") {
  CHECK(place("[]") == "the body");
  CHECK(place("{}") == "/operations");
  CHECK(place(R"({"operations":[]})") == "/operations");
  CHECK(place(R"({"operations":{}})") == "/operations");
  CHECK(place(R"({"operations":[{"room":"a","data":1}],"atomic":1})") == "/atomic");
  CHECK(place(R"({"operations":[{"room":"a","data":1}],"more":1})") == "/more");
  CHECK(place(R"({"operations":[{"room":"a","data":1},{"data":1}]})") == "/operations/1/room");
  CHECK(place(R"({"operations":[{"room":1,"data":1}]})") == "/operations/0/room");
  CHECK(place(R"({"operations":[{"room":"a*","data":1}]})") == "/operations/0/room");
  CHECK(place(R"({"operations":[{"room":"a","data":1,"op":"spoil"}]})") == "/operations/0/op");
  CHECK(place(R"({"operations":[{"room":"a","key":"k","op":"patch","data":{}}]})") == "/operations/0/data");
  CHECK(place(R"({"operations":[1]})") == "/operations/0");
  CHECK(refused(R"({"operations":[{"room":"$sys","data":1}]})").code == errc::permission_denied);
  CHECK(parse_batch("text/plain", "ann", "{}", {}).error().code == errc::unsupported_media);
}

TEST_CASE("an id stands once for each room") {
  CHECK(place(R"({"operations":[{"room":"a","data":1,"idempotency_key":"x"},{"room":"a","data":1,"idempotency_key":"x"}]})") ==
        "/operations/1");
  CHECK(parse(R"({"operations":[{"room":"a","data":1,"idempotency_key":"x"},{"room":"b","data":1,"idempotency_key":"x"}]})"));
}

TEST_CASE("a batch and its documents are bounded") {
  limits bounds;
  bounds.batch_items_max = 1;
  bounds.json_depth_max = 2;
  bounds.document_bytes_max = 10;
  CHECK(refused(R"({"operations":[{"room":"a","data":1},{"room":"a","data":1}]})", bounds).code == errc::limit_exceeded);
  CHECK(parse(R"({"operations":[{"room":"a","data":[[1]]}]})", bounds));
  CHECK(refused(R"({"operations":[{"room":"a","data":[[[1]]]}]})", bounds).code == errc::bad_request);
  CHECK(refused(R"({"operations":[{"room":"a","data":"0123456789"}]})", bounds).code == errc::payload_too_large);
}

TEST_CASE("a line is a publication; it names its room where the path does not") {
  std::string room;
  const auto made = parse_line(R"( {"room":"a","key":"k","data":1} )", "ann", room, {});
  REQUIRE(made);
  CHECK(room == "a");
  CHECK(made->key == "k");
  room = "a";
  CHECK(parse_line(R"({"data":1})", "ann", room, {}));
  CHECK(parse_line(R"({"room":"a","data":1})", "ann", room, {}));
  CHECK_FALSE(parse_line(R"({"room":"b","data":1})", "ann", room, {}));
  room.clear();
  CHECK_FALSE(parse_line(R"({"data":1})", "ann", room, {}));
  limits bounds;
  bounds.ingest_line_bytes_max = 19;
  room = "a";
  CHECK(parse_line(R"({"data":"12345678"})", "ann", room, bounds).has_value());
  CHECK(parse_line(R"({"data":"123456789"})", "ann", room, bounds).error().code == errc::payload_too_large);
}
