#include <array>
#include <span>

#include "schemas/footprint.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

using strings = std::vector<std::string>;
using numbers = std::vector<std::uint64_t>;

TEMPLATE_TEST_CASE("state is read in pages by key", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  const std::string with_nul{"b\0x", 3};
  writer.write(store, {set("c", "3"), set("a", "1"), set(with_nul, "2"), set("b", "2"), set("\xff", "4"), message("no state")});
  room_writer("r2").write(store, {set("other", "1")});
  room_writer("q").write(store, {set("other", "1")});

  const auto all = store.state("r", "", {}).value();
  CHECK(keys_of(all) == strings{"a", "b", with_nul, "c", "\xff"});
  CHECK(all.epoch == "e1");
  CHECK(all.top == 6);
  CHECK_FALSE(all.more);

  const auto page = store.state("r", "a", {.rows = 2}).value();
  CHECK(keys_of(page) == strings{"b", with_nul});
  CHECK(page.more);
  CHECK(keys_of(store.state("r", with_nul, {.rows = 2}).value()) == strings{"c", "\xff"});
  CHECK_FALSE(store.state("r", with_nul, {.rows = 2}).value().more);
  CHECK(keys_of(store.state("r", "bb", {.rows = 1}).value()) == strings{"c"});
  CHECK(store.state("r", "\xff", {}).value().rows.empty());

  const auto none = store.state("r", "", {.rows = 0}).value();
  CHECK(none.rows.empty());
  CHECK(none.more);
  CHECK(none.top == 6);
}

TEMPLATE_TEST_CASE("a page ends before it grows past its bytes, but holds one row", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const std::string big(100, '1');
  room_writer("r").write(store, {set("a", big), set("b", big), set("c", big)});

  const auto row = bytes_of(*store.entity("r", "a").value());
  CHECK(row > 101);
  CHECK(keys_of(store.state("r", "", {.rows = 10, .bytes = 2 * row}).value()) == strings{"a", "b"});
  CHECK(keys_of(store.state("r", "", {.rows = 10, .bytes = 2 * row - 1}).value()) == strings{"a"});
  CHECK(keys_of(store.state("r", "b", {.rows = 10, .bytes = 1}).value()) == strings{"c"});
  CHECK(store.state("r", "", {.rows = 10, .bytes = 2 * row - 1}).value().more);

  const auto told = bytes_of(*store.stream("r", 1, {.rows = 1}).value().publications.front());
  CHECK(offsets_of(store.stream("r", 1, {.rows = 10, .bytes = 2 * told}).value()) == numbers{2, 3});
  CHECK(offsets_of(store.stream("r", 1, {.rows = 10, .bytes = 2 * told - 1}).value()) == numbers{2});
  const auto one = store.stream("r", 1, {.rows = 10, .bytes = 1}).value();
  CHECK(offsets_of(one) == numbers{2});
  CHECK(one.more);
}

TEMPLATE_TEST_CASE("the stream is read from an offset, both ways", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  for (int i = 0; i < 300; ++i) writer.write(store, {message(std::to_string(i))});  // past one byte of the offset

  CHECK(offsets_of(store.stream("r", 254, {.rows = 4}).value()) == numbers{255, 256, 257, 258});
  CHECK(store.stream("r", 254, {.rows = 4}).value().more);
  CHECK(offsets_of(store.stream("r", 298, {.rows = 2}).value()) == numbers{299, 300});
  CHECK_FALSE(store.stream("r", 298, {.rows = 2}).value().more);
  CHECK(store.stream("r", 300, {}).value().publications.empty());
  CHECK(store.stream("r", UINT64_MAX, {}).value().publications.empty());
  CHECK(store.stream("r", 300, {}).value().top == 300);

  CHECK(offsets_of(store.stream("r", 0, {.rows = 3}, true).value()) == numbers{300, 299, 298});
  CHECK(store.stream("r", 0, {.rows = 3}, true).value().more);
  CHECK(offsets_of(store.stream("r", 258, {.rows = 3}, true).value()) == numbers{257, 256, 255});
  CHECK(offsets_of(store.stream("r", 3, {.rows = 3}, true).value()) == numbers{2, 1});
  CHECK_FALSE(store.stream("r", 3, {.rows = 2}, true).value().more);
  CHECK(store.stream("r", 1, {}, true).value().publications.empty());
  CHECK(offsets_of(store.stream("r", UINT64_MAX, {.rows = 1}, true).value()) == numbers{300});

  const auto none = store.stream("r", 0, {.rows = 0}).value();
  CHECK(none.publications.empty());
  CHECK(none.more);
}

TEMPLATE_TEST_CASE("trimming takes old publications and nothing else", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  room_writer neighbour("r1");
  for (int i = 0; i < 30; ++i) {
    writer.write(store, std::vector(100, set("k" + std::to_string(i), "1")));
    neighbour.write(store, {message("1")});
  }
  const auto first = [&] { return store.room("r").value()->first; };

  REQUIRE(store.trim("r", 11));  // a few, one by one
  CHECK(first() == 11);
  CHECK(offsets_of(store.stream("r", 0, {.rows = 2}).value()) == numbers{11, 12});
  CHECK(store.stream("r", 0, {}).value().first == 11);
  CHECK(offsets_of(store.stream("r", 13, {}, true).value()) == numbers{12, 11});

  REQUIRE(store.trim("r", 2'999));  // many at once
  CHECK(offsets_of(store.stream("r", 0, {}).value()) == numbers{2'999, 3'000});
  REQUIRE(store.trim("r", 5));  // never back
  CHECK(first() == 2'999);
  REQUIRE(store.trim("r", 9'999));  // at most all
  CHECK(first() == 3'001);
  CHECK(store.stream("r", 0, {}).value().publications.empty());
  CHECK(store.stream("r", 0, {}, true).value().publications.empty());

  CHECK(store.state("r", "", {}).value().rows.size() == 30);
  CHECK(store.room("r1").value() == room_record{"e1", 30, 1, durability::fsync});
  CHECK(store.stream("r1", 0, {}).value().publications.size() == 30);

  writer.write(store, {message("2")});  // offsets go on
  CHECK(offsets_of(store.stream("r", 0, {}).value()) == numbers{3'001});
  CHECK(first() == 3'001);
}

TEMPLATE_TEST_CASE("the first publication after a time is found", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer("r").write(store, std::vector(5, message("1")));  // at 1,000 … 5,000 ms
  CHECK(store.first_after("r", 0).value() == 1);
  CHECK(store.first_after("r", 999).value() == 1);
  CHECK(store.first_after("r", 1'000).value() == 2);
  CHECK(store.first_after("r", 4'999).value() == 5);
  CHECK(store.first_after("r", 5'000).value() == 6);

  REQUIRE(store.trim("r", 4));
  CHECK(store.first_after("r", 0).value() == 4);
  REQUIRE(store.trim("r", 6));
  CHECK(store.first_after("r", 0).value() == 6);
}

TEMPLATE_TEST_CASE("rooms are listed by prefix in the order of their names", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  for (const char* name : {"sensor:b", "sensor:", "plain", "sensor:a", "sensor;", "sensor:a\xff", "\xff\xff", "sensor:ab"}) {
    room_writer(name).write(store, {message("1")});
  }
  const auto names = [&](std::string_view prefix, std::string_view after, std::size_t limit) {
    strings out;
    const auto page = store.rooms(prefix, after, limit).value();
    for (const auto& [name, record, entities] : page) {
      CHECK(record.top == 1);
      out.push_back(name);
    }
    return out;
  };
  CHECK(names("", "", 99) == strings{"plain", "sensor:", "sensor:a", "sensor:ab", "sensor:a\xff", "sensor:b", "sensor;", "\xff\xff"});
  CHECK(names("sensor:", "", 99) == strings{"sensor:", "sensor:a", "sensor:ab", "sensor:a\xff", "sensor:b"});
  CHECK(names("sensor:a", "", 99) == strings{"sensor:a", "sensor:ab", "sensor:a\xff"});
  CHECK(names("sensor:", "sensor:a", 2) == strings{"sensor:ab", "sensor:a\xff"});
  CHECK(names("sensor:", "a", 1) == strings{"sensor:"});
  CHECK(names("sensor:", "sensor:b", 9).empty());
  CHECK(names("sensor:", "t", 9).empty());
  CHECK(names("\xff", "", 9) == strings{"\xff\xff"});
  CHECK(names("nobody", "", 9).empty());
  CHECK(names("", "", 0).empty());
}

TEMPLATE_TEST_CASE("the state of many rooms is read in pages by room and key", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const std::string with_nul{"a:\0x", 4};
  room_writer("a:b").write(store, {set("2", "{}"), set("1", "{}"), message("{}")});
  room_writer("a:").write(store, {message("{}")});
  room_writer("a:bc").write(store, {set("1", "{}")});
  room_writer(with_nul).write(store, {set("1", "{}")});
  room_writer("a").write(store, {set("1", "{}")});
  room_writer("b:a").write(store, {set("1", "{}")});

  const auto read = [&](std::string_view prefix, std::string_view after_room = {}, std::string_view after_key = {}, page_limit limit = {}) {
    strings all;
    const auto page = store.states(prefix, after_room, after_key, limit).value();
    for (const auto& [room, document] : page.rows) all.push_back(room + "/" + document.key);
    if (page.more) all.emplace_back("more");
    return all;
  };
  CHECK(read("a:") == strings{with_nul + "/1", "a:b/1", "a:b/2", "a:bc/1"});
  CHECK(read("a:b") == strings{"a:b/1", "a:b/2", "a:bc/1"});
  CHECK(read("a:bcd").empty());
  CHECK(read("").size() == 6);
  CHECK(read("a:", "", "", {.rows = 2}) == strings{with_nul + "/1", "a:b/1", "more"});
  CHECK(read("a:", "a:b", "1", {.rows = 1}) == strings{"a:b/2", "more"});
  CHECK(read("a:", "a:b", "2") == strings{"a:bc/1"});
  CHECK(read("a:", "a:bc", "1").empty());
  CHECK(read("a:", "b:a", "0").empty());
  CHECK(read("a:", "A", "0").size() == 4);
  CHECK(read("a:", "a:b", "", {.bytes = 1}) == strings{"a:b/1", "more"});
  CHECK(store.states("a:b", "", "", {}).value().rows[0].document == entity_document{"1", 2, 2'000, "{}", {}});
}

TEMPLATE_TEST_CASE("the entities of rooms are counted", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  CHECK(store.entities("a").value() == 0);
  room_writer a("a");
  a.write(store, {set("1", "1"), set("2", "1"), message("none"), set("1", "2")});
  room_writer("b").write(store, {set("1", "1")});
  CHECK(store.entities("a").value() == 2);
  a.write(store, {removal("1"), set("3", "1"), set("4", "1")});
  CHECK(store.entities("a").value() == 3);
  std::array<append, 2> both{a.next({removal("2"), removal("3")}), a.next({set("5", "1"), removal("4"), removal("5")})};
  REQUIRE(store.write(both, true));
  CHECK(store.entities("a").value() == 0);
  const auto rooms = store.rooms("", "", 10).value();
  REQUIRE(rooms.size() == 2);
  CHECK(rooms[0].entities == 0);
  CHECK(rooms[1].entities == 1);
  REQUIRE(store.forget("b", 10).value());
  CHECK(store.entities("b").value() == 0);
}

TEST_CASE("no more entities can go than there are", "[contract]") {
  rocksdb_fixture fixture;
  room_writer writer("a");
  writer.write(*fixture.store, {set("1", "1")});
  auto wrong = writer.next({removal("1")});
  wrong.more_entities = -2;
  CHECK(fixture.store->write(std::span(&wrong, 1), true).error().code == errc::internal);
  CHECK(fixture.store->entities("a").value() == 1);
}
