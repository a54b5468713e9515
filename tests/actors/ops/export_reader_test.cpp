#include "actors/ops/export_reader.hpp"

#include "schemas/api/export_lines.hpp"
#include "schemas/json.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage::test;

namespace {

// Two stores with rooms; neither needs to be a disk.
struct scene {
  server_options options;
  std::unique_ptr<storage::store> disk = storage::make_memory_store();
  std::unique_ptr<storage::store> memory = storage::make_memory_store();

  std::unique_ptr<export_reader> begin(export_order order = {}) {
    auto reader = export_reader::begin(std::move(order), options, *disk, *memory);
    REQUIRE(reader);
    return std::move(*reader);
  }
  // "room@offset", "room/key=data", "room#offset", each for a line.
  std::vector<std::string> all(export_reader& reader, std::size_t* pages = nullptr) {
    std::vector<std::string> lines;
    std::string next;
    do {
      const auto page = reader.read(next);
      REQUIRE(page);
      const auto text = "[" + page->lines + "]";
      const auto rows = json_elements(text);
      REQUIRE(rows);
      for (const auto& row : *rows) lines.push_back(brief(row));
      next = page->next;
      if (pages) ++*pages;
    } while (!next.empty());
    return lines;
  }

 private:
  static std::string brief(std::string_view row) {
    std::string room, key, data, epoch, offset, version;
    const auto members = json_members(row);
    REQUIRE(members);
    for (const auto& [name, raw] : *members) {
      if (name == "room") room = json_string(raw).value();
      if (name == "key") key = json_string(raw).value();
      if (name == "data") data = raw;
      if (name == "epoch") epoch = raw;
      if (name == "offset") offset = raw;
      if (name == "version") version = raw;
    }
    if (!epoch.empty()) return room + "@" + offset;
    if (!version.empty()) return room + "/" + key + "=" + data;
    return room + "#" + offset;
  }
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an export has the rooms on disk, then those in memory, whatever the size of its pages") {
  scene s;
  room_writer("b").write(*s.disk, {set("y", "1"), set("x", "2"), message("3")});
  room_writer("a").write(*s.disk, {set("k", "1"), removal("k")});
  room_writer("$sys").write(*s.disk, {set("k", "1")});
  room_writer("m").write(*s.memory, {set("k", "1")});
  s.options.limit.export_page_bytes_max = GENERATE(1U, 60U, 1'000'000U);
  CHECK(s.all(*s.begin()) == lines{"a@2", "b@3", "b/x=2", "b/y=1", "m@1", "m/k=1"});
  CHECK(s.all(*s.begin({.rooms = {"b", true}})) == lines{"b@3", "b/x=2", "b/y=1"});
  CHECK(s.all(*s.begin({.rooms = {"$sys", false}})) == lines{"$sys@1", "$sys/k=1"});
  CHECK(s.all(*s.begin({.rooms = {"none", false}})).empty());
  CHECK(s.all(*s.begin({.history = true})) == lines{"a@2", "a#1", "a#2", "b@3", "b#1", "b#2", "b#3", "m@1", "m#1"});
}

TEST_CASE("with a trimmed history the entities come first whose change is no longer in it") {
  scene s;
  room_writer writer("r");
  writer.write(*s.disk, {set("old", "1"), set("new", "2"), set("new", "3"), set("late", "4")});
  REQUIRE(s.disk->trim("r", 3));
  CHECK(s.all(*s.begin({.history = true})) == lines{"r@4", "r/old=1", "r#3", "r#4"});
}

TEST_CASE("an export stays at its moment, and its pages can be read again") {
  scene s;
  room_writer writer("r");
  room_writer in_memory("m");
  writer.write(*s.disk, {set("a", "1"), set("b", "1")});
  in_memory.write(*s.memory, {set("a", "1"), set("b", "1")});
  s.options.limit.export_page_bytes_max = 1;
  const auto reader = s.begin();
  const auto first = reader->read("").value();
  const auto second = reader->read(first.next).value();
  writer.write(*s.disk, {set("b", "2"), set("c", "2")});
  room_writer("s").write(*s.disk, {set("late", "2")});
  CHECK(reader->read("").value().lines == first.lines);
  CHECK(reader->read(first.next).value().lines == second.lines);
  CHECK(s.all(*reader) == lines{"r@2", "r/a=1", "r/b=1", "m@2", "m/a=1", "m/b=1"});

  // A room in memory is of the moment at which the export comes to it. When another one was read since, that moment is gone.
  std::string next;
  for (auto page = reader->read(""); page && !page->next.empty(); page = reader->read(next)) {
    next = page->next;
    if (page->lines.find("\"m\"") != std::string::npos) break;
  }
  in_memory.write(*s.memory, {set("b", "2")});
  CHECK(reader->read(next).value().lines.find(R"("data":1)") != std::string::npos);
  const auto other = s.begin();
  CHECK(other->read(next).error().code == errc::no_longer_kept);
}

TEST_CASE("an export may be of an earlier moment") {
  scene s;
  room_writer writer("r");
  writer.write(*s.disk, {set("a", "1")});
  writer.write(*s.disk, {set("b", "2")});
  writer.write(*s.disk, {set("a", "3")});
  room_writer("s").write(*s.disk, {set("k", "1")});
  CHECK(s.all(*s.begin({.rooms = {"r", false}, .at = storage::past_moment{2, 0}})) == lines{"r@2", "r/a=1", "r/b=2"});
  CHECK(s.all(*s.begin({.rooms = {"r", false}, .history = true, .at = storage::past_moment{2, 0}})) == lines{"r@2", "r#1", "r#2"});
  CHECK(s.all(*s.begin({.at = storage::past_moment{std::nullopt, 2'500}})) == lines{"r@2", "r/a=1", "r/b=2", "s@1", "s/k=1"});
  CHECK(s.all(*s.begin({.at = storage::past_moment{std::nullopt, 10}})).empty());
  CHECK(export_reader::begin({.at = storage::past_moment{2, 0}}, s.options, *s.disk, *s.memory).error().code == errc::bad_request);
  REQUIRE(s.disk->trim("r", 3));
  CHECK(s.begin({.at = storage::past_moment{std::nullopt, 1'500}})->read("").error().code == errc::no_longer_kept);
}

TEST_CASE("what is no cursor is refused") {
  scene s;
  const auto reader = s.begin();
  for (const auto* wrong : {"x", "!", "eA", "eGRy"}) CHECK(reader->read(wrong).error().code == errc::bad_request);
}
