#include "schemas/statistics/heavy_hitters.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

std::vector<std::string> names(const heavy_hitters::summary& seen) {
  std::vector<std::string> all;
  for (const auto& each : seen.entries) all.push_back(each.name);
  return all;
}

}  // namespace

TEST_CASE("those with most come first, and no more than are asked for") {
  heavy_hitters all;
  all.note("a", 1, 0);
  all.note("b", 5, 1);
  all.note("a", 2, 2);
  all.note("c", 3, 3);
  const auto seen = all.read(2, 10);
  CHECK(names(seen) == std::vector<std::string>{"b", "a"});
  CHECK(seen.entries[1].amount == 3);
  CHECK(seen.total == 11);
}

TEST_CASE("whoever has more than his share of all is there, and nothing is told too small") {
  CHECK(rc::check([] {
    constexpr std::size_t places = 8;
    heavy_hitters all(places);
    std::map<std::string, std::uint64_t> truth;
    std::uint64_t total = 0;
    for (const auto number : *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 60U))) {
      const auto name = std::to_string(number % (number % 3 == 0 ? 4 : 60));
      all.note(name, number, 0);
      truth[name] += number;
      total += number;
    }
    const auto seen = all.read(places, 0);
    RC_ASSERT(seen.total == total);
    for (const auto& [name, amount] : truth) {
      const auto found = std::ranges::find(seen.entries, name, &heavy_hitters::entry::name);
      if (amount > total / places) RC_ASSERT(found != seen.entries.end());
      if (found == seen.entries.end()) continue;
      RC_ASSERT(found->amount >= amount);
      RC_ASSERT(found->amount - found->error <= amount);
    }
  }));
}

TEST_CASE("it is of the last two windows, and of nothing before") {
  heavy_hitters all(4, 1'000);
  all.note("old", 100, 1'000);
  all.note("a", 1, 2'500);
  CHECK(names(all.read(9, 2'600)) == std::vector<std::string>{"old", "a"});
  CHECK(all.read(9, 2'600).over_ms == 1'600);
  CHECK(names(all.read(9, 3'500)) == std::vector<std::string>{"a"});
  CHECK(all.read(9, 9'000).entries.empty());
  CHECK(all.read(9, 9'000).total == 0);
}
