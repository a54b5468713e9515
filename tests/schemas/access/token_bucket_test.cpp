#include "schemas/access/token_bucket.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

constexpr rate ten_a_second{10, 1'000};

}  // namespace

TEST_CASE("all at once, then as fast as it refills") {
  token_bucket bucket;
  for (std::uint32_t i = 0; i < 10; ++i) CHECK(bucket.take(ten_a_second, 5'000) == rate_verdict{true, 9 - i, 100 * (i + 1), 0});
  CHECK(bucket.take(ten_a_second, 5'000) == rate_verdict{false, 0, 1'000, 100});
  CHECK(bucket.take(ten_a_second, 5'099) == rate_verdict{false, 0, 901, 1});
  CHECK(bucket.take(ten_a_second, 5'100).granted);
  CHECK_FALSE(bucket.take(ten_a_second, 5'100).granted);
}

TEST_CASE("who is refused pays nothing, and rest fills the bucket") {
  token_bucket bucket;
  for (int i = 0; i < 100; ++i) bucket.take(ten_a_second, 0);
  CHECK(bucket.take(ten_a_second, 1'000) == rate_verdict{true, 9, 100, 0});
  CHECK(bucket.is_full(1'100));
  CHECK_FALSE(bucket.is_full(1'099));
}

TEST_CASE("one in a long window") {
  token_bucket bucket;
  const rate one_a_minute{1, 60'000};
  CHECK(bucket.take(one_a_minute, 0).granted);
  CHECK(bucket.take(one_a_minute, 1).come_again_in_ms == 59'999);
  CHECK(bucket.take(one_a_minute, 60'000).granted);
}

TEST_CASE("over any time no more than the window and what refills is granted") {
  token_bucket bucket;
  const rate allowed{7, 500};
  std::uint32_t granted = 0;
  for (std::int64_t now = 0; now < 10'000; now += 3) granted += bucket.take(allowed, now).granted ? 1U : 0U;
  CHECK(granted <= 7 + 7 * 20);
  CHECK(granted >= 7 * 20);
}

TEST_CASE("each name has a bucket; beyond the most that are remembered they share one") {
  rate_table table(2);
  const rate one{1, 10'000};
  CHECK(table.take("a", one, 0).granted);
  CHECK(table.take("b", one, 0).granted);
  CHECK_FALSE(table.take("a", one, 1).granted);
  CHECK(table.take("c", one, 2'000).granted);
  CHECK_FALSE(table.take("d", one, 2'000).granted);
  CHECK(table.size() == 2);
  CHECK(table.take("d", one, 12'000).granted);  // the full ones have been forgotten
  CHECK(table.size() == 1);
}

TEST_CASE("connections of a name") {
  connection_table table;
  CHECK(table.add("ann", 2));
  CHECK(table.add("ann", 2));
  CHECK_FALSE(table.add("ann", 2));
  CHECK(table.add("bob", 2));
  table.remove("ann");
  CHECK(table.add("ann", 2));
}
