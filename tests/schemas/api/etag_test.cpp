#include "schemas/api/etag.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;
using demand = precondition::demand;

TEST_CASE("an entity tag is epoch and version in quotes") { CHECK(format_etag("4f7a0a", 12) == R"("4f7a0a:12")"); }

TEST_CASE("preconditions of a change") {
  CHECK(parse_precondition("", "") == precondition{});
  CHECK(parse_precondition("*", "") == precondition{demand::exists, {}});
  CHECK(parse_precondition("", " * ") == precondition{demand::absent, {}});
  CHECK(parse_precondition(R"("e:1")", "") == precondition{demand::one_of, {{"e", 1}}});
  CHECK(parse_precondition(R"( "e:1" ,, "f:g:22",)", "") == precondition{demand::one_of, {{"e", 1}, {"f:g", 22}}});
}

TEST_CASE("a tag that cannot be ours leaves nothing to match") {
  const auto* field = GENERATE(R"(W/"e:1")", R"("other")", R"("")", R"(":1")", R"("e:")", R"("e:x")", R"("e:01")", R"("e:0")", R"("e:-1")",
                               R"("e:18446744073709551616")");
  INFO(field);
  CHECK(parse_precondition(field, "") == precondition{demand::one_of, {}});
}

TEST_CASE("malformed preconditions") {
  for (const auto* field :
       {"e:1", "\"e:1", "\"e:1\" \"e:2\"", "*, \"e:1\"", "\"e:1\", *", ",", "w/\"e:1\"", "W/ \"e:1\"", "\"e 1\"", "\"e\x7f\""}) {
    INFO(field);
    const auto asked = parse_precondition(field, "");
    REQUIRE_FALSE(asked);
    CHECK(asked.error().code == errc::bad_request);
  }
  CHECK_FALSE(parse_precondition("", R"("e:1")"));
  CHECK_FALSE(parse_precondition("*", "*"));
}

TEST_CASE("what a GET may answer with 304") {
  CHECK(none_match_hits(R"("e:1")", "e", 1));
  CHECK(none_match_hits(R"("x", W/"e:1")", "e", 1));
  CHECK(none_match_hits("*", "e", 1));
  CHECK_FALSE(none_match_hits("", "e", 1));
  CHECK_FALSE(none_match_hits(R"("e:2")", "e", 1));
  CHECK_FALSE(none_match_hits(R"("f:1")", "e", 1));
  CHECK_FALSE(none_match_hits("e:1", "e", 1));
}
