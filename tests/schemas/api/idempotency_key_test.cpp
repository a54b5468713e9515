#include "schemas/api/idempotency_key.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

namespace {

operation set(std::string key, std::string data) {
  operation made;
  made.key = std::move(key);
  made.kind = operation_kind::set;
  made.data = std::move(data);
  return made;
}

}  // namespace

TEST_CASE("a key is a string in quotes, or the same without") {
  const auto parse = [](std::string_view field) { return parse_idempotency_key(field, {}).value(); };
  CHECK(parse(R"("8e03978e-40d5-43dd-bc93-6894a57f9324")") == "8e03978e-40d5-43dd-bc93-6894a57f9324");
  CHECK(parse("8e03978e-40d5-43dd-bc93-6894a57f9324") == "8e03978e-40d5-43dd-bc93-6894a57f9324");
  CHECK(parse(" \"a b, \\\"c\\\\\" \t") == R"(a b, "c\)");
  CHECK(parse("a/b:c=d;e") == "a/b:c=d;e");
  CHECK(parse(R"("x")") == parse("x"));
}

TEST_CASE("what is no key is refused") {
  const auto field = GENERATE(as<std::string>(), "", " ", R"("")", R"(")", R"("a)", R"(a")", R"("a"b")", R"("a\b")", R"("a\")", "a b",
                              "a, b", R"("a", "b")", R"("a";p=1)", "\"a\tb\"", "caf\xc3\xa9", "\"caf\xc3\xa9\"");
  CAPTURE(field);
  CHECK(parse_idempotency_key(field, {}).error().code == errc::bad_request);
}

TEST_CASE("a key is bounded as other ids are") {
  limits bounds;
  bounds.idempotency_id_bytes_max = 16;
  CHECK(parse_idempotency_key(std::string(16, 'x'), bounds));
  CHECK_FALSE(parse_idempotency_key(std::string(17, 'x'), bounds));
}

TEST_CASE("one key covers the whole request") {
  std::vector operations{set("a", "1"), set("b", "2"), set("c", "3")};
  REQUIRE(make_idempotent(operations, "events", "ann", "id"));
  REQUIRE(operations[0].once);
  CHECK(operations[0].once->scope == std::string("request\0ann", 11));
  CHECK(operations[0].once->id == "id");
  CHECK(operations[0].once->covers == 3);
  CHECK_FALSE(operations[1].once);
  CHECK_FALSE(operations[2].once);
}

TEST_CASE("whatever makes another request makes another fingerprint") {
  const auto print = [](std::vector<operation> operations, std::string_view form = "PUT") {
    REQUIRE(make_idempotent(operations, form, "ann", "id"));
    return operations[0].once->fingerprint;
  };
  CHECK(print({set("a", "1")}) == print({set("a", "1")}));
  CHECK(print({set("a", "1")}) != print({set("a", "1")}, "event"));
  CHECK(print({set("a", "1")}) != print({set("a", "2")}));
  CHECK(print({set("a", "1")}) != print({set("a", "1"), set("a", "1")}));
  CHECK(print({set("a", "1"), set("b", "1")}) != print({set("b", "1"), set("a", "1")}));
  auto conditional = set("a", "1");
  conditional.only_if = {precondition::demand::one_of, {{"e1", 1}}};
  auto of_other_epoch = conditional;
  of_other_epoch.only_if.tags[0].epoch = "e2";
  CHECK(print({conditional}) != print({of_other_epoch}));
}

TEST_CASE("a key beside ids of single publications is refused") {
  std::vector operations{set("a", "1"), set("b", "2")};
  operations[1].once = idempotency{"ce", "id", "f"};
  CHECK(make_idempotent(operations, "events", "ann", "id").error().code == errc::bad_request);
}
