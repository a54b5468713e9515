// Audiences with views: who wants to see the same shares one encoding.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

protocol::view_ptr fields(const std::string& path) {
  return std::make_shared<const protocol::view>(protocol::view{subscription_type::map, {}, field_mask::of({path}, {}).value(), false});
}

protocol::view_ptr deltas(subscription_type type) { return std::make_shared<const protocol::view>(protocol::view{type, {}, {}, true}); }

publication_ptr document(std::uint64_t offset, const std::string& data) {
  auto made = std::make_shared<publication>();
  made->offset = offset;
  made->key = "k";
  made->data = data;
  return made;
}

// Of that level, long enough for a delta to pay.
std::string lamp(std::uint64_t level) { return R"({"level":)" + std::to_string(level) + R"(,"note":")" + std::string(80, 'n') + R"("})"; }

std::vector<change> next(std::uint64_t offset) {
  const auto before = std::make_shared<const entity_document>(entity_document{"k", offset - 1, 0, lamp(offset - 1), {}});
  return {{document(offset, lamp(offset)), offset == 1 ? nullptr : before}};
}

std::vector<bool> deltas_heard(const listener& who) {
  std::vector<bool> all;
  for (const auto& each : who.heard())
    if (each.contains("push")) all.push_back(each["push"]["pub"].contains("delta"));
  return all;
}

}  // namespace

TEST_CASE("equal wishes share one frame, others get their own") {
  stage s;
  const auto one = s.connect(), same = s.connect(), other = s.connect();
  s.attach(one, "room", 0, fields("a"));
  s.attach(same, "room", 0, fields("a"));
  s.attach(other, "room", 0, fields("b"));
  const auto before = s.state.statistics().frames;
  s.tell("room", changes({document(1, R"({"a":1,"b":2})")}), 0, 0);
  s.settle();
  CHECK(s.state.statistics().frames == before + 2);
  CHECK(one.out->written.back() == same.out->written.back());
  CHECK(one.heard().back()["push"]["pub"]["data"] == json::parse(R"({"a":1})"));
  CHECK(other.heard().back()["push"]["pub"]["data"] == json::parse(R"({"b":2})"));
}

TEST_CASE("a publication that changes nothing chosen is not sent to who chose") {
  stage s;
  const auto a = s.connect(), b = s.connect();
  s.attach(a, "room", 0, fields("a"));
  s.attach(b, "room", 0, fields("b"));
  const auto before = std::make_shared<const entity_document>(entity_document{"k", 1, 0, R"({"a":1,"b":1})", {}});
  s.tell("room", {{document(1, before->data), nullptr}, {document(2, R"({"a":1,"b":2})"), before}}, 0, 0);
  s.settle();
  CHECK(a.offsets("room") == std::vector<std::uint64_t>{1});
  CHECK(b.offsets("room") == std::vector<std::uint64_t>{1, 2});
  CHECK(s.state.statistics().deliveries == 3);
}

TEST_CASE("a stream with deltas begins with a whole document, and newcomers join the chain after theirs") {
  stage s;
  const auto early = s.connect(), late = s.connect();
  s.attach(early, "room", 0, deltas(subscription_type::stream));
  for (std::uint64_t offset = 1; offset <= 2; ++offset) s.tell("room", next(offset), 0, 0), s.settle();
  s.attach(late, "room", 2, deltas(subscription_type::stream));
  for (std::uint64_t offset = 3; offset <= 4; ++offset) s.tell("room", next(offset), 0, 0), s.settle();
  CHECK(deltas_heard(early) == std::vector<bool>{false, true, true, true});
  CHECK(deltas_heard(late) == std::vector<bool>{false, true});
  CHECK(early.out->written.back() == late.out->written.back());
  s.detach(early, "room");
  s.detach(late, "room");
  s.settle();
  CHECK(s.state.statistics().members == 0);
}

TEST_CASE("a map with deltas has a base for every key from the start") {
  stage s;
  const auto who = s.connect();
  s.attach(who, "room", 1, deltas(subscription_type::map));
  s.tell("room", next(2), 0, 0);
  s.settle();
  CHECK(deltas_heard(who) == std::vector<bool>{true});
}

TEST_CASE("too many different wishes in one room are refused, and an empty place is used again") {
  limits few;
  few.audiences_max = 2;
  const crossing crossed("audiences_max");
  stage s(1, few);
  const auto a = s.connect(), b = s.connect(), c = s.connect();
  s.attach(a, "room", 0, fields("a"));
  s.attach(b, "room", 0, fields("b"));
  CHECK_FALSE(crossed.counted());
  const auto refused = s.attach(c, "room", 0, fields("c"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::limit_exceeded);
  CHECK(crossed.counted());
  s.detach(a, "room");
  CHECK(s.attach(c, "room", 0, fields("c")));
}
