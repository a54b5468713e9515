#include "actors/fanout/pattern_feed.hpp"

#include "actors/fanout/pattern_index.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;
constexpr pattern_feed::time_point start{1h};

change of(std::string key, std::string data) {
  publication told;
  told.key = std::move(key);
  told.data = std::move(data);
  return {std::make_shared<const publication>(std::move(told)), nullptr};
}

strings shown(const std::vector<change>& changes) {
  strings all;
  for (const auto& each : changes) all.push_back(*each.told->key + each.told->data);
  return all;
}

}  // namespace

TEST_CASE("a feed keeps what readers of pages need, and only as long as there are any") {
  pattern_feed feed(3 * sizeof(publication) + 1'003, 0);
  feed.add({of("a", "1")}, start);
  CHECK(feed.position() == 1);
  CHECK(feed.covers(1));
  CHECK_FALSE(feed.covers(0));

  feed.keep(7, feed.position(), start + 10s);
  feed.add({of("a", "2"), of("b", "1")}, start);
  feed.add({of("a", "3")}, start);
  CHECK(feed.covers(1));
  CHECK(feed.changed_since("a", 1));
  CHECK(feed.changed_since("b", 1));
  CHECK_FALSE(feed.changed_since("b", 3));
  CHECK_FALSE(feed.changed_since("c", 1));
  CHECK(shown(feed.since(1)) == strings{"b1", "a3"});
  CHECK(shown(feed.since(3)) == strings{"a3"});
  CHECK(feed.since(4).empty());

  SECTION("until they are through") {
    feed.release(7);
    CHECK(feed.unused(start));
    CHECK_FALSE(feed.covers(1));
    CHECK(feed.covers(4));
  }
  SECTION("or until their time is over") {
    CHECK_FALSE(feed.unused(start + 9s));
    CHECK(feed.unused(start + 10s));
    CHECK_FALSE(feed.covers(1));
  }
  SECTION("or as long as there is room for it") {
    feed.add({of("c", std::string(998, 'x'))}, start);
    CHECK_FALSE(feed.covers(1));
    CHECK(feed.covers(2));
    CHECK(shown(feed.since(2)).size() == 3);
    feed.add({of("d", std::string(10'000, 'x'))}, start);
    CHECK(feed.covers(6));
    CHECK_FALSE(feed.covers(5));
  }
  SECTION("what another reader needs is kept for it alone") {
    feed.keep(8, feed.position(), start + 20s);
    feed.add({of("d", "1")}, start + 11s);
    CHECK_FALSE(feed.covers(1));
    CHECK(shown(feed.since(4)) == strings{"d1"});
  }
  SECTION("a restart is felt by everybody who reads") {
    feed.restart();
    CHECK_FALSE(feed.covers(1));
    CHECK_FALSE(feed.covers(4));
    CHECK(feed.unused(start));
  }
}

TEST_CASE("patterns are found by how a room's name begins") {
  pattern_index<int> index;
  const auto matching = [&](std::string_view room) {
    strings all;
    index.for_each_of(room, [&](std::string pattern, int value) { all.push_back(pattern + std::to_string(value)); });
    return all;
  };
  CHECK(index.empty());
  index.add("a:*", 1);
  index.add("a:hall*", 2);
  index.add("b:hall*", 3);
  CHECK(matching("a:hall") == strings{"a:*1", "a:hall*2"});
  CHECK(matching("a:") == strings{"a:*1"});
  CHECK(matching("a:hal") == strings{"a:*1"});
  CHECK(matching("b:hall/9") == strings{"b:hall*3"});
  CHECK(matching("b").empty());
  REQUIRE(index.find("a:hall*") != nullptr);
  CHECK(*index.find("a:hall*") == 2);
  index.remove("a:hall*");
  index.remove("a:hall*");
  CHECK(index.find("a:hall*") == nullptr);
  CHECK(matching("a:hall") == strings{"a:*1"});
  CHECK(matching("b:hall") == strings{"b:hall*3"});
}
