#include "actors/ops/leak_watch.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using numbers = std::initializer_list<std::uint64_t>;

constexpr std::uint64_t mib = 1'048'576;

// Windows of ten seconds with a look each second, in a time of its own.
struct watched {
  leak_watch watch{{.window_s = 10, .windows = 3, .growth_bytes = 64 * mib, .growth_percent = 25}};
  std::int64_t now_ms = 1'000;
  std::vector<leak_standing> changed{};

  // One window whose least value that is, with a peak in it. What it came to is known when the next one has begun.
  void window(std::uint64_t least) {
    for (int i = 0; i < 10; ++i, now_ms += 1'000) look(i == 5 ? least : least + 500 * mib);
  }
  void look(std::uint64_t value) {
    for (auto& each : watch.read(now_ms, {{"resident", value, 64 * mib}, {"quiet", 7, 64 * mib}})) changed.push_back(std::move(each));
  }
  leak_standing seen() {
    look(UINT64_MAX);  // ends the window before, and counts for none
    return watch.standings().at(0);
  }
};

}  // namespace

TEST_CASE("what grows in so many windows, by so much, is suspected, with its name and how far it came") {
  watched of;
  for (const auto each : numbers{100, 130, 150}) of.window(each * mib);
  CHECK(of.changed.empty());
  of.window(170 * mib);
  const auto seen = of.seen();
  CHECK(seen.suspected);
  CHECK(seen.component == "resident");
  CHECK(seen.baseline == 100 * mib);
  CHECK(seen.peak == 170 * mib);
  CHECK(seen.grown == 3);
  REQUIRE(of.changed.size() == 1);
  CHECK(of.changed[0].component == "resident");
  CHECK_FALSE(of.watch.standings().at(1).suspected);
}

TEST_CASE("peaks do not count: only what is never given back") {
  watched of;
  for (int i = 0; i < 20; ++i) of.window(100 * mib);
  CHECK(of.changed.empty());
  CHECK(of.seen().peak == 100 * mib);
}

TEST_CASE("growth within the bounds is no leak, however long it goes on") {
  watched of;
  for (std::uint64_t i = 0; i < 60; ++i) of.window(1'000 * mib + i * mib);  // 59 MiB
  CHECK(of.changed.empty());
  for (std::uint64_t i = 60; i < 250; ++i) of.window(1'000 * mib + i * mib);  // more than 64 MiB, less than a quarter
  CHECK(of.changed.empty());
  for (std::uint64_t i = 250; i < 253; ++i) of.window(1'000 * mib + i * mib);
  CHECK(of.changed.size() == 1);
}

TEST_CASE("one step up is no leak, nor are a few") {
  watched of;
  of.window(100 * mib);
  of.window(600 * mib);
  for (int i = 0; i < 10; ++i) of.window(600 * mib);
  CHECK(of.changed.empty());
  CHECK(of.seen().baseline == 600 * mib);
}

TEST_CASE("a window without growth is forgiven") {
  watched of;
  for (const auto each : numbers{100, 150, 150, 200, 190, 260}) of.window(each * mib);
  CHECK(of.seen().suspected);
}

TEST_CASE("what fell by half of its growth begins anew") {
  watched of;
  for (const auto each : numbers{100, 150, 300, 150, 160, 170}) of.window(each * mib);
  const auto seen = of.seen();
  CHECK_FALSE(seen.suspected);
  CHECK(seen.baseline == 150 * mib);
  CHECK(seen.grown == 2);
  CHECK(of.changed.empty());
}

TEST_CASE("a suspicion ends when it grows no more, or when it is given back") {
  watched of;
  for (const auto each : numbers{100, 200, 300, 400}) of.window(each * mib);
  of.window(400 * mib);
  CHECK(of.changed.size() == 1);
  SECTION("it stays where it is") {
    for (int i = 0; i < 3; ++i) of.window(400 * mib);
    REQUIRE(of.changed.size() == 2);
    CHECK_FALSE(of.changed[1].suspected);
    CHECK(of.watch.standings().at(0).baseline == 400 * mib);
  }
  SECTION("it is given back") {
    of.window(100 * mib);
    of.window(100 * mib);
    REQUIRE(of.changed.size() == 2);
    CHECK_FALSE(of.changed[1].suspected);
  }
}

TEST_CASE("a window in which nobody looked says nothing") {
  watched of;
  of.window(100 * mib);
  of.now_ms += 3'600'000;
  of.look(100 * mib);
  of.now_ms += 3'600'000;
  of.look(100 * mib);
  CHECK(of.changed.empty());
  CHECK(of.watch.standings().at(0).grown == 0);
}
