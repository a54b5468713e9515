#include "schemas/statistics/time_histogram.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "schemas/statistics/recent_times.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("an empty histogram says nothing") {
  const time_histogram times;
  const auto seen = times.read();
  CHECK(seen.total == 0);
  CHECK(seen.quantile_ns(0.99) == 0);
  CHECK(seen.mean_ns() == 0);
  CHECK(seen.up_to(1'000'000'000) == 0);
}

TEST_CASE("a quantile is at most a fifth too long, and never longer than the longest") {
  CHECK(rc::check([] {
    auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 30'000'000'000)));
    time_histogram times;
    for (const auto each : values) times.add(each);
    std::ranges::sort(values);
    const auto seen = times.read();
    RC_ASSERT(seen.total == values.size());
    RC_ASSERT(seen.max_ns == values.back());
    for (const double quantile : {0.01, 0.5, 0.99, 1.0}) {
      const auto place = static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(values.size())));
      const auto truth = values[std::max<std::size_t>(place, 1) - 1];
      const auto told = seen.quantile_ns(quantile);
      RC_ASSERT(told >= truth);
      RC_ASSERT(told <= std::max<std::uint64_t>(127, truth + truth / 4));
    }
  }));
}

TEST_CASE("at powers of two, what is counted below a bound is exact") {
  CHECK(rc::check([] {
    const auto values = *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 20'000'000'000));
    time_histogram times;
    for (const auto each : values) times.add(each);
    for (unsigned power = 7; power <= 34; ++power) {
      const auto bound = std::uint64_t{1} << power;
      const auto below = std::ranges::count_if(values, [&](std::uint64_t each) { return each < bound; });
      RC_ASSERT(times.read().up_to(bound) == static_cast<std::uint64_t>(below));
    }
  }));
}

TEST_CASE("what is longer than all places is in the last one, and its length is the longest") {
  time_histogram times;
  times.add(std::numeric_limits<std::uint64_t>::max() / 4);
  CHECK(times.read().quantile_ns(0.5) == std::numeric_limits<std::uint64_t>::max() / 4);
  CHECK(times.read().up_to(std::uint64_t{1} << 40U) == 0);
}

TEST_CASE("recent times: a quantile is at most twice too long") {
  CHECK(rc::check([] {
    const auto ns = *rc::gen::inRange<std::uint64_t>(256, 500'000'000);
    recent_times times;
    RC_ASSERT(times.quantile_ns(0.99) == 0U);
    for (int i = 0; i < 10; ++i) times.add(ns);
    RC_ASSERT(times.quantile_ns(0.99) > ns);
    RC_ASSERT(times.quantile_ns(0.99) <= 2 * ns);
  }));
}

TEST_CASE("recent times: what is old fades") {
  recent_times times;
  for (int i = 0; i < 60'000; ++i) times.add(100'000'000);
  CHECK(times.quantile_ns(0.5) > 100'000'000);
  for (int i = 0; i < 400'000; ++i) times.add(1'000);
  CHECK(times.quantile_ns(0.9) == 1'024);
}
