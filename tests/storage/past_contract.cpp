#include "storage/past.hpp"

#include <map>
#include <random>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

constexpr std::size_t plenty = 100'000;

using documents = std::map<std::string, entity_document>;

// A room with the state that it had at each offset.
class chronicle {
 public:
  explicit chronicle(store& to) : to_(to), states_{{}} {}

  void write(publication change) {
    auto next = states_.back();
    const auto offset = states_.size();
    if (change.removed)
      next.erase(*change.key);
    else if (change.key)
      next[*change.key] = {*change.key, offset, static_cast<std::int64_t>(1'000 * offset), change.data, change.tags, 0};
    states_.push_back(std::move(next));
    writer_.write(to_, {std::move(change)});
  }

  const documents& at(std::uint64_t offset) const { return states_[offset]; }
  std::uint64_t top() const { return states_.size() - 1; }

 private:
  store& to_;
  room_writer writer_{"r"};
  std::vector<documents> states_;
};

// All pages of so many rows; the first failure is the answer.
result<documents> state_of(const store& from, std::uint64_t offset, std::size_t rows) {
  documents all;
  std::string after;
  for (;;) {
    const auto page = state_at(*from.at_once(), "r", offset, after, {.rows = rows}, plenty);
    if (!page) return tl::unexpected(page.error());
    CHECK(page->top == offset);
    CHECK(page->rows.size() <= rows);
    for (const auto& row : page->rows) {
      CHECK(row.key > after);
      after = row.key;
      all.emplace(row.key, row);
    }
    if (!page->more) return all;
    REQUIRE_FALSE(page->rows.empty());
  }
}

}  // namespace

TEMPLATE_TEST_CASE("the past is exact while all of it is kept", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  chronicle room(*fixture.store);
  room.write(set("b", "1", {{"state", "on"}}));
  room.write(set("a", "2"));
  room.write(message("3"));
  room.write(removal("b"));
  room.write(set("c", "5"));
  room.write(set("b", "6"));
  room.write(removal("a"));
  for (std::uint64_t offset = 0; offset <= room.top(); ++offset) {
    CAPTURE(offset);
    for (const std::size_t rows : {1U, 2U, 100U}) CHECK(state_of(*fixture.store, offset, rows).value() == room.at(offset));
    for (const auto* key : {"a", "b", "c", "d"}) {
      const auto found = entity_at(*fixture.store->at_once(), "r", key, offset, plenty).value();
      CHECK(found.has_value() == room.at(offset).contains(key));
      if (found) CHECK(*found == room.at(offset).at(key));
    }
  }
}

TEMPLATE_TEST_CASE("the past of a trimmed room is exact or refused", "[contract]", memory_fixture, rocksdb_fixture) {
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(seed);
  std::mt19937 chance(seed);
  TestType fixture;
  chronicle room(*fixture.store);
  const auto key = [&] { return "k" + std::to_string(chance() % 12); };
  for (int i = 0; i < 60; ++i) {
    switch (chance() % 8) {
      case 0: room.write(removal(key())); break;
      case 1: room.write(message("0")); break;
      default: room.write(set(key(), std::to_string(i)));
    }
  }
  const std::uint64_t first = 20 + chance() % 30;
  REQUIRE(fixture.store->trim("r", first));

  int told = 0;
  int refused = 0;
  for (std::uint64_t offset = 0; offset <= room.top(); ++offset) {
    CAPTURE(offset, first);
    const auto state = state_of(*fixture.store, offset, 1 + chance() % 5);
    if (state) {
      CHECK(*state == room.at(offset));
    } else {
      CHECK(state.error().code == errc::no_longer_kept);
    }
    ++(state ? told : refused);
    for (int i = 0; i < 12; ++i) {
      const auto name = "k" + std::to_string(i);
      const auto found = entity_at(*fixture.store->at_once(), "r", name, offset, plenty);
      if (!found) {
        CHECK(found.error().code == errc::no_longer_kept);
        continue;
      }
      CHECK(found->has_value() == room.at(offset).contains(name));
      if (*found) CHECK(**found == room.at(offset).at(name));
    }
    // What has not changed since is told from the present, however little history there is.
    for (const auto& [name, document] : room.at(room.top()))
      if (document.version <= offset) CHECK(entity_at(*fixture.store->at_once(), "r", name, offset, plenty).value() == document);
  }
  CHECK(told > 1);
  CHECK(refused > 1);
  CHECK(state_of(*fixture.store, room.top(), 5).value() == room.at(room.top()));
}

TEMPLATE_TEST_CASE("a time is the offset before the first that is newer", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  for (int i = 0; i < 10; ++i) writer.write(store, {message("1")});
  const auto offset_of = [&](std::int64_t time_ms) { return offset_at(*store.at_once(), "r", {std::nullopt, time_ms}); };
  CHECK(offset_of(999).value() == 0);
  CHECK(offset_of(1'000).value() == 1);
  CHECK(offset_of(3'999).value() == 3);
  CHECK(offset_of(99'000).value() == 10);
  CHECK(offset_at(*store.at_once(), "r", {10, 0}).value() == 10);
  CHECK(offset_at(*store.at_once(), "r", {11, 0}).error().code == errc::bad_request);
  CHECK(offset_at(*store.at_once(), "x", {0, 0}).error().code == errc::unknown_room);

  REQUIRE(store.trim("r", 5));
  CHECK(offset_of(5'000).value() == 5);
  CHECK(offset_of(4'999).error().code == errc::no_longer_kept);
  REQUIRE(store.trim("r", 11));
  CHECK(offset_of(99'000).error().code == errc::no_longer_kept);
}

TEMPLATE_TEST_CASE("a look into the past is bounded", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  writer.write(store, {set("a", "1")});
  for (int i = 0; i < 50; ++i) writer.write(store, {set("b", "1")});
  CHECK(entity_at(*store.at_once(), "r", "b", 30, 20).value()->version == 30);
  CHECK(entity_at(*store.at_once(), "r", "c", 51, 20).error().code == errc::limit_exceeded);
  CHECK(state_at(*store.at_once(), "r", 1, "", {}, 20).error().code == errc::limit_exceeded);
  CHECK(state_at(*store.at_once(), "r", 40, "", {}, 20).value().rows.size() == 2);
}

TEMPLATE_TEST_CASE("a frozen moment stays while the store goes on", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  room_writer writer("r");
  writer.write(store, {set("a", "1"), set("b", "1")});
  room_writer("rest").write(store, {message("1")});
  const auto kept = store.freeze({"r", false}, 1'000'000).value();
  writer.write(store, {removal("a"), set("c", "1")});
  REQUIRE(store.trim("r", 3));

  const auto moment = kept->look().value();
  CHECK(moment->room("r").value()->top == 2);
  CHECK(keys_of(moment->state("r", "", {}).value()) == std::vector<std::string>{"a", "b"});
  CHECK(offsets_of(moment->stream("r", 0, {}, false).value()) == std::vector<std::uint64_t>{1, 2});
  CHECK(store.room("r").value()->top == 4);
}

TEST_CASE("of the memory store only what fits is copied") {
  const auto store = make_memory_store();
  room_writer("r").write(*store, {set("a", '"' + std::string(1'000, 'x') + '"')});
  room_writer("ra").write(*store, {set("a", "1")});
  CHECK(store->freeze({"r", true}, 500).error().code == errc::limit_exceeded);
  CHECK(store->freeze({"ra", true}, 500));
  CHECK(store->freeze({"r", false}, 5'000).value()->look().value()->rooms("", "", 9).value().size() == 1);
}

TEST_CASE("a frozen moment ends when the database is opened again") {
  rocksdb_fixture fixture;
  room_writer("r").write(*fixture.store, {set("a", "1")});
  const auto kept = fixture.store->freeze({}, 0).value();
  REQUIRE(kept->look());
  REQUIRE(fixture.store->reopen_writes());
  CHECK(kept->look().error().code == errc::no_longer_kept);
  CHECK(fixture.store->entity("r", "a").value());
}
