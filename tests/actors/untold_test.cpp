#include "actors/untold.hpp"

#include <string>

#include "tests/support/catch.hpp"

using tidewire::untold;

TEST_CASE("a question is answered when all that was begun before it has been told") {
  untold changes;
  std::string heard;
  changes.when_told([&] { heard += 'a'; });
  CHECK(heard == "a");

  auto first = changes.begin();
  auto second = changes.begin();
  changes.when_told([&] { heard += 'b'; });
  auto third = changes.begin();
  changes.when_told([&] { heard += 'c'; });
  auto later = changes.begin();
  CHECK(heard == "a");
  third.reset();
  first.reset();
  CHECK(heard == "a");

  SECTION("in the order of the questions") {
    second.reset();
    CHECK(heard == "abc");
    later.reset();
    CHECK(heard == "abc");
  }
  SECTION("and not before what came first") {
    auto fourth = changes.begin();
    changes.when_told([&] { heard += 'd'; });
    fourth.reset();
    later.reset();
    CHECK(heard == "a");
    second.reset();
    CHECK(heard == "abcd");
  }
}
