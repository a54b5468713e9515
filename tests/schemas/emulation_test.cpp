#include "schemas/protocol/emulation.hpp"

#include "tests/support/catch.hpp"

namespace tidewire::protocol {
namespace {

limits small() {
  limits bounds;
  bounds.message_bytes_max = 10;
  return bounds;
}

errc refusal(std::string_view body) {
  const auto parsed = parse_emulation(body, small());
  REQUIRE_FALSE(parsed);
  return parsed.error().code;
}

}  // namespace

TEST_CASE("an emulated message names its session and node, in any order, beside members that are not known") {
  const auto parsed = parse_emulation(" {\"node\":\"n\",\"more\":[1],\"data\":\"{}\\n{}\",\"session\":\"s\"}\r\n", small());
  REQUIRE(parsed);
  CHECK(parsed->session == "s");
  CHECK(parsed->node == "n");
  CHECK(parsed->data == "{}\n{}");
}

TEST_CASE("what is no emulated message is refused") {
  for (const auto* body : {"", "{", "[]", "1", "{}", R"({"session":"s","node":"n"})", R"({"session":"s","node":"n","data":{}})",
                           R"({"session":"s","node":null,"data":"{}"})", R"({"session":"","node":"n","data":"{}"})",
                           R"({"session":"s","node":"n","data":""})", R"({"session":"s","node":"n","data":"{}"} {})"})
    CHECK(refusal(body) == errc::bad_request);
  CHECK(parse_emulation(R"({"session":"s","node":"n","data":"0123456789"})", small()));
  CHECK(refusal(R"({"session":"s","node":"n","data":"01234567890"})") == errc::payload_too_large);
}

}  // namespace tidewire::protocol
