// How the stream is kept short, and what that spares.
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

using firsts = std::vector<std::uint64_t>;

namespace {

namespace_options keeping(std::uint64_t size, std::uint64_t ttl_s = 0) {
  namespace_options options;
  options.history_size = size;
  options.history_ttl_s = ttl_s;
  return options;
}

}  // namespace

TEST_CASE("the stream is trimmed to its size when enough too much has gathered") {
  stage at({}, keeping(10));
  at.open();
  at.notes(26);
  CHECK(at.port.trims.empty());
  at.notes(1);
  CHECK(at.port.trims == firsts{18});
  at.notes(16);
  CHECK(at.port.trims.size() == 1);
  at.notes(1);
  CHECK(at.port.trims == firsts{18, 35});
}

TEST_CASE("a namespace without history keeps the position alone") {
  stage at({}, keeping(0));
  at.open();
  at.notes(17);
  CHECK(at.port.trims == firsts{18});
  at.subscribe(stream_subscribe());
  CHECK_FALSE(at.port.attached.back().result.recoverable);
}

TEST_CASE("the stream is trimmed by age once a minute") {
  stage at({}, keeping(1'000, 100));
  at.open();
  at.notes(2);
  at.pass(50'000);
  at.notes(2);
  at.pass(1'000);
  CHECK(at.port.first_afters.empty());
  at.pass(60'000);
  at.notes(1);
  at.pass(1'000);
  REQUIRE(at.port.first_afters.size() == 1);
  at.answer_first_after();
  CHECK(at.port.trims == firsts{3});
  at.pass(400'000);
  at.answer_first_after();
  CHECK(at.port.trims == firsts{3, 6});
}

TEST_CASE("trimming spares what a page flow will want") {
  limits limit;
  limit.catchup_bytes_max = 100 * (sizeof(publication) + 1);
  stage at(limit, keeping(5));
  at.open();
  at.done(set("a", "1"));
  at.done(set("b", "1"));
  at.done(set("c", "1"));
  const auto page = at.subscribe(map_state(1));
  at.answer_state();
  REQUIRE_FALSE(page->value().live);
  at.notes(40);
  CHECK(at.port.trims == firsts{4});

  SECTION("for a while") {
    at.pass(std::int64_t{limit.catchup_s_max} * 1'000);
    at.notes(20);
    CHECK(at.port.trims.back() > 4);
  }
  SECTION("up to so many bytes") {
    at.notes(60);
    at.notes(20);
    CHECK(at.port.trims.back() > 4);
  }
  SECTION("until it is live") {
    const auto second = at.subscribe(map_state(5, page->value().page));
    at.settle();
    REQUIRE(at.port.attached.size() == 1);
    at.notes(1);
    CHECK(at.port.trims.back() == 40);
  }
}

TEST_CASE("trimming spares what a reader has been asked for") {
  limits limit;
  limit.tail_publications_max = 1;
  stage at(limit, keeping(5));
  at.open();
  at.notes(10);
  const auto box = at.subscribe(stream_recover(7, "e1"));
  REQUIRE(at.port.streams.size() == 1);
  for (int i = 0; i < 30; ++i) {
    at.publish(note("1"));
    at.commit();
  }
  CHECK(at.port.trims == firsts{8});
  at.settle();
  CHECK(at.port.attached.back().result.recovered);
}
