// One number, divided: the sum of the shares is the budget, whatever the limits say.
#include "schemas/memory_budget.hpp"

#include <set>

#include "schemas/memory_account.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

constexpr std::size_t mib = 1'048'576;

}  // namespace

TEST_CASE("the shares of any budget make the budget") {
  for (const auto budget : {memory_budget_min, 33'554'433UL, 100 * mib, 1'000'000'007UL, 64 * 1'024 * mib}) {
    const auto shares = divide_memory(budget, {});
    CHECK(shares.sum() == budget);
    CHECK(shares[memory_part::database] >= budget / 64 * 25);
    CHECK(memtable_bytes(shares) <= shares[memory_part::database] / 2);
  }
}

TEST_CASE("a small budget lowers the limits that are for all, a large one leaves them") {
  const limits asked;
  const auto small = within(divide_memory(64 * mib, asked), asked);
  CHECK(small.outboxes_bytes_max == 6 * mib);
  CHECK(small.fanout_in_flight_bytes_max == 3 * mib);
  CHECK(small.pending_run_bytes_max == 1 * mib);
  const auto large = within(divide_memory(64 * 1'024 * mib, asked), asked);
  CHECK(large.outboxes_bytes_max == asked.outboxes_bytes_max);
  CHECK(large.fanout_in_flight_bytes_max == asked.fanout_in_flight_bytes_max);
  CHECK(large.pending_run_bytes_max == asked.pending_run_bytes_max);
  CHECK(large.tail_bytes_max == asked.tail_bytes_max);
}

TEST_CASE("explicit limits are caps, and what they leave goes to the database") {
  limits asked;
  asked.outboxes_bytes_max = 1 * mib;
  const auto shares = divide_memory(1'024 * mib, asked);
  CHECK(shares[memory_part::outboxes] <= 4 * (mib / 3 + 1));
  CHECK(shares[memory_part::database] > divide_memory(1'024 * mib, {})[memory_part::database]);
  CHECK(shares.sum() == 1'024 * mib);
  CHECK(within(shares, asked).outboxes_bytes_max <= asked.outboxes_bytes_max);
}

TEST_CASE("without being told, half of what there is") {
  CHECK(default_memory_budget(8'192 * mib, {}) == 4'096 * mib);
  CHECK(default_memory_budget(8'192 * mib, 512 * mib) == 256 * mib);
  CHECK(default_memory_budget(8'192 * mib, 1UL << 62U) == 4'096 * mib);
  CHECK(default_memory_budget(0, {}) == memory_budget_min);
}

TEST_CASE("every part has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < memory_parts; ++i) names.insert(name_of(static_cast<memory_part>(i)));
  CHECK(names.size() == memory_parts);
}

TEST_CASE("what is charged is credited when its holder goes") {
  memory_account held;
  auto& live = held[memory_part::live];
  live.limit = 800;
  {
    memory_charge one(live);
    memory_charge other(live);
    one.add(500);
    other.become(300);
    CHECK(live.now() == 800);
    CHECK_FALSE(held.presses());
    one.add(1);
    CHECK(held.presses());
    other.subtract(200);
    CHECK((held.eased() && live.now() == 601));
    CHECK(held.ask_for_relief());
    CHECK_FALSE(held.ask_for_relief());
    held.heard();
    CHECK(held.ask_for_relief());
  }
  CHECK(live.now() == 0);
}

TEST_CASE("parts that nobody can let go of do not press") {
  memory_account held;
  held[memory_part::changes].limit = 0;
  held[memory_part::frames].limit = 0;
  memory_charge changes(held[memory_part::changes]);
  memory_charge frames(held[memory_part::frames]);
  changes.add(1);
  frames.add(1);
  CHECK_FALSE(held.presses());
}
