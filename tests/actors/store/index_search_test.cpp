#include "actors/store/index_search.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;

namespace {

struct scene {
  std::unique_ptr<storage::store> disk = storage::make_memory_store();
  std::unique_ptr<storage::store> memory = storage::make_memory_store();

  static void keep(storage::store& in, const std::string& room, std::uint64_t offset, const std::string& key, tag_map tags) {
    publication made;
    made.offset = offset;
    made.key = key;
    made.data = "1";
    made.tags = std::move(tags);
    storage::append what{room, "e", durability::wal, {std::make_shared<const publication>(std::move(made))}, {}};
    REQUIRE(in.write({&what, 1}, false));
  }

  // Room "b" on disk has lamps k0 … k9, every third of which is on; "c" has one more, and so has "a" in memory.
  scene() {
    for (std::uint64_t n = 0; n < 10; ++n)
      keep(*disk, "b", n + 1, "k" + std::to_string(n), {{"state", n % 3 == 0 ? "on" : "off"}, {"type", "lamp"}});
    keep(*disk, "c", 1, "k", {{"state", "on"}, {"type", "lamp"}});
    keep(*disk, "c", 2, "other", {{"state", "on"}, {"type", "fan"}});
    keep(*memory, "a", 1, "k", {{"state", "on"}, {"type", "lamp"}});
    keep(*memory, "bb", 1, "k", {{"state", "off"}, {"type", "lamp"}});
  }

  found_entities ask(find_entities asked) {
    auto page = found(asked, *disk, *memory);
    REQUIRE(page);
    return std::move(*page);
  }

  // All pages, "room/key" each; a bar between pages.
  std::string all(find_entities asked) {
    std::string text;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = ask(asked);
      for (const auto& row : page.rows) text += row.room + "/" + row.document.key + " ";
      if (!page.more) return text;
      text += "| ";
      asked.after_room = page.after_room;
      asked.after_key = page.after_key;
    }
    FAIL("it does not end");
    return {};
  }
};

find_entities wanted(std::vector<index_filter> filters, std::string room = {}, std::size_t rows = 100, std::size_t looked_at_max = 1'000) {
  return {std::move(filters), std::move(room), {}, {}, {rows, 1'000'000}, looked_at_max, nullptr};
}

const index_filter lamps{"type", "lamp"};
const index_filter on{"state", "on"};

}  // namespace

TEST_CASE("entities of one room by the index, at the room's position") {
  scene s;
  const auto page = s.ask(wanted({lamps}, "b"));
  CHECK(page.rows.size() == 10);
  CHECK(page.epoch == "e");
  CHECK(page.top == 10);
  CHECK_FALSE(page.more);
  CHECK(s.all(wanted({lamps, on}, "b")) == "b/k0 b/k3 b/k6 b/k9 ");
  CHECK(s.all(wanted({on}, "c")) == "c/k c/other ");
  CHECK(s.all(wanted({{"type", "nothing"}}, "b")).empty());
  CHECK(s.all(wanted({lamps}, "none")).empty());
  CHECK(s.ask(wanted({lamps}, "none")).epoch.empty());
}

TEST_CASE("pages say exactly whether more follow") {
  scene s;
  CHECK(s.all(wanted({lamps, on}, "b", 2)) == "b/k0 b/k3 | b/k6 b/k9 ");
  CHECK(s.all(wanted({lamps, on}, "b", 3)) == "b/k0 b/k3 b/k6 | b/k9 ");
  CHECK(s.all(wanted({lamps}, "c", 1)) == "c/k ");
}

TEST_CASE("entities of all rooms, of both stores, in order") {
  scene s;
  CHECK(s.all(wanted({on})) == "a/k b/k0 b/k3 b/k6 b/k9 c/k c/other ");
  for (const std::size_t rows : {1U, 2U, 3U, 5U}) {
    auto text = s.all(wanted({lamps}, {}, rows));
    std::erase(text, '|');
    std::string plain;
    for (const char c : text)
      if (c != ' ' || (!plain.empty() && plain.back() != ' ')) plain += c;
    CHECK(plain == "a/k b/k0 b/k1 b/k2 b/k3 b/k4 b/k5 b/k6 b/k7 b/k8 b/k9 bb/k c/k ");
  }
}

TEST_CASE("a page looks at so many entities, and may be empty though more follow") {
  const crossing crossed("filtered_rows_max");
  scene s;
  CHECK(s.all(wanted({lamps, on}, "b", 100, 2)) == "b/k0 | b/k3 | | b/k6 | b/k9 | ");
  CHECK(crossed.counted());
}

TEST_CASE("a page is bounded in bytes, but holds a row") {
  scene s;
  auto asked = wanted({lamps}, "b");
  asked.limit.bytes = 1;
  CHECK(s.ask(asked).rows.size() == 1);
  CHECK(s.all(asked).size() > 10);
}
