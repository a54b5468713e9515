// A room that is forgotten: nothing of it is read from the first step on, whatever is left, and nothing is left in the end.
#include <algorithm>
#include <set>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

constexpr page_limit everything{100'000, 1'000'000'000};

publication expiring(publication change, std::int64_t expires_ms) {
  change.expires_ms = expires_ms;
  return change;
}

// A room that has a row of every kind.
void fill(store& in, const std::string& room, std::size_t entities, const std::string& epoch = "e1") {
  room_writer writer(room, durability::wal, epoch);
  std::vector<publication> changes;
  for (std::size_t i = 0; i < entities; ++i)
    changes.push_back(expiring(set("k" + std::to_string(i), "{}", {{"source", room}, {"type", "lamp"}}), 5'000));
  changes.push_back(message("{}"));
  writer.write(in, changes, {{"key", room, "f", 1, 1, 9'000'000}, {"key", "2", "f", 2, 1, 9'000'000}});
}

// Everything that reads can see of rooms.
std::set<std::string> seen_of(const store& in, const std::string& room) {
  std::set<std::string> found;
  if (in.room(room).value()) found.insert("room");
  if (in.entity(room, "k0").value()) found.insert("entity");
  if (!in.state(room, "", everything).value().rows.empty()) found.insert("state");
  if (!in.stream(room, 0, everything).value().publications.empty()) found.insert("stream");
  if (in.dedupe(room, "key", room).value()) found.insert("dedupe");
  const auto states = in.states("", "", "", everything).value();
  const auto indexed = in.find("type", "lamp", "", "", everything).value();
  const auto due = in.due({}, 10'000, 100'000).value();
  const auto rooms = in.rooms("", "", 100).value();
  const auto ages = in.ages("", 100).value();
  const auto has_room = [&](const auto& row) { return row.room == room; };
  const auto is_room = [&](const auto& row) { return row.name == room; };
  if (std::ranges::any_of(states.rows, has_room)) found.insert("states");
  if (std::ranges::any_of(indexed, has_room)) found.insert("index");
  if (std::ranges::any_of(due, has_room)) found.insert("due");
  if (std::ranges::any_of(rooms, is_room)) found.insert("rooms");
  if (std::ranges::any_of(ages, is_room)) found.insert("ages");
  return found;
}

const std::set<std::string> all{"room", "entity", "state", "stream", "dedupe", "states", "index", "due", "rooms", "ages"};

}  // namespace

TEMPLATE_TEST_CASE("a room is forgotten at once for readers, and in steps for the store", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  fill(store, "a", 10);
  fill(store, "b", 25);
  fill(store, "c", 10);
  REQUIRE(seen_of(store, "b") == all);
  int steps = 1;
  for (bool whole = store.forget("b", 10).value(); !whole; ++steps) {
    CHECK(store.leaving("b"));
    CHECK(store.leaving() == std::vector<std::string>{"b"});
    CHECK(seen_of(store, "b").empty());
    const auto refused = room_writer("b", durability::wal, "e2").next({message("{}")});
    CHECK(store.write(std::span(&refused, 1), false).error().code == errc::internal);
    whole = store.forget("b", 10).value();
  }
  CHECK(steps == 3);
  CHECK_FALSE(store.leaving("b"));
  CHECK(store.leaving().empty());
  for (const auto* other : {"a", "c"}) CHECK(seen_of(store, other) == all);

  CHECK(seen_of(store, "b").empty());
  fill(store, "b", 1, "e2");
  CHECK(store.room("b").value() == room_record{"e2", 2, 1, durability::wal});
  CHECK(keys_of(store.state("b", "", everything).value()) == std::vector<std::string>{"k0"});
  CHECK(store.find("type", "lamp", "", "", everything).value().size() == 21);
  CHECK(store.due({}, 10'000, 100'000).value().size() == 21);
}

TEMPLATE_TEST_CASE("a room with a long stream, or a trimmed one, is forgotten too", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  writer.write(store, std::vector<publication>(3'000, message("{}")));
  const bool trimmed = GENERATE(false, true);
  if (trimmed) REQUIRE(store.trim("r", 3'001));
  CHECK(store.forget("r", 10).value());
  CHECK(seen_of(store, "r").empty());
  room_writer("r", durability::wal, "e2").write(store, {message("1"), message("2")});
  CHECK(offsets_of(store.stream("r", 0, everything).value()) == std::vector<std::uint64_t>{1, 2});
}

TEMPLATE_TEST_CASE("forgetting an unknown room does nothing", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  CHECK(fixture.store->forget("nowhere", 10).value());
  CHECK_FALSE(fixture.store->leaving("nowhere"));
}

TEMPLATE_TEST_CASE("the ages of rooms are those of their streams, also of empty ones", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("a");
  writer.write(store, {message("1"), message("2"), message("3")});
  room_writer("b").write(store, {message("1")});
  const auto times = [&](const std::string& after = "") {
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    const auto page = store.ages(after, 100).value();
    for (const auto& each : page) out.emplace_back(each.oldest_ms, each.newest_ms);
    return out;
  };
  using list = std::vector<std::pair<std::int64_t, std::int64_t>>;
  CHECK(times() == list{{1'000, 3'000}, {1'000, 1'000}});
  CHECK(times("a") == list{{1'000, 1'000}});
  REQUIRE(store.trim("a", 3));
  CHECK(times() == list{{3'000, 3'000}, {1'000, 1'000}});
  REQUIRE(store.trim("a", 4));
  CHECK(times() == list{{0, 3'000}, {1'000, 1'000}});
  CHECK(store.room("a").value()->changed_ms == 3'000);
  writer.write(store, {message("4")});
  CHECK(times() == list{{4'000, 4'000}, {1'000, 1'000}});
  CHECK(store.room("a").value()->changed_ms == 0);
  CHECK(store.ages("", 1).value().size() == 1);
}

TEST_CASE("a room that is half forgotten stays so after a restart, and its notes are kept") {
  tidewire::test::temp_directory directory;
  const auto open = [&] { return open_rocksdb_store({.path = directory.path().string(), .boot_id = "boot"}).value(); };
  {
    const auto store = open();
    fill(*store, "a", 25);
    fill(*store, "b", 5);
    REQUIRE(store->keep_note("n", "old"));
    REQUIRE(store->keep_note("n", std::string("a\0b", 3)));
    REQUIRE_FALSE(store->forget("a", 10).value());
  }
  const auto store = open();
  CHECK(store->note("n").value() == std::string("a\0b", 3));
  CHECK(store->note("other").value().empty());
  CHECK(store->leaving() == std::vector<std::string>{"a"});
  CHECK(seen_of(*store, "a").empty());
  CHECK(seen_of(*store, "b") == all);
  while (!store->forget("a", 10).value()) {}
  CHECK(store->leaving().empty());
}
