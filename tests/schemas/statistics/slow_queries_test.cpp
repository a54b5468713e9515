#include "schemas/statistics/slow_queries.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

slow_query query(std::int64_t time_ms, std::uint64_t ns = 5) { return {time_ms, "get", "state", ns}; }

}  // namespace

TEST_CASE("nothing is slow before somebody says what is") {
  slow_queries all;
  CHECK_FALSE(all.is_slow(1'000'000'000'000));
  all.watch(1'000);
  CHECK_FALSE(all.is_slow(999));
  CHECK(all.is_slow(1'000));
  CHECK(all.newest().empty());
}

TEST_CASE("the newest are kept, all are counted") {
  slow_queries all;
  all.watch(0);
  for (int i = 1; i <= 3; ++i) all.note(query(i));
  CHECK(all.newest().size() == 3);
  CHECK(all.newest().front().time_ms == 3);
  CHECK(all.newest().back().time_ms == 1);
  CHECK(all.newest().front().table == "state");
  for (int i = 4; i <= 1'000; ++i) all.note(query(i));
  CHECK(all.total() == 1'000);
  REQUIRE(all.newest().size() == slow_queries::rows_max);
  CHECK(all.newest().front().time_ms == 1'000);
  CHECK(all.newest().back().time_ms == 1'001 - static_cast<std::int64_t>(slow_queries::rows_max));
}

TEST_CASE("a disk that is always slow says so a few times in each window, and how often it did not") {
  slow_queries all;
  std::vector<std::uint64_t> told;
  all.watch(0, [&](const slow_query&, std::uint64_t left_out) { told.push_back(left_out); });
  constexpr std::int64_t begin = 1'000'000;
  for (int i = 0; i < 500; ++i) all.note(query(begin + i));
  CHECK(told == std::vector<std::uint64_t>(slow_queries::lines_max, 0));
  all.note(query(begin + slow_queries::window_ms - 1));
  CHECK(told.size() == slow_queries::lines_max);
  all.note(query(begin + slow_queries::window_ms));
  REQUIRE(told.size() == slow_queries::lines_max + 1);
  CHECK(told.back() == 501 - slow_queries::lines_max);
  all.note(query(begin + slow_queries::window_ms + 1));
  CHECK(told.back() == 0);
}

TEST_CASE("a clock that was set back does not silence it") {
  slow_queries all;
  int told = 0;
  all.watch(0, [&](const slow_query&, std::uint64_t) { ++told; });
  for (int i = 0; i < 20; ++i) all.note(query(1'000'000'000));
  CHECK(told == slow_queries::lines_max);
  all.note(query(5));
  CHECK(told == slow_queries::lines_max + 1);
}
