#include "schemas/api/publish_body.hpp"

#include <optional>
#include <set>

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;
using demand = precondition::demand;

namespace {

constexpr std::string_view plain = "application/json";
constexpr std::string_view batch = "application/cloudevents-batch+json";

result<publish_body> parse(std::string_view body, std::string_view type = plain, std::string_view room = "r", const limits& bounds = {}) {
  return parse_publish({type, room, "ann"}, body, bounds);
}

operation one(std::string_view body, std::string_view type = plain) {
  auto parsed = parse(body, type);
  if (!parsed) FAIL(parsed.error().detail);
  REQUIRE(parsed->operations.size() == 1);
  CHECK_FALSE(parsed->as_array);
  return std::move(parsed->operations[0]);
}

failure refused(std::string_view body, std::string_view type = plain, std::string_view room = "r", const limits& bounds = {}) {
  INFO(body);
  const auto parsed = parse(body, type, room, bounds);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

void check_refused(std::string_view body, std::string_view pointer) {
  INFO(body);
  const auto why = refused(body);
  CHECK(why.code == errc::bad_request);
  CHECK(why.detail.substr(0, why.detail.find(':')) == pointer);
}

}  // namespace

TEST_CASE("a plain publication without a key goes to the stream") {
  const auto made = one(R"({"data":{"v":1}})");
  CHECK_FALSE(made.key);
  CHECK(made.kind == operation_kind::set);
  CHECK(made.data == R"({"v":1})");
  CHECK_FALSE(made.tags);
  CHECK(made.only_if == precondition{});
  CHECK_FALSE(made.once);
  CHECK(one(R"({"data":null,"op":"set"})").data == "null");
}

TEST_CASE("a plain publication with everything") {
  const auto made =
      one(R"({"key":"cpu\/0","op":"increment","data":{"n":1},"tags":{"b":"2","a":"\n"},"if_version":7,"ttl":60,"idempotency_key":"id-1"})");
  CHECK(made.key == "cpu/0");
  CHECK(made.kind == operation_kind::increment);
  CHECK(made.tags == tag_map{{"a", "\n"}, {"b", "2"}});
  CHECK(made.only_if == precondition{demand::one_of, {{"", 7}}});
  CHECK(made.ttl_s == 60);
  REQUIRE(made.once);
  CHECK(made.once->scope == std::string("key\0ann", 7));
  CHECK(made.once->id == "id-1");
  CHECK(made.once->fingerprint.size() == 64);
}

TEST_CASE("the operation defaults to merge where there is a key") {
  CHECK(one(R"({"key":"k","data":1})").kind == operation_kind::merge);
  CHECK(one(R"({"key":"k","data":1,"op":"set"})").kind == operation_kind::set);
  CHECK(one(R"({"key":"k","op":"remove"})").kind == operation_kind::remove);
  CHECK(one(R"({"key":"k","data":1,"if_version":0})").only_if == precondition{demand::absent, {}});
}

TEST_CASE("an operand keeps its bytes but never has a line break") {
  CHECK(one("{\"data\": {\"a\" : 1.50} }").data == "{\"a\" : 1.50}");
  CHECK(one("{\"data\":\n{\"a\" :\n 1.50}}").data.find('\n') == std::string::npos);
}

TEST_CASE("arrays are many operations on one room") {
  const auto parsed = parse(R"( [{"key":"a","data":1},{"data":2}])");
  REQUIRE(parsed);
  CHECK(parsed->as_array);
  CHECK(parsed->room == "r");
  REQUIRE(parsed->operations.size() == 2);
  CHECK(parsed->operations[0].key == "a");
  CHECK(parsed->operations[1].data == "2");
  CHECK(parse(R"([{"data":1}])")->as_array);
}

TEST_CASE("plain bodies that are refused, with a pointer to the fault") {
  check_refused("[]", "the body");
  check_refused("1", "the body");
  check_refused("{}", "/data");
  check_refused(R"({"data":1,"Key":"k"})", "/Key");
  check_refused(R"({"data":1,"a~\/b":"k"})", "/a~0~1b");
  check_refused(R"([{"data":1},{"data":1,"x":1}])", "/1/x");
  check_refused("[1]", "/0");
  check_refused(R"({"data":1,"key":""})", "/key");
  check_refused(R"({"data":1,"key":null})", "/key");
  check_refused(R"({"data":1,"key":"a\nb"})", "/key");
  check_refused(R"({"data":1,"op":"merge"})", "/op");
  check_refused(R"({"op":"remove"})", "/op");
  check_refused(R"({"key":"k","data":1,"op":"SET"})", "/op");
  check_refused(R"({"key":"k","data":1,"op":1})", "/op");
  check_refused(R"({"key":"k","data":1,"op":"remove"})", "/data");
  check_refused(R"({"key":"k"})", "/data");
  check_refused(R"({"data":1,"if_version":1})", "/if_version");
  check_refused(R"({"key":"k","data":1,"if_version":-1})", "/if_version");
  check_refused(R"({"key":"k","data":1,"if_version":1.0})", "/if_version");
  check_refused(R"({"key":"k","data":1,"if_version":"1"})", "/if_version");
  check_refused(R"({"data":1,"ttl":1})", "/ttl");
  check_refused(R"({"data":1,"expires_at":"2030-01-01T00:00:00Z"})", "/expires_at");
  check_refused(R"({"key":"k","data":1,"ttl":1,"expires_at":"2030-01-01T00:00:00Z"})", "/expires_at");
  check_refused(R"({"key":"k","op":"remove","expires_at":"2030-01-01T00:00:00Z"})", "/expires_at");
  for (const std::string when : {"tomorrow", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00Z"})
    check_refused(R"({"key":"k","data":1,"expires_at":")" + when + "\"}", "/expires_at");
  check_refused(R"({"key":"k","data":1,"expires_at":5})", "/expires_at");
  check_refused(R"({"key":"k","op":"remove","ttl":1})", "/ttl");
  check_refused(R"({"key":"k","data":1,"ttl":-1})", "/ttl");
  check_refused(R"({"key":"k","data":1,"ttl":"60s"})", "/ttl");
  check_refused(R"({"key":"k","data":1,"ttl":1.5})", "/ttl");
  check_refused(R"({"key":"k","data":1,"ttl":315360001})", "/ttl");
  check_refused(R"({"data":1,"tags":[]})", "/tags");
  check_refused(R"({"data":1,"tags":{"a":1}})", "/tags");
  check_refused(R"({"data":1,"tags":{"":"a"}})", "/tags");
  check_refused(R"({"data":1,"idempotency_key":""})", "/idempotency_key");
  check_refused(R"({"data":1,"idempotency_key":5})", "/idempotency_key");
  check_refused(R"({"data":1,"idempotency_key":"a\u0000"})", "/idempotency_key");
  check_refused(R"([{"data":1,"idempotency_key":"a"},{"data":1,"idempotency_key":"a"}])", "/1");
  CHECK(refused("{\"data\":1").code == errc::bad_request);
  CHECK(refused("").code == errc::bad_request);
}

TEST_CASE("what a fault quotes is short") { CHECK(refused(R"({")" + std::string(10'000, 'x') + R"(":1})").detail.size() < 200); }

TEST_CASE("limits of a publication") {
  limits bounds;
  bounds.document_bytes_max = 8;
  bounds.key_bytes_max = 4;
  bounds.tags_max = 1;
  bounds.tag_bytes_max = 2;
  bounds.batch_items_max = 2;
  bounds.json_depth_max = 2;
  bounds.idempotency_id_bytes_max = 3;
  const auto code = [&](std::string_view body) {
    const auto parsed = parse(body, plain, "r", bounds);
    return parsed ? std::optional<errc>() : parsed.error().code;
  };
  CHECK_FALSE(code(R"({"key":"1234","data":"123456","tags":{"ab":"cd"},"idempotency_key":"123"})"));
  CHECK(code(R"({"data":"1234567"})") == errc::payload_too_large);
  CHECK(code(R"({"key":"12345","data":1})") == errc::bad_request);
  CHECK(code(R"({"data":1,"tags":{"a":"","b":""}})") == errc::limit_exceeded);
  CHECK(code(R"({"data":1,"tags":{"abc":""}})") == errc::limit_exceeded);
  CHECK(code(R"({"data":1,"tags":{"a":"abc"}})") == errc::limit_exceeded);
  CHECK(code(R"({"data":1,"idempotency_key":"1234"})") == errc::bad_request);
  CHECK_FALSE(code(R"([{"data":1},{"data":1}])"));
  CHECK(code(R"([{"data":1},{"data":1},{"data":1}])") == errc::limit_exceeded);
  CHECK_FALSE(code(R"({"data":[[1]]})"));
  CHECK(code(R"({"data":[[[1]]]})") == errc::bad_request);
  CHECK_FALSE(code(R"([{"data":[[1]]}])"));
  CHECK(code(R"([{"data":[[[1]]]}])") == errc::bad_request);
}

TEST_CASE("the fingerprint is that of what would be applied") {
  const auto print = [](std::string_view members) {
    return one("{\"idempotency_key\":\"i\"," + std::string(members) + "}").once->fingerprint;
  };
  const auto base = print(R"("key":"k","data":1)");
  CHECK(print(R"("data":1,"key":"k","op":"merge")") == base);
  std::set<std::string> all{base};
  for (const auto* other :
       {R"("key":"k","data":2)", R"("key":"l","data":1)", R"("key":"k","data":1,"op":"set")", R"("data":1)",
        R"("key":"k","data":1,"tags":{})", R"("key":"k","data":1,"tags":{"a":"bc"})", R"("key":"k","data":1,"tags":{"ab":"c"})",
        R"("key":"k","data":1,"if_version":0)", R"("key":"k","data":1,"if_version":1)", R"("key":"k1","data":1)",
        R"("key":"k","data":1,"ttl":0)", R"("key":"k","data":1,"ttl":1)"})
    all.insert(print(other));
  CHECK(all.size() == 13);
}

TEST_CASE("rooms that cannot be published to") {
  CHECK(refused(R"({"data":1})", plain, "a:*").code == errc::bad_request);
  CHECK(refused(R"({"data":1})", plain, "$clients:a").code == errc::permission_denied);
  CHECK(refused(R"({"data":1})", plain, "").code == errc::bad_request);
}

TEST_CASE("other content types are refused") {
  for (const auto* type : {"", "text/plain", "application/xml", "application/cloudevents+avro", "application/cloudevents-batch+avro",
                           "application/json; charset=latin1", "application/jsonx"})
    CHECK(refused(R"({"data":1})", type).code == errc::unsupported_media);
  CHECK(parse(R"({"data":1})", "application/json; charset=utf-8"));
}

TEST_CASE("an empty batch of events asks for nothing") {
  const auto parsed = parse("[]", batch);
  REQUIRE(parsed);
  CHECK(parsed->operations.empty());
  CHECK(parsed->as_array);
}

TEST_CASE("a CloudEvent carries a condition as ifversion") {
  const auto event = [](std::string_view attributes) {
    return R"({"specversion":"1.0","id":"1","source":"s","type":"t",)" + std::string(attributes) + "}";
  };
  constexpr std::string_view type = "application/cloudevents+json";
  CHECK(one(event(R"("subject":"k","ifversion":7,"data":1)"), type).only_if == precondition{demand::one_of, {{"", 7}}});
  CHECK(one(event(R"("subject":"k","ifversion":"9007199254740991","data":1)"), type).only_if ==
        precondition{demand::one_of, {{"", 9'007'199'254'740'991}}});
  CHECK(one(event(R"("subject":"k","ifversion":0,"data":1)"), type).only_if.wants == demand::absent);
  CHECK(one(event(R"("subject":"k","data":1)"), type).only_if == precondition{});
  for (const auto* wrong :
       {R"("subject":"k","ifversion":-1,"data":1)", R"("subject":"k","ifversion":"x","data":1)", R"("subject":"k","ifversion":"","data":1)",
        R"("subject":"k","ifversion":true,"data":1)", R"("ifversion":1,"data":1)"}) {
    const auto why = refused(event(wrong), type);
    CHECK(why.code == errc::bad_request);
    CHECK(why.detail.starts_with("/ifversion: "));
  }
}
