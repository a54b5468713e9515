// The part of a document that a subscription chose.
#include <string>
#include <vector>

#include "schemas/field_mask.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

std::string chosen(const std::vector<std::string>& paths, std::string_view document) {
  return field_mask::of(paths, {}).value().project(document);
}

}  // namespace

TEST_CASE("chosen members keep their bytes and the document's order") {
  CHECK(chosen({"b", "a"}, R"({"a": 1,"x":2,"b":{"c":[1, 2]}})") == R"({"a":1,"b":{"c":[1, 2]}})");
  CHECK(chosen({"missing"}, R"({"a":1})") == "{}");
}

TEST_CASE("a path chooses within objects") {
  CHECK(chosen({"attributes.level", "state"}, R"({"type":"light","state":"on","attributes":{"level":7,"colour":"red"}})") ==
        R"({"state":"on","attributes":{"level":7}})");
  CHECK(chosen({"a.b.c"}, R"({"a":{"b":{"c":1,"d":2},"e":3}})") == R"({"a":{"b":{"c":1}}})");
  CHECK(chosen({"a.b"}, R"({"a":{"x":1}})") == R"({"a":{}})");
  CHECK(chosen({"a.b"}, R"({"a":"no object","c":1})") == "{}");
}

TEST_CASE("a path has everything below it, whatever else is chosen there") {
  for (const auto& paths : std::vector<std::vector<std::string>>{{"a", "a.b"}, {"a.b", "a"}})
    CHECK(chosen(paths, R"({"a":{"b":1,"c":2}})") == R"({"a":{"b":1,"c":2}})");
}

TEST_CASE("names may be escaped in the document") { CHECK(chosen({"caf\u00e9"}, R"({"caf\u00e9":1,"x":2})") == R"({"caf\u00e9":1})"); }

TEST_CASE("of a document that is no object nothing is chosen") {
  for (const auto* document : {"1", "null", "[1]", R"("text")"}) CHECK(chosen({"a"}, document) == "{}");
}

TEST_CASE("equal sets of paths are equal masks") {
  const auto of = [](const std::vector<std::string>& paths) { return field_mask::of(paths, {}).value(); };
  CHECK(of({"a", "b.c"}) == of({"b.c", "a", "a"}));
  CHECK(of({"a", "a.b"}) == of({"a"}));
  CHECK_FALSE(of({"a"}) == of({"a.b"}));
}

TEST_CASE("what is no list of paths is refused") {
  limits bounds;
  bounds.fields_max = 2;
  bounds.json_depth_max = 3;
  for (const auto& paths : std::vector<std::vector<std::string>>{{}, {""}, {"a."}, {".a"}, {"a..b"}, {"a", "b", "c"}, {"a.b.c.d"}}) {
    const auto made = field_mask::of(paths, bounds);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::bad_request);
  }
  CHECK(field_mask::of({"a.b.c", "b"}, bounds));
}

TEST_CASE("what either of two chooses, and what both do") {
  const auto mask = [](const std::vector<std::string>& paths) { return field_mask::of(paths, {}).value(); };
  CHECK(field_mask::either(mask({"a", "b.c"}), mask({"b.d", "e"})) == mask({"a", "b.c", "b.d", "e"}));
  CHECK(field_mask::either(mask({"a.b.c"}), mask({"a"})) == mask({"a"}));
  CHECK(field_mask::either(mask({"a"}), mask({"a.b.c"})) == mask({"a"}));
  CHECK(field_mask::both(mask({"a", "b.c", "b.d"}), mask({"b", "e"})) == mask({"b.c", "b.d"}));
  CHECK(field_mask::both(mask({"a.b"}), mask({"a.b.c", "a.d"})) == mask({"a.b.c"}));
  CHECK_FALSE(field_mask::both(mask({"a", "b.c"}), mask({"b.d", "e"})));
  CHECK(mask({"a.b"}).chooses("a"));
  CHECK_FALSE(mask({"a.b"}).chooses("b"));
}
