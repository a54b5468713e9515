// What is due when: rows of expiry follow the entities, whatever happens to them.
#include <algorithm>
#include <map>
#include <random>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

using strings = std::vector<std::string>;

publication expiring(publication change, std::int64_t expires_ms, std::int64_t before_ms = 0) {
  change.expires_ms = expires_ms;
  change.expires_before_ms = before_ms;
  return change;
}

strings due(const store& in, std::int64_t now_ms, const due_position& after = {}, std::size_t limit = 100) {
  strings out;
  const auto page = in.due(after, now_ms, limit).value();
  for (const auto& row : page)
    out.push_back(std::to_string(row.expires_ms) + " " + row.room + "/" + row.key + " " + row.epoch + ":" + std::to_string(row.version));
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("what is due is found across rooms, first what was due first", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer("rb", durability::fsync, "eb").write(store, {expiring(set("1", "{}"), 300), expiring(set("0", "{}"), 200), set("2", "{}")});
  room_writer("ra").write(store, {expiring(set("x", "{}"), 300), message("{}")});

  CHECK(due(store, 199).empty());
  CHECK(due(store, 200) == strings{"200 rb/0 eb:2"});
  CHECK(due(store, 300) == strings{"200 rb/0 eb:2", "300 ra/x e1:1", "300 rb/1 eb:1"});
  CHECK(due(store, 300, {}, 2) == strings{"200 rb/0 eb:2", "300 ra/x e1:1"});
  CHECK(due(store, 300, {300, "ra", "x"}) == strings{"300 rb/1 eb:1"});
  CHECK(due(store, 300, {300}) == strings{"300 ra/x e1:1", "300 rb/1 eb:1"});
  CHECK(due(store, 300, {301}).empty());
  CHECK(due(store, 300, {300, "rb", "1"}).empty());

  CHECK(store.entity("rb", "0").value()->expires_ms == 200);
  CHECK(store.entity("rb", "2").value()->expires_ms == 0);
  CHECK(store.state("ra", "", {}).value().rows.at(0).expires_ms == 300);
  CHECK(store.stream("rb", 1, {}).value().publications.at(0)->expires_ms == 200);
}

TEMPLATE_TEST_CASE("a later change has the time that counts", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  writer.write(store, {expiring(set("k", "1"), 100)});
  SECTION("a later one") {
    writer.write(store, {expiring(set("k", "2"), 500, 100)});
    CHECK(due(store, 499).empty());
    CHECK(due(store, 500) == strings{"500 r/k e1:2"});
  }
  SECTION("the same one: the version is the newer") {
    writer.write(store, {expiring(set("k", "2"), 100, 100)});
    CHECK(due(store, 1'000) == strings{"100 r/k e1:2"});
  }
  SECTION("none") {
    writer.write(store, {expiring(set("k", "2"), 0, 100)});
    CHECK(due(store, 1'000).empty());
    CHECK(store.entity("r", "k").value()->expires_ms == 0);
  }
  SECTION("a removal") {
    writer.write(store, {expiring(removal("k"), 0, 100)});
    CHECK(due(store, 1'000).empty());
  }
  SECTION("several of one batch") {
    writer.write(store, {expiring(removal("k"), 0, 100), expiring(set("k", "2"), 700), expiring(set("k", "3"), 600, 700)});
    CHECK(due(store, 1'000) == strings{"600 r/k e1:4"});
  }
}

TEMPLATE_TEST_CASE("what cannot expire is refused with an expiry", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const auto refused = [&](publication change) {
    const auto made = room_writer("r").next({std::move(change)});
    const auto outcome = store.write(std::span(&made, 1), false);
    return !outcome && outcome.error().code == errc::internal;
  };
  CHECK(refused(expiring(message("1"), 5)));
  CHECK(refused(expiring(message("1"), 0, 5)));
  CHECK(refused(expiring(removal("k"), 5)));
  CHECK(refused(expiring(set("k", "1"), -5)));
  CHECK(refused(expiring(set("k", "1"), 5, -5)));
  CHECK(due(store, 1'000).empty());
}

TEMPLATE_TEST_CASE("at random: every entity that expires has one row, and no row is left behind", "[contract]", memory_fixture,
                   rocksdb_fixture) {
  struct entity_model {
    std::uint64_t version = 0;
    std::int64_t expires_ms = 0;
  };
  const auto seed = GENERATE(range(1U, 9U));
  CAPTURE(seed);
  std::mt19937 numbers(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(numbers() % n); };

  TestType fixture;
  auto& store = *fixture.store;
  const strings rooms{"a", std::string("a\0", 2), "ab"};
  std::vector<room_writer> writers;
  for (const auto& room : rooms) writers.emplace_back(room);
  std::vector<std::uint64_t> tops(rooms.size(), 0);
  std::map<std::pair<std::string, std::string>, entity_model> model;

  for (int round = 0; round < 60; ++round) {
    const auto at = below(rooms.size());
    std::vector<publication> changes;
    for (auto left = 1 + below(6); left > 0; --left) {
      ++tops[at];
      if (below(8) == 0) {
        changes.push_back(message("{}"));
        continue;
      }
      const auto key = "k" + std::to_string(below(5));
      auto& known = model[{rooms[at], key}];
      const auto before = known.expires_ms;
      if (below(4) == 0) {
        known = {};
        changes.push_back(expiring(removal(key), 0, before));
      } else {
        known = {tops[at], below(3) == 0 ? 0 : static_cast<std::int64_t>(1 + below(50))};
        changes.push_back(expiring(set(key, "{}"), known.expires_ms, before));
      }
    }
    writers[at].write(store, std::move(changes));

    const auto now = static_cast<std::int64_t>(below(60));
    std::vector<due_entity> expected;
    for (const auto& [of, entity] : model)
      if (entity.expires_ms != 0 && entity.expires_ms <= now)
        expected.push_back({entity.expires_ms, of.first, of.second, entity.version, "e1"});
    std::ranges::stable_sort(expected, {}, &due_entity::expires_ms);  // by room and key they are in order already
    std::vector<due_entity> found;
    const auto limit = 1 + below(4);
    for (due_position after;;) {
      const auto page = store.due(after, now, limit).value();
      found.insert(found.end(), page.begin(), page.end());
      if (page.size() < limit) break;
      after = {page.back().expires_ms, page.back().room, page.back().key};
    }
    REQUIRE(found == expected);
  }
}
