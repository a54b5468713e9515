#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

TEMPLATE_TEST_CASE("what is written can be read", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("sensor:kitchen", durability::wal);

  auto first = set("lamp", R"({"on":true})", {{"floor", "1"}});
  first.info = client_info{"anna", "client-1", R"({"a":1})", ""};
  const auto written = writer.write(store, {first, message(R"("hello")"), set("lamp", R"({"on":false})", {}, {{"floor", "1"}})});

  CHECK(store.room("sensor:kitchen").value() == room_record{"e1", 3, 1, durability::wal});
  CHECK(store.entity("sensor:kitchen", "lamp").value() == entity_document{"lamp", 3, 3'000, R"({"on":false})", {}});

  const auto page = store.stream("sensor:kitchen", 0, {}).value();
  CHECK(page.epoch == "e1");
  CHECK(page.top == 3);
  CHECK(page.first == 1);
  CHECK_FALSE(page.more);
  REQUIRE(page.publications.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(*page.publications[i] == *written.publications[i]);
}

TEMPLATE_TEST_CASE("what was never written is absent, not an error", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  CHECK(store.room("r").value() == std::nullopt);
  CHECK(store.entity("r", "k").value() == std::nullopt);
  CHECK(store.dedupe("r", "key", "id").value() == std::nullopt);
  CHECK(store.state("r", "", {}).value().epoch.empty());
  const auto page = store.stream("r", 0, {}).value();
  CHECK(page.epoch.empty());
  CHECK(page.top == 0);
  CHECK(page.first == 1);
  CHECK(page.publications.empty());
  CHECK(store.rooms("", "", 10).value().empty());
  CHECK(store.first_after("r", 0).value() == 1);
  CHECK(store.trim("r", 5));
}

TEMPLATE_TEST_CASE("a removal takes the entity and keeps its publication", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  writer.write(store, {set("a", "1"), set("b", "2")});
  writer.write(store, {removal("a"), removal("never there")});

  CHECK(store.entity("r", "a").value() == std::nullopt);
  CHECK(keys_of(store.state("r", "", {}).value()) == std::vector<std::string>{"b"});
  CHECK(store.stream("r", 2, {}).value().publications.at(0)->removed);
  CHECK(store.room("r").value()->top == 4);
}

TEMPLATE_TEST_CASE("the publication at offset 1 is read with the epoch of its room", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  room_writer writer("r");
  auto change = writer.next({message("1"), message("2")});
  auto bare = *change.publications[0];
  bare.epoch.clear();
  change.publications[0] = std::make_shared<const publication>(bare);
  REQUIRE(fixture.store->write(std::span(&change, 1), true));

  const auto page = fixture.store->stream("r", 0, {}).value();
  CHECK(page.publications.at(0)->epoch == "e1");
  CHECK(page.publications.at(1)->epoch.empty());
}

TEMPLATE_TEST_CASE("a batch of several rooms is written as a whole, or not at all", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer a("a");
  room_writer b("b");
  const std::vector<append> good{a.next({set("x", "1")}), b.next({set("x", "1")}), a.next({set("x", "2"), set("y", "1")})};
  REQUIRE(store.write(good, true));
  CHECK(store.room("a").value()->top == 3);
  CHECK(store.room("b").value()->top == 1);

  b.next({message("skipped")});
  const std::vector<append> bad{a.next({set("x", "3"), removal("y")}, {{"key", "id", "f", 4, 2, 99}}), b.next({set("x", "2")})};
  const auto refused = store.write(bad, true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::internal);
  CHECK(store.room("a").value()->top == 3);
  CHECK(store.entity("a", "x").value()->data == "2");
  CHECK(store.entity("a", "y").value());
  CHECK(store.dedupe("a", "key", "id").value() == std::nullopt);
  CHECK(store.stream("a", 3, {}).value().publications.empty());

  SECTION("and the store takes further writes") {
    CHECK(store.write(std::span(bad).first(1), true));
    CHECK(store.room("a").value()->top == 5);
  }
}

TEMPLATE_TEST_CASE("an append that breaks the rules is refused", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer("r").write(store, {message("1"), message("2")});
  const auto refused = [&](const append& change) {
    const auto done = store.write(std::span(&change, 1), true);
    return !done && done.error().code == errc::internal && store.room("r").value()->top == 2;
  };
  const auto from = [](std::uint64_t top) { return room_writer("r", durability::fsync, "e1", top); };

  CHECK(refused(from(1).next({message("again")})));
  CHECK(refused(from(3).next({message("one left out")})));
  CHECK(refused(from(0).next({message("from the start")})));
  CHECK(refused(from(2).next({})));
  CHECK(refused(room_writer("r", durability::fsync, "another epoch", 2).next({message("3")})));
  CHECK(refused(room_writer("", durability::fsync, "e1", 0).next({message("1")})));
  CHECK(refused(room_writer("new", durability::fsync, "", 0).next({message("1")})));
  CHECK(refused(room_writer("new", durability::fsync, "e1", 1).next({message("2")})));

  auto hole = from(2).next({message("3"), message("4"), message("5")});
  hole.publications.erase(hole.publications.begin() + 1);
  CHECK(refused(hole));

  auto unkeyed_removal = removal("x");
  unkeyed_removal.key.reset();
  CHECK(refused(from(2).next({unkeyed_removal})));
  CHECK(refused(from(2).next({set("x", "1", {{"b", ""}, {"a", ""}})})));
  CHECK(refused(from(2).next({set("x", "1", {}, {{"a", ""}, {"a", ""}})})));
  auto late_epoch = message("3");
  late_epoch.epoch = "e1";
  CHECK(refused(from(2).next({late_epoch})));

  CHECK_FALSE(refused(from(2).next({message("3")})));
}
