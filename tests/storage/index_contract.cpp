#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

using strings = std::vector<std::string>;

strings found(const store& in, std::string_view field, std::string_view value, std::string_view after_room = {},
              std::string_view after_key = {}, page_limit limit = {}) {
  strings out;
  const auto page = in.find(field, value, after_room, after_key, limit).value();
  for (const auto& [room, document] : page) out.push_back(room + "/" + document.key);
  return out;
}

const tag_map lamp_on{{"source", "hue"}, {"state", "on"}, {"type", "lamp"}};
const tag_map lamp_off{{"source", "hue"}, {"state", "off"}, {"type", "lamp"}};

}  // namespace

TEMPLATE_TEST_CASE("entities are found by type, source and state across rooms", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer("rb").write(store, {set("1", R"({"n":1})", lamp_on), set("0", "{}", lamp_off)});
  room_writer("ra").write(store, {set("2", "{}", lamp_on), set("x", "{}", {{"floor", "on"}}), message("{}")});
  room_writer("long name").write(store, {set("3", "{}", {{"state", "o"}})});

  CHECK(found(store, "type", "lamp") == strings{"ra/2", "rb/0", "rb/1"});
  CHECK(found(store, "state", "on") == strings{"ra/2", "rb/1"});
  CHECK(found(store, "state", "o") == strings{"long name/3"});
  CHECK(found(store, "source", "hue").size() == 3);
  CHECK(found(store, "type", "on").empty());
  CHECK(found(store, "floor", "on").empty());

  const auto rows = store.find("state", "on", "ra", "2", {}).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].document == entity_document{"1", 1, 1'000, R"({"n":1})", lamp_on});

  CHECK(found(store, "type", "lamp", "ra", "2", {.rows = 1}) == strings{"rb/0"});
  CHECK(found(store, "type", "lamp", "rb", "0") == strings{"rb/1"});
  CHECK(found(store, "type", "lamp", "rb", "") == strings{"rb/0", "rb/1"});
  CHECK(found(store, "type", "lamp", "rb", "1").empty());
  CHECK(found(store, "type", "lamp", "", "", {.rows = 2, .bytes = 1}) == strings{"ra/2"});
}

TEMPLATE_TEST_CASE("the index follows changes and removals", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  writer.write(store, {set("a", "{}", lamp_on), set("b", "{}", lamp_on)});

  writer.write(store, {set("a", "{}", lamp_off, lamp_on)});
  CHECK(found(store, "state", "on") == strings{"r/b"});
  CHECK(found(store, "state", "off") == strings{"r/a"});
  CHECK(found(store, "type", "lamp") == strings{"r/a", "r/b"});

  writer.write(store, {removal("b", lamp_on)});
  CHECK(found(store, "state", "on").empty());
  CHECK(found(store, "type", "lamp") == strings{"r/a"});

  writer.write(store, {set("a", "[]", {}, lamp_off)});
  CHECK(found(store, "state", "off").empty());
  CHECK(found(store, "type", "lamp").empty());

  SECTION("also within one batch") {
    writer.write(store, {set("c", "{}", lamp_on), set("c", "{}", lamp_off, lamp_on), removal("c", lamp_off), set("c", "{}", lamp_on)});
    CHECK(found(store, "state", "on") == strings{"r/c"});
    CHECK(found(store, "state", "off").empty());
  }
}

TEMPLATE_TEST_CASE("a value that is too long is stored but not indexed", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const std::string fits(1'024, 'x');
  const tag_map longer{{"type", fits + "x"}};
  room_writer writer("r");
  writer.write(store, {set("a", "{}", {{"type", fits}}), set("b", "{}", longer)});
  CHECK(found(store, "type", fits) == strings{"r/a"});
  CHECK(found(store, "type", fits + "x").empty());
  CHECK(store.entity("r", "b").value()->tags == longer);
  writer.write(store, {removal("b", longer)});
  CHECK(store.entity("r", "b").value() == std::nullopt);
}
