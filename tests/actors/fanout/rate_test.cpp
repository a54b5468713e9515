// Audiences with a rate: one message in an interval, of a map with the newest of each key.
#include "schemas/footprint.hpp"
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;
using namespace std::chrono_literals;

namespace {

using offsets = std::vector<std::uint64_t>;

protocol::view_ptr rated(subscription_type type, bool delta = false) {
  return std::make_shared<const protocol::view>(protocol::view{type, {}, {}, delta, slow_consumer::disconnect, 100});
}

change of_key(std::uint64_t offset, const std::string& key, const entity_ptr& before = nullptr) {
  auto made = std::make_shared<publication>(*keyed(offset, 60));
  made->key = key;
  return {made, before};
}

struct rated_stage : stage {
  void news(const std::vector<change>& all) {
    tell("room", all, 0, 0);
    settle();
  }
  void pass(std::chrono::milliseconds time) {
    io.time += time;
    state.tick();
    settle();
  }
};

}  // namespace

TEST_CASE("the first change goes out at once, the next ones together when the interval is over") {
  rated_stage s;
  const auto slow = s.connect(), fast = s.connect();
  s.attach(slow, "room", 0, rated(subscription_type::map));
  s.attach(fast, "room", 0);
  s.news({of_key(1, "a")});
  s.news({of_key(2, "a")});
  s.news({of_key(3, "b"), of_key(4, "a")});
  CHECK(slow.offsets("room") == offsets{1});
  CHECK(fast.offsets("room") == offsets{1, 2, 3, 4});
  REQUIRE_FALSE(s.io.wakes.empty());
  CHECK(s.io.wakes.back() == s.io.time + 100ms);
  s.pass(99ms);
  CHECK(slow.offsets("room") == offsets{1});
  s.pass(1ms);
  CHECK(slow.offsets("room") == offsets{1, 3, 4});
  CHECK(slow.messages().size() == 3);  // with the reply
  s.pass(100ms);
  s.news({of_key(5, "a")});
  CHECK(slow.offsets("room") == offsets{1, 3, 4, 5});
}

TEST_CASE("what a map is not told of uses up no interval") {
  rated_stage s;
  const auto who = s.connect();
  s.attach(who, "room", 0, rated(subscription_type::map));
  s.news({{keyless(1), nullptr}});
  s.news({of_key(2, "a")});
  CHECK(who.offsets("room") == offsets{2});
}

TEST_CASE("a stream is joined, not conflated") {
  rated_stage s;
  const auto who = s.connect();
  s.attach(who, "room", 0, rated(subscription_type::stream));
  for (std::uint64_t offset = 1; offset <= 5; ++offset) s.news({of_key(offset, "a")});
  s.pass(100ms);
  CHECK(who.offsets("room") == offsets{1, 2, 3, 4, 5});
  CHECK(who.messages().size() == 3);
}

TEST_CASE("who comes while something is held back is not told it, and shares the next message but one") {
  rated_stage s;
  const auto early = s.connect(), late = s.connect();
  s.attach(early, "room", 0, rated(subscription_type::map));
  s.news({of_key(1, "a")});
  s.news({of_key(2, "a")});
  s.attach(late, "room", 2, rated(subscription_type::map));
  s.news({of_key(3, "b")});  // the newcomer's first
  CHECK(late.offsets("room") == offsets{3});
  s.pass(100ms);
  CHECK(early.offsets("room") == offsets{1, 2, 3});
  s.news({of_key(4, "c")});
  s.pass(100ms);
  CHECK(late.offsets("room") == offsets{3, 4});
  CHECK(early.out->written.back() == late.out->written.back());
}

TEST_CASE("a delta is against what the audience was told before") {
  rated_stage s;
  const auto who = s.connect();
  s.attach(who, "room", 0, rated(subscription_type::map, true));
  const auto document = [](const change& of) {
    return std::make_shared<const entity_document>(entity_document{"a", of.told->offset, 0, of.told->data, {}});
  };
  const auto first = of_key(1, "a");
  s.news({first});
  const auto second = of_key(2, "a", document(first));
  s.news({second});
  s.news({of_key(3, "a", document(second))});
  s.pass(100ms);
  CHECK(who.heard().back()["push"]["pub"]["offset"] == 3);
  CHECK(who.heard().back()["push"]["pub"]["delta"] == true);
}

TEST_CASE("a slow member misses what is held back from its oldest change on, though newer ones took the place of that") {
  rated_stage s;
  const auto who = s.connect();
  const auto view =
      std::make_shared<const protocol::view>(protocol::view{subscription_type::map, {}, {}, false, slow_consumer::conflate, 100});
  s.attach(who, "room", 0, view);
  s.news({of_key(1, "a")});
  s.news({of_key(2, "a"), of_key(3, "b")});
  s.news({of_key(4, "a"), of_key(5, "b")});
  who.out->slow = true;
  s.pass(100ms);
  const auto news = who.out->missing.take_news();
  REQUIRE(news.size() == 1);
  CHECK(news.front().after == 1);
}

TEST_CASE("what was conflated is not cut: each message tells of changes that follow each other, about as many as one may hold") {
  limits small;
  small.run_bytes_max = 3 * bytes_of(*of_key(1, "a").told) - 1;
  stage s(1, small);
  const auto who = s.connect();
  const auto view =
      std::make_shared<const protocol::view>(protocol::view{subscription_type::map, {}, {}, false, slow_consumer::conflate, 100});
  s.attach(who, "room", 0, view);
  s.tell("room", {of_key(1, "a")}, 0, 0);
  s.settle();
  const auto before = who.messages().size();
  std::vector<change> news{of_key(2, "a"), of_key(3, "b"), of_key(4, "a"), of_key(5, "c")};  // one message: a is told once
  for (const auto* key : {"b", "a", "b"}) news.push_back(of_key(news.back().told->offset + 1, key));

  SECTION("too much to wait") {
    s.tell("room", news, 0, 0);
    s.settle();
    CHECK(who.offsets("room") == offsets{1, 3, 4, 5, 7, 8});
    CHECK(who.messages().size() == before + 2);
  }
  SECTION("a slow member goes on from the first that it missed") {
    s.tell("room", news, 0, 0);
    who.out->slow = true;
    s.settle();
    const auto missed = who.out->missing.take_news();
    REQUIRE(missed.size() == 1);
    CHECK(missed.front().after == 1);
  }
}

TEST_CASE("very many tiny documents with long names make no long message") {
  limits small;
  small.run_bytes_max = 20'000;
  stage s(1, small);
  const auto who = s.connect();
  const std::string room(250, 'r');
  s.attach(who, room, 0, rated(subscription_type::map));
  s.tell(room, {of_key(1, "a")}, 0, 0);
  s.settle();
  std::vector<change> news;
  for (std::uint64_t offset = 2; offset <= 1'000; ++offset) {
    auto tiny = std::make_shared<publication>(*keyed(offset, 1));
    tiny->key = std::string(400, '"') + std::to_string(offset);
    tiny->tags = {{"name", std::string(100, '\\')}};
    news.push_back({std::move(tiny), nullptr});
  }
  s.tell(room, news, 0, 0);
  s.settle();
  CHECK(who.offsets(room).size() == 1'000);
  for (const auto& frame : who.out->written) CHECK(frame->bytes.size() < 25'000);
}

TEST_CASE("what is held back is bounded: too much of it goes out early") {
  limits small;
  small.pending_run_bytes_max = 2 * bytes_of(*of_key(1, "a").told);
  stage s(1, small);
  const auto who = s.connect();
  s.attach(who, "room", 0, rated(subscription_type::stream));
  for (std::uint64_t offset = 1; offset <= 4; ++offset) {
    s.tell("room", {of_key(offset, "a")}, 0, 0);
    s.settle();
  }
  CHECK(who.offsets("room") == offsets{1, 2, 3, 4});
}

TEST_CASE("a slow member that is resumed is not told again what its audience holds back") {
  rated_stage s;
  const auto who = s.connect(), other = s.connect();
  const auto view = rated(subscription_type::map);
  s.attach(who, "room", 0, view);
  s.attach(other, "room", 0, view);
  s.news({of_key(1, "a")});
  s.news({of_key(2, "b")});
  tidewire::resume ready;
  ready.room = "room";
  ready.member.who = who.who;
  ready.member.through = view;
  ready.member.command_id = 1;
  ready.member.reply = std::make_shared<kept_reply<subscribe_step>>();
  ready.changes = {of_key(2, "b")};
  ready.up_to = 2;
  ready.whole = true;
  s.state.handle(ready);
  s.pass(100ms);
  s.news({of_key(3, "c")});
  s.pass(100ms);
  CHECK(who.offsets("room") == offsets{1, 2, 3});
  CHECK(other.offsets("room") == offsets{1, 2, 3});
}
