// When an entity expires: every change sets it anew, from the moment the room accepts it.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

operation lasting(operation what, std::uint32_t ttl_s) {
  what.ttl_s = ttl_s;
  return what;
}

namespace_options with_ttl(std::uint32_t key_ttl_s) {
  namespace_options options;
  options.key_ttl_s = key_ttl_s;
  return options;
}

std::vector<storage::due_entity> due(const stage& at) { return at.store->due({}, INT64_MAX, 100).value(); }

}  // namespace

TEST_CASE("a change says how long its entity stays, else the namespace does") {
  const auto key_ttl_s = GENERATE(as<std::uint32_t>{}, 0, 60);
  stage at({}, with_ttl(key_ttl_s));
  at.open();
  at.done({set("own", "1"), lasting(set("short", "1"), 5), lasting(set("stays", "1"), 0), note("1")});
  const auto now = at.port.now_ms();
  CHECK(at.stored("own")->expires_ms == (key_ttl_s == 0 ? 0 : now + 60'000));
  CHECK(at.stored("short")->expires_ms == now + 5'000);
  CHECK(at.stored("stays")->expires_ms == 0);
  CHECK(due(at).size() == (key_ttl_s == 0 ? 1 : 2));
}

TEST_CASE("every change sets the expiry anew, whatever its kind, also after the entity left memory") {
  stage at;
  at.open();
  at.done(lasting(set("k", R"({"n":1})"), 5));
  if (GENERATE(false, true)) {
    at.restart_room();
    at.answer_open();
    at.answer_told(std::nullopt);
  }
  at.pass(1'000);
  SECTION("later") {
    at.done(lasting(merge("k", R"({"m":1})"), 5));
    REQUIRE(due(at).size() == 1);
    CHECK(due(at)[0].expires_ms == at.port.now_ms() + 5'000);
    CHECK(due(at)[0].version == 2);
  }
  SECTION("never") {
    at.done(merge("k", R"({"m":1})"));
    CHECK(due(at).empty());
  }
  SECTION("gone") {
    at.done(removal("k"));
    CHECK(due(at).empty());
  }
}

TEST_CASE("changes of one key that stand on each other, in one request or waiting for their commit, leave one row") {
  stage at;
  at.open();
  at.publish(lasting(set("k", "1"), 5));
  at.publish({lasting(set("k", "2"), 7), removal("k"), lasting(set("k", "3"), 9), lasting(merge("k", R"({"a":1})"), 11)});
  at.publish(lasting(set("k", "4"), 13));
  at.settle_and_commit();
  REQUIRE(due(at).size() == 1);
  CHECK(due(at)[0] == storage::due_entity{at.port.now_ms() + 13'000, "room", "k", 6, "e1"});
}

TEST_CASE("the removal of what expired happens to that version alone") {
  stage at;
  at.open();
  at.done(lasting(set("k", "1"), 5));
  const auto expired = if_version(removal("k"), 1, "e1");
  SECTION("as due") {
    at.done(expired);
    CHECK_FALSE(at.stored("k"));
    CHECK(due(at).empty());
    CHECK(at.port.told.back()->removed);
  }
  SECTION("refreshed meanwhile") {
    at.publish(lasting(set("k", "2"), 5));
    const auto box = at.publish(expired);
    at.settle_and_commit();
    CHECK(box->error() == errc::version_conflict);
    CHECK(at.stored("k")->data == "2");
    CHECK(due(at).size() == 1);
  }
}

TEST_CASE("an ephemeral map is not recoverable: who comes back starts from a snapshot") {
  namespace_options options = with_ttl(60);
  options.map = map_mode::ephemeral;
  options.history_size = GENERATE(0U, 100U);
  stage at({}, options);
  at.open();
  at.done(set("k", "1"));
  at.subscribe(map_state(10));
  at.settle();
  REQUIRE(at.port.attached.size() == 1);
  CHECK_FALSE(at.port.attached[0].result.recoverable);
  CHECK(keys_of(at.port.attached[0].result.state) == std::vector<std::string>{"k"});
  const auto box = at.subscribe(map_stream(1, "e1", true));
  at.settle();
  CHECK(box->error() == errc::unrecoverable);
}

TEST_CASE("a change may say the time itself") {
  stage at({}, with_ttl(60));
  at.open();
  auto until = set("k", "1");
  until.expires_ms = at.port.now_ms() + 123'456;
  at.done(until);
  CHECK(at.stored("k")->expires_ms == *until.expires_ms);
  at.done(set("k", "2"));
  CHECK(at.stored("k")->expires_ms == at.port.now_ms() + 60'000);
}
