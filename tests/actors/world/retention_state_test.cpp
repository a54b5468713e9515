// What goes, and when: against a store that the test keeps.
#include "actors/world/retention_state.hpp"

#include <map>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

struct scene final : retention_port {
  explicit scene(std::uint64_t room_ttl_s = 10, std::uint64_t history_ttl_s = 100) {
    options.namespaces.front().room_ttl_s = room_ttl_s;
    options.namespaces.front().history_ttl_s = history_ttl_s;
    state.emplace(options, *this);
  }

  std::int64_t now_ms() const override { return 1'000'000; }
  std::int64_t steady_ms() const override { return clock_ms; }
  std::vector<std::string> half_forgotten() const override { return left; }
  void load_ages(ticket which, const std::string& after, std::size_t limit) override {
    ++pages;
    std::vector<storage::room_age> page;
    for (auto at = stored.upper_bound(after); at != stored.end() && page.size() < limit; ++at) page.push_back(at->second);
    next = [this, which, page] { state->on_ages(which, page); };
  }
  void find_first_after(ticket which, const std::string& room, std::int64_t time_ms) override {
    log.push_back("first after " + room + " " + std::to_string(time_ms));
    next = [this, which] { state->on_first_after(which, std::uint64_t{7}); };
  }
  void trim(const std::string& room, std::uint64_t first) override { log.push_back("trim " + room + " " + std::to_string(first)); }
  void ask_audience(ticket which, const std::string& room) override {
    log.push_back("audience " + room);
    next = [this, which, room] { state->on_audience(which, room.starts_with("watched")); };
  }
  void forget(ticket which, const std::string& room, const std::string& epoch, std::uint64_t top) override {
    log.push_back("forget " + room + " " + epoch + " " + std::to_string(top));
    next = [this, which, room] {
      if (room.starts_with("open")) return state->on_forgotten(which, fail(errc::conflict));
      const bool whole = --steps[room] <= 0;
      if (whole) stored.erase(room);
      state->on_forgotten(which, forgotten{whole});
    };
  }

  void add(const std::string& room, std::int64_t oldest_ms, std::int64_t newest_ms) {
    stored[room] = {room, {"e", 9, 1, durability::wal}, oldest_ms, newest_ms};
  }
  // Everything that is asked for is answered.
  lines pass(std::int64_t ms = 0) {
    clock_ms += ms;
    state->tick();
    while (next) std::exchange(next, nullptr)();
    return std::exchange(log, {});
  }

  server_options options;
  std::optional<retention_state> state;
  std::int64_t clock_ms = 5'000;
  std::map<std::string, storage::room_age> stored;
  std::map<std::string, int> steps;
  std::vector<std::string> left;
  std::size_t pages = 0;
  lines log;
  std::function<void()> next;
};

}  // namespace

TEST_CASE("a room without change and subscribers for its time is forgotten, step by step") {
  scene s;
  s.add("new", 989'999, 990'001);
  s.add("old", 980'000, 990'000);
  s.steps["old"] = 3;
  CHECK(s.pass() == lines{"audience old", "forget old e 9", "forget old e 9", "forget old e 9"});
  CHECK(s.stored.size() == 1);
  CHECK(s.pass(2'500).empty());
}

TEST_CASE("a room with subscribers, or one that is in use after all, stays, and the others are seen to") {
  scene s;
  s.add("open", 1, 1);
  s.add("a watcher's", 1, 1);
  s.add("watched", 1, 1);
  s.add("z", 1, 1);
  CHECK(s.pass() == lines{"audience a watcher's", "forget a watcher's e 9", "audience open", "forget open e 9", "audience watched",
                          "audience z", "forget z e 9"});
}

TEST_CASE("publications that are too old go, also where rooms stay for ever") {
  scene s(0);
  s.add("a", 900'000, 900'000);
  s.add("b", 900'001, 950'000);
  s.add("empty", 0, 1);
  CHECK(s.pass() == lines{"first after a 900000", "trim a 7"});
}

TEST_CASE("a room of which nobody knows when it changed is kept") {
  scene s;
  s.add("unknown", 0, 0);
  CHECK(s.pass().empty());
}

TEST_CASE("what was left half forgotten is forgotten, without a look at it") {
  scene s;
  s.left = {"half"};
  s.steps["half"] = 2;
  s.add("watched half", 1, 1);
  CHECK(s.pass() == lines{"forget half  0", "forget half  0"});
  s.left.clear();
  CHECK(s.pass() == lines{"audience watched half"});  // and then all others
}

TEST_CASE("many rooms are looked at a page a tick, and then there is a pause") {
  scene s(0);
  for (int i = 0; i < 300; ++i) s.add("r" + std::to_string(i), 999'999, 999'999);
  for (int i = 1; i <= 3; ++i) {
    s.pass();
    CHECK(s.pages == static_cast<std::size_t>(i));
  }
  s.pass(24'999);
  CHECK(s.pages == 3);
  s.pass(1);
  CHECK(s.pages == 4);
}

TEST_CASE("a lost answer ends what it was for, and the next pass does it") {
  scene s;
  s.add("a", 1, 1);
  s.state->tick();
  s.state->on_ages(1, fail(errc::unavailable));
  s.next = nullptr;
  CHECK(s.pass().empty());
  CHECK(s.pass(2'500) == lines{"audience a", "forget a e 9"});
}

TEST_CASE("where nothing is to go nobody looks") {
  scene s(0, 0);
  s.add("a", 1, 1);
  s.pass();
  CHECK(s.pages == 0);
}
