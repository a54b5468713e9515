#include <atomic>
#include <thread>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

// Each write sets all keys to the same number: a page that mixed two moments would show it.
TEMPLATE_TEST_CASE("a page shows one moment while the writer goes on", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  constexpr std::uint64_t changes = 5;
  room_writer writer("r");
  const auto round = [&](int number) {
    std::vector<publication> all;
    for (std::uint64_t i = 0; i < changes; ++i) all.push_back(set(std::to_string(i), std::to_string(number), {{"state", "on"}}));
    const auto change = writer.next(std::move(all));
    return store.write(std::span(&change, 1), false).has_value();
  };
  REQUIRE(round(0));

  std::atomic<bool> done = false;
  std::thread writing([&] {
    for (int number = 1; number <= 2'000; ++number) {
      if (!round(number)) break;
      if (number % 100 == 0 && !store.trim("r", static_cast<std::uint64_t>(number) * changes / 2)) break;
    }
    done = true;
  });

  std::size_t torn = 0;
  std::uint64_t pages = 0;
  for (bool last = false; !last; ++pages) {
    last = done;
    const auto state = store.state("r", "", {}).value();
    torn += state.rows.size() != changes || state.top % changes != 0;
    for (const auto& row : state.rows) {
      torn += row.data != state.rows[0].data || row.version > state.top || row.version + changes <= state.top;
    }

    const auto stream = store.stream("r", 0, {.rows = 100'000}).value();
    torn += stream.publications.empty() || stream.publications.back()->offset != stream.top ||
            stream.publications.front()->offset != stream.first || stream.publications.size() != stream.top + 1 - stream.first;

    const auto found = store.find("state", "on", "", "", {}).value();
    torn += found.size() != changes;
    for (const auto& row : found) torn += row.document.data != found[0].document.data;
  }
  writing.join();
  CHECK(torn == 0);
  CHECK(pages > 1);
  CHECK(store.room("r").value()->top == 2'001 * changes);
}
