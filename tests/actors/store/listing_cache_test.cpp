#include "actors/store/listing_cache.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

storage::state_page page_of(std::uint64_t top, std::size_t bytes = 10) {
  entity_document row;
  row.key = "k";
  row.data = std::string(bytes, 'x');
  return {"e", top, {std::move(row)}, false};
}

storage::room_record at(std::uint64_t top, std::string epoch = "e") { return {std::move(epoch), top}; }

struct scene {
  memory_account held;
  listing_cache cache{held};

  std::uint64_t hits() const { return held.cache.at(cache_type::page, cache_level::memory).hits; }
  std::uint64_t misses() const { return held.cache.at(cache_type::page, cache_level::memory).misses; }
};

}  // namespace

TEST_CASE("a page is given again while its room is where it was, and not afterwards") {
  scene s;
  CHECK(s.cache.find_state({"r", "", 10, 100}, at(5)) == nullptr);
  s.cache.put({"r", "", 10, 100}, page_of(5));
  REQUIRE(s.cache.find_state({"r", "", 10, 100}, at(5)) != nullptr);
  CHECK(s.cache.find_state({"r", "", 10, 100}, at(5))->top == 5);
  CHECK(s.cache.find_state({"r", "", 10, 100}, at(6)) == nullptr);
  CHECK(s.cache.find_state({"r", "", 10, 100}, at(4)) == nullptr);
  CHECK(s.cache.find_state({"r", "", 10, 100}, at(5, "another")) == nullptr);
  CHECK(s.hits() == 2);
  CHECK(s.misses() == 4);
}

TEST_CASE("each question has a page of its own") {
  scene s;
  const listing_cache::question asked{"r", "a", 10, 100};
  s.cache.put(asked, page_of(5));
  for (const auto& other : {listing_cache::question{"q", "a", 10, 100},
                            {"r", "b", 10, 100},
                            {"r", "a", 11, 100},
                            {"r", "a", 10, 99},
                            {"r", "a", 10, 100, "4:type4:lamp"}})
    CHECK(s.cache.find_state(other, at(5)) == nullptr);
  CHECK(s.cache.find_entities(asked, at(5)) == nullptr);
  CHECK(s.cache.find_state(asked, at(5)) != nullptr);
}

TEST_CASE("filters whose names and values run into each other are different questions") {
  const auto of = [](std::vector<index_filter> filters) {
    return listing_cache::of(find_entities{std::move(filters), "r", {}, {}, {}, 10, nullptr});
  };
  CHECK(of({{"type", "ab"}}) != of({{"typea", "b"}}));
  CHECK(of({{"type", "a"}, {"state", "b"}}) != of({{"type", "a5:state1:b"}}));
  CHECK(of({{"type", "a"}}) == of({{"type", "a"}}));
}

TEST_CASE("a newer page takes the place of an older one") {
  scene s;
  s.cache.put({"r", "", 10, 100}, page_of(5, 1'000));
  const auto before = s.cache.bytes();
  s.cache.put({"r", "", 10, 100}, page_of(6, 1'000));
  CHECK(s.cache.bytes() == before);
  CHECK(s.cache.find_state({"r", "", 10, 100}, at(6)) != nullptr);
}

TEST_CASE("what was not asked for longest goes when the place is used up, and the account of memory is true") {
  scene s;
  constexpr auto third = listing_cache::bytes_max / 3;
  for (const auto* room : {"a", "b"}) s.cache.put({room, "", 10, 100}, page_of(1, third));
  CHECK(s.cache.find_state({"a", "", 10, 100}, at(1)) != nullptr);
  s.cache.put({"c", "", 10, 100}, page_of(1, third));
  CHECK(s.cache.find_state({"b", "", 10, 100}, at(1)) == nullptr);
  CHECK(s.cache.find_state({"a", "", 10, 100}, at(1)) != nullptr);
  CHECK(s.cache.find_state({"c", "", 10, 100}, at(1)) != nullptr);
  CHECK(s.held[memory_part::pages].now() == s.cache.bytes());
  s.cache.put({"d", "", 10, 100}, page_of(1, listing_cache::bytes_max));
  CHECK(s.cache.find_state({"d", "", 10, 100}, at(1)) == nullptr);
  CHECK(s.cache.find_state({"a", "", 10, 100}, at(1)) != nullptr);
}

TEST_CASE("when the budget's share for pages is used up by others, nothing is kept") {
  memory_account held(divide_memory(memory_budget_min, {}));
  memory_charge others(held[memory_part::pages]);
  others.become(held[memory_part::pages].limit);
  listing_cache cache(held);
  cache.put({"r", "", 10, 100}, page_of(5));
  CHECK(cache.find_state({"r", "", 10, 100}, at(5)) == nullptr);
  CHECK(cache.bytes() == 0);
}
