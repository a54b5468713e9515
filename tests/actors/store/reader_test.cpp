#include "actors/store/reader.hpp"

#include "tests/actors/store/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

struct scene : store_stage {
  scene() {
    keep(*disk, "b", R"("disk")");
    keep(*disk, "d", R"("disk")");
    keep(*memory, "a", R"("memory")");
    keep(*memory, "c", R"("memory")");
  }

  // One keyed change, one without a key, an idempotent answer.
  static void keep(storage::store& in, const std::string& room, const std::string& data) {
    auto what = changes(room, 1, 2);
    publication keyed = *what.publications[0];
    keyed.key = std::string("k");
    keyed.data = data;
    what.publications[0] = std::make_shared<const publication>(std::move(keyed));
    what.dedupe = {{"key", "once", "f", 1, 1, 4'000'000'000'000}};
    REQUIRE(in.write({&what, 1}, false));
  }

  template <class Request>
  lines ask(bool in_memory, Request request) {
    caf::anon_send(asked, std::make_shared<const read_request>(read_request{in_memory, std::move(request)}));
    return hear();
  }
  lines list(const std::string& prefix, const std::string& after, std::size_t limit, bool in_memory = false) {
    return ask(in_memory, list_rooms{prefix, after, limit, reply<std::vector<storage::named_room>>(1)});
  }

  std::unique_ptr<storage::store> disk = storage::make_memory_store();
  std::unique_ptr<storage::store> memory = storage::make_memory_store();
  memory_account held;
  reader_actor asked = on.spawn<reader>(*disk, *memory, held);
};

}  // namespace

TEST_CASE("each question is answered from the store of the room's namespace") {
  scene s;
  CHECK(s.ask(false, load_room{"b", s.reply<std::optional<storage::named_room>>(1)}) == lines{"1: e 2, entities 1"});
  CHECK(s.ask(true, load_room{"b", s.reply<std::optional<storage::named_room>>(2)}) == lines{"2: none"});
  CHECK(s.ask(true, load_entity{"a", "k", s.reply<std::optional<entity_document>>(3)}) == lines{R"(3: k="memory")"});
  CHECK(s.ask(false, load_entity{"a", "k", s.reply<std::optional<entity_document>>(4)}) == lines{"4: none"});
  CHECK(s.ask(false, load_dedupe{"b", "key", "once", s.reply<std::optional<storage::dedupe_record>>(5)}) == lines{"5: once@1"});
  CHECK(s.ask(false, load_dedupe{"b", "key", "twice", s.reply<std::optional<storage::dedupe_record>>(6)}) == lines{"6: none"});
  CHECK(s.ask(false, read_state{"b", "", {}, s.reply<storage::state_page>(7)}) == lines{R"(7: e 2 k="disk")"});
  CHECK(s.ask(false, read_state{"b", "k", {}, s.reply<storage::state_page>(8)}) == lines{"8: e 2"});
  CHECK(s.ask(false, find_first_after{"b", 1'500, s.reply<std::uint64_t>(9)}) == lines{"9: 2"});
}

TEST_CASE("the stream is read in both directions") {
  scene s;
  CHECK(s.ask(false, read_stream{"b", 0, {}, false, s.reply<storage::stream_page>(1)}) == lines{"1: e 2 1 2"});
  CHECK(s.ask(false, read_stream{"b", 0, {}, true, s.reply<storage::stream_page>(2)}) == lines{"2: e 2 2 1"});
  CHECK(s.ask(false, read_stream{"b", 1, {}, false, s.reply<storage::stream_page>(3)}) == lines{"3: e 2 2"});
  CHECK(s.ask(false, read_stream{"b", 0, {.rows = 1}, false, s.reply<storage::stream_page>(4)}) == lines{"4: e 2 1"});
}

TEST_CASE("an entity is viewed with its room's epoch") {
  scene s;
  CHECK(s.ask(false, view_entity{"b", "k", s.reply<entity_view>(1)}) == lines{R"(1: epoch=e k="disk")"});
  CHECK(s.ask(false, view_entity{"b", "x", s.reply<entity_view>(2)}) == lines{"2: epoch=e none"});
  CHECK(s.ask(false, view_entity{"x", "k", s.reply<entity_view>(3)}) == lines{"3: epoch= none"});
}

TEST_CASE("a listing merges the rooms of both stores, whoever is asked") {
  scene s;
  const bool in_memory = GENERATE(false, true);
  CHECK(s.list("", "", 10, in_memory) == lines{"1: rooms a b c d"});
  CHECK(s.list("", "", 3, in_memory) == lines{"1: rooms a b c"});
  CHECK(s.list("", "b", 10, in_memory) == lines{"1: rooms c d"});
  CHECK(s.list("c", "", 10, in_memory) == lines{"1: rooms c"});
  CHECK(s.list("x", "", 10, in_memory) == lines{"1: rooms"});
}

TEST_CASE("a listing is read once for each position of its room") {
  scene s;
  const auto page = [&](ticket which) {
    read_state asked{"b", "", {}, s.reply<storage::state_page>(which)};
    asked.listing = true;
    return s.ask(false, asked);
  };
  const auto& counted = s.held.cache.at(cache_type::page, cache_level::memory);
  CHECK(page(1) == lines{R"(1: e 2 k="disk")"});
  CHECK(page(2) == lines{R"(2: e 2 k="disk")"});
  CHECK(counted.hits == 1);
  auto what = changes("b", 3);
  REQUIRE(s.disk->write({&what, 1}, false));
  CHECK(page(3) == lines{R"(3: e 3 k="disk")"});
  CHECK(counted.hits == 1);
  CHECK(counted.misses == 2);
  CHECK(s.ask(false, read_state{"b", "", {}, s.reply<storage::state_page>(4)}) == lines{R"(4: e 3 k="disk")"});
  CHECK(counted.hits == 1);
}

TEST_CASE("filtered listings of one room are kept, too") {
  scene s;
  const auto page = [&](ticket which) {
    return s.ask(false, find_entities{{{"type", "lamp"}}, "b", {}, {}, {}, 100, s.reply<found_entities>(which)});
  };
  const auto& counted = s.held.cache.at(cache_type::page, cache_level::memory);
  CHECK(page(1) == lines{"1: e 2"});
  CHECK(page(2) == lines{"2: e 2"});
  CHECK(counted.hits == 1);
}

TEST_CASE("a reader that dies answers what it was asked") {
  scene s;
  caf::anon_send_exit(s.asked, caf::exit_reason::kill);
  CHECK(s.list("", "", 10) == lines{"1: unavailable"});
}
