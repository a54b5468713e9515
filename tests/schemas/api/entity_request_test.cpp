#include "schemas/api/entity_request.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;
using demand = precondition::demand;

namespace {

errc refused(const entity_request& asked, std::string_view body, const limits& bounds = {}) {
  const auto made = parse_entity_request(asked, body, bounds);
  REQUIRE_FALSE(made);
  return made.error().code;
}

}  // namespace

TEST_CASE("PUT sets, PATCH merges, DELETE removes") {
  const auto put = parse_entity_request({"PUT", "a/b", "application/json; charset=utf-8", R"("e:1")", ""}, R"( {"v":1} )", {});
  REQUIRE(put);
  CHECK(put->key == "a/b");
  CHECK(put->kind == operation_kind::set);
  CHECK(put->data == R"({"v":1})");
  CHECK(put->only_if == precondition{demand::one_of, {{"e", 1}}});
  CHECK_FALSE(put->tags);
  CHECK_FALSE(put->once);

  const auto patch = parse_entity_request({"PATCH", "k", "application/merge-patch+json", "", "*"}, R"({"v":null})", {});
  REQUIRE(patch);
  CHECK(patch->kind == operation_kind::merge);
  CHECK(patch->only_if == precondition{demand::absent, {}});

  const auto removal = parse_entity_request({"DELETE", "k", "", "*", ""}, "", {});
  REQUIRE(removal);
  CHECK(removal->kind == operation_kind::remove);
  CHECK(removal->data.empty());
  CHECK(removal->only_if == precondition{demand::exists, {}});
}

TEST_CASE("a ttl is for what stays") {
  const auto asked = [](std::string_view method, std::string_view ttl, std::string_view type = "application/json") {
    return entity_request{method, "k", type, "", "", ttl};
  };
  CHECK(parse_entity_request(asked("PUT", "90"), "1", {})->ttl_s == 90);
  CHECK(parse_entity_request(asked("PATCH", "0", "application/merge-patch+json"), "{}", {})->ttl_s == 0);
  CHECK_FALSE(parse_entity_request({"PUT", "k", "application/json", "", ""}, "1", {})->ttl_s);
  CHECK(refused(asked("DELETE", "90"), "") == errc::bad_request);
  for (const auto* wrong : {"", "-1", "1.5", "90s", "\"90\"", "315360001", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK(refused(asked("PUT", wrong), "1") == errc::bad_request);
  }
}

TEST_CASE("entity requests that are refused") {
  CHECK(refused({"POST", "k", "application/json", "", ""}, "1") == errc::method_not_allowed);
  CHECK(refused({"PUT", "k", "", "", ""}, "1") == errc::unsupported_media);
  CHECK(refused({"PUT", "k", "text/plain", "", ""}, "1") == errc::unsupported_media);
  CHECK(refused({"PATCH", "k", "application/json", "", ""}, "{}") == errc::unsupported_media);
  CHECK(refused({"PUT", "", "application/json", "", ""}, "1") == errc::bad_request);
  CHECK(refused({"PUT", "k", "application/json", "e:1", ""}, "1") == errc::bad_request);
  CHECK(refused({"PUT", "k", "application/json", "", ""}, "") == errc::bad_request);
  CHECK(refused({"PUT", "k", "application/json", "", ""}, "{") == errc::bad_request);
  limits bounds;
  bounds.document_bytes_max = 4;
  CHECK(refused({"PUT", "k", "application/json", "", ""}, "12345", bounds) == errc::payload_too_large);
}
