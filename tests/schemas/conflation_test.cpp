// Changes that wait, one for each key.
#include "schemas/conflation.hpp"

#include "schemas/footprint.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

change made(std::uint64_t offset, const std::string& key, const std::string& data, tag_map tags_before = {}, entity_ptr before = nullptr) {
  auto told = std::make_shared<publication>();
  told->offset = offset;
  told->key = key;
  told->data = data;
  told->tags_before = std::move(tags_before);
  return {std::move(told), std::move(before)};
}

std::vector<std::string> taken(conflation& from) {
  std::vector<std::string> all;
  for (const auto& each : from.take()) all.push_back(std::to_string(each.told->offset) + *each.told->key + each.told->data);
  return all;
}

}  // namespace

TEST_CASE("the newest of each key comes out, in the order of offsets") {
  conflation waiting;
  waiting.add(made(1, "a", "1"));
  waiting.add(made(2, "b", "2"));
  waiting.add(made(5, "a", "3"));
  waiting.add(made(6, "c", "4"));
  CHECK(taken(waiting) == std::vector<std::string>{"2b2", "5a3", "6c4"});
  CHECK(waiting.empty());
  waiting.add(made(7, "a", "5"));
  CHECK(taken(waiting) == std::vector<std::string>{"7a5"});
}

TEST_CASE("bytes are those of what waits") {
  conflation waiting;
  const auto first = made(1, "a", "1234", {{"state", "on"}});
  const auto second = made(2, "b", "12");
  const auto newer = made(3, "a", "1", {{"state", "on"}});
  waiting.add(first);
  waiting.add(second);
  CHECK(waiting.bytes() == bytes_of(first) + bytes_of(second));
  CHECK(bytes_of(first) - bytes_of(second) == sizeof(tag_map::value_type) + 9);
  waiting.add(newer);
  CHECK(waiting.bytes() == bytes_of(newer) + bytes_of(second));
  waiting.add(second, 1'000'000);  // on the wire
  CHECK(waiting.bytes() == bytes_of(newer) + 1'000'000);
  waiting.take();
  CHECK(waiting.bytes() == 0);
}

TEST_CASE("a merged change replaces what its oldest part did") {
  const auto before = std::make_shared<const entity_document>(entity_document{"a", 0, 0, "0", {{"state", "on"}}});
  conflation waiting;
  const auto first = made(1, "a", "1", {{"state", "on"}}, before);
  waiting.add(first);
  const auto second = made(2, "a", "2", {{"state", "off"}}, std::make_shared<const entity_document>());
  waiting.add(second);
  const auto all = waiting.take();
  REQUIRE(all.size() == 1);
  CHECK(all[0].before == before);
  CHECK(all[0].told->tags_before == tag_map{{"state", "on"}});
  CHECK(all[0].told->data == "2");
  CHECK(second.told->tags_before == tag_map{{"state", "off"}});  // others hold it too
}

TEST_CASE("publications without a key are not of a map") {
  conflation waiting;
  waiting.add({std::make_shared<publication>(), nullptr});
  CHECK(waiting.empty());
}
