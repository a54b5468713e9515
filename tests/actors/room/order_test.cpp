// The order of changes: slots, keys, batches and version conditions (no storage faults).
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

using offsets = std::vector<std::uint64_t>;

TEST_CASE("changes take offsets in order of arrival, however late a cold entity comes") {
  stage at;
  at.open();
  const auto first = at.publish(set("cold", "1"));
  const auto second = at.publish(note("2"));
  CHECK(at.port.appends.empty());
  at.settle_and_commit();
  CHECK(offsets_of(first->value()) == offsets{1});
  CHECK(offsets_of(second->value()) == offsets{2});
  CHECK(offsets_of(at.port.told) == offsets{1, 2});
}

TEST_CASE("a key is proposed one change at a time, each on the one before") {
  stage at;
  at.open();
  at.publish(set("k", R"({"a":1})"));
  at.publish(merge("k", R"({"b":2})"));
  at.answer_load();
  REQUIRE(at.port.applies.size() == 1);
  at.answer_apply();
  REQUIRE(at.port.applies.size() == 1);
  at.answer_apply();
  at.settle_and_commit();
  CHECK(at.stored("k")->data == R"({"a":1,"b":2})");
  CHECK(at.port.entities_started == 1);
}

TEST_CASE("different keys are proposed side by side") {
  stage at;
  at.open();
  at.publish(set("a", "1"));
  at.publish(set("b", "1"));
  CHECK(at.port.loads.size() == 2);
}

TEST_CASE("a batch takes consecutive offsets in one append") {
  stage at;
  at.open();
  const auto batch = at.publish({set("a", "1"), note("2"), set("b", "3")});
  const auto later = at.publish(note("4"));
  at.settle();
  REQUIRE(at.port.appends.size() == 1);
  CHECK(offsets_of(at.port.appends.front().changes.publications) == offsets{1, 2, 3, 4});
  at.commit();
  CHECK(offsets_of(batch->value()) == offsets{1, 2, 3});
  CHECK(offsets_of(later->value()) == offsets{4});
}

TEST_CASE("a batch with one refused operation changes nothing, and lets its keys go") {
  stage at;
  at.open();
  at.done(set("b", "0"));
  const auto batch = at.publish({set("a", "1"), if_version(set("b", "1"), 7)});
  const auto later = at.publish(if_absent(set("a", "2")));
  at.settle_and_commit();
  CHECK(batch->error() == errc::version_conflict);
  CHECK(offsets_of(later->value()) == offsets{2});
  CHECK(at.stored("b")->data == "0");
  CHECK(at.stored("a")->data == "2");
}

TEST_CASE("a batch holds all its keys until it has left") {
  stage at;
  at.open();
  at.publish({set("a", "1"), set("b", "1")});
  at.publish(merge("a", R"({"x":1})"));
  at.answer_load();
  at.answer_apply();  // a is proposed; b is still cold
  CHECK(at.port.applies.empty());
  at.answer_load();
  at.answer_apply();
  CHECK(at.port.applies.size() == 1);
}

TEST_CASE("a key that stands twice in a batch is built on itself") {
  stage at;
  at.open();
  const auto batch = at.publish({set("k", R"({"a":1})"), merge("k", R"({"b":2})"), removal("k"), if_absent(merge("k", R"({"c":3})"))});
  at.settle_and_commit();
  CHECK(offsets_of(batch->value()) == offsets{1, 2, 3, 4});
  CHECK(at.port.told[1]->data == R"({"a":1,"b":2})");
  CHECK(at.port.told[2]->removed);
  CHECK(at.stored("k")->data == R"({"c":3})");
  CHECK(at.stored("k")->version == 4);
}

TEST_CASE("no version condition holds on a document that its own batch made") {
  stage at;
  at.open();
  const auto batch = at.publish({set("k", "1"), if_version(set("k", "2"), 1)});
  at.settle_and_commit();
  CHECK(batch->error() == errc::version_conflict);
  CHECK(at.stored_top() == 0);
}

TEST_CASE("an answer says which changes made an entity") {
  stage at;
  at.open();
  const auto batch = at.done({set("k", "1"), set("k", "2"), removal("k"), removal("k"), note("1")});
  const auto& changes = batch->value().changes;
  REQUIRE(changes.size() == 5);
  CHECK((changes[0].keyed && changes[0].created));
  CHECK((changes[1].keyed && !changes[1].created));
  CHECK((changes[2].keyed && !changes[2].created));
  CHECK((changes[3].keyed && !changes[3].created));
  CHECK((!changes[4].keyed && !changes[4].created));
}

TEST_CASE("a version condition is held against the newest ordered change") {
  stage at;
  at.open();
  const auto made = at.done(set("k", "1"));
  const auto epoch = made->value().epoch;
  const auto right = at.publish(if_version(set("k", "2"), 1, epoch));
  const auto stale = at.publish(if_version(set("k", "3"), 1, epoch));
  at.settle_and_commit();
  CHECK(offsets_of(right->value()) == offsets{2});
  CHECK(stale->error() == errc::version_conflict);
  CHECK(at.done(if_version(set("k", "4"), 2, "another"))->error() == errc::version_conflict);
  CHECK(offsets_of(at.done(if_version(set("k", "4"), 2))->value()) == offsets{3});
}

TEST_CASE("a refusal is answered only when what it stands on is committed") {
  stage at;
  at.open();
  at.publish(set("k", "1"));
  const auto late = at.publish(if_absent(set("k", "2")));
  at.settle();
  CHECK(late->empty());
  at.commit();
  CHECK(late->error() == errc::version_conflict);
}

TEST_CASE("a refusal that stands on a refused change is no refusal of its own") {
  stage at;
  at.open();
  SECTION("in the same append") {
    at.publish(set("k", "1"));
    at.publish(note("2"));
  }
  SECTION("in the append before") {
    at.publish(set("k", "1"));
    at.settle();
  }
  const auto late = at.publish(if_absent(set("k", "2")));
  at.settle();
  at.refuse_append(false);
  at.answer_open();
  CHECK(late->error() == errc::storage_refused);
  CHECK(offsets_of(at.done(if_absent(set("k", "2")))->value()) == offsets{1});
}

TEST_CASE("tags before a change are those of the change before") {
  stage at;
  at.open();
  auto tagged = set("k", "1");
  tagged.tags = tag_map{{"colour", "red"}};
  auto repainted = set("k", "2");
  repainted.tags = tag_map{{"colour", "blue"}};
  at.done({tagged, repainted});
  at.done(removal("k"));
  CHECK(at.port.told[0]->tags_before.empty());
  CHECK(at.port.told[1]->tags_before == tag_map{{"colour", "red"}});
  CHECK(at.port.told[2]->tags_before == tag_map{{"colour", "blue"}});
  CHECK(at.port.told[2]->tags.empty());
}
