#include <set>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

TEMPLATE_TEST_CASE("the answer to an idempotent request is kept with its changes", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const std::string caller{"key\0anna", 8};
  const dedupe_record kept{caller, "id-1", "digest", 2, 3, 5'000};
  room_writer("r").write(store, std::vector(4, message("1")), {kept, {"ce", "id-1", "other", 1, 1, 6'000}});

  CHECK(store.dedupe("r", caller, "id-1").value() == kept);
  CHECK(store.dedupe("r", "ce", "id-1").value()->fingerprint == "other");
  CHECK(store.dedupe("r", caller, "id-2").value() == std::nullopt);
  CHECK(store.dedupe("r", std::string("key\0ann", 7), "aid-1").value() == std::nullopt);
  CHECK(store.dedupe("other", caller, "id-1").value() == std::nullopt);
}

TEMPLATE_TEST_CASE("sweeping forgets expired answers, a few rows a call", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  std::vector<dedupe_record> answers;
  for (int i = 0; i < 10; ++i) answers.push_back({"key", std::to_string(i), "f", 1, 1, i % 2 == 0 ? 1'000 : 2'000});
  room_writer writer("r");
  writer.write(store, {message("1")}, answers);
  const auto left = [&] {
    std::set<int> ids;
    for (int i = 0; i < 10; ++i) {
      if (store.dedupe("r", "key", std::to_string(i)).value()) ids.insert(i);
    }
    return ids;
  };

  REQUIRE(store.sweep(999, 100));
  CHECK(left().size() == 10);
  REQUIRE(store.sweep(1'000, 4));  // looks at 0 … 3
  CHECK(left() == std::set{1, 3, 4, 5, 6, 7, 8, 9});
  REQUIRE(store.sweep(1'000, 4));  // goes on: 4 … 7
  CHECK(left() == std::set{1, 3, 5, 7, 8, 9});
  REQUIRE(store.sweep(1'000, 4));  // the last two
  CHECK(left() == std::set{1, 3, 5, 7, 9});
  REQUIRE(store.sweep(2'000, 3));  // begins anew
  CHECK(left() == std::set{7, 9});
  REQUIRE(store.sweep(2'000, 3));
  CHECK(left().empty());

  writer.write(store, {message("2")}, {{"key", "0", "f2", 2, 1, 9'000}});
  CHECK(store.dedupe("r", "key", "0").value()->offset == 2);
}
