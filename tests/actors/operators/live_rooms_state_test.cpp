// When the operators' rooms are told something, and when nobody is asked anything.
#include "actors/operators/live_rooms_state.hpp"

#include <map>
#include <utility>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

class stage : public live_port {
 public:
  void find_watched() override { ++searches; }
  void count_audience(ticket which, const std::string& room) override { counting.emplace_back(which, room); }
  void look(ticket which, const live_view& what) override { looks.emplace_back(which, what.target); }
  void publish(ticket which, const std::string& room, std::string document) override {
    said[room].push_back(std::move(document));
    if (answers) state.on_published(which);
  }
  void wake_after(std::uint32_t ms) override {
    CHECK(ms == 1'000);
    ++wakes;
  }
  std::string log_after(std::uint64_t& last) override {
    auto told = std::to_string(last) + "-" + std::to_string(newest);
    last = newest;
    return told;
  }
  std::uint64_t last_line() const override { return newest; }

  // Everybody is counted; who is not named has nobody.
  void count(const std::map<std::string, std::size_t>& clients) {
    for (const auto& [which, room] : std::exchange(counting, {})) {
      const auto found = clients.find(room);
      state.on_audience(which, found == clients.end() ? 0 : found->second);
    }
  }
  // What was asked for is there.
  void seen(const std::string& document) {
    for (const auto& [which, target] : std::exchange(looks, {})) state.on_content(which, document);
  }
  // The server has started, and nobody watches.
  void rest() {
    state.start();
    CHECK(searches == 1);
    state.on_found(lines{});
    CHECK(wakes == 0);
  }

  bool answers = true;
  int searches = 0;
  std::vector<std::pair<ticket, std::string>> counting;
  std::vector<std::pair<ticket, std::string>> looks;
  std::map<std::string, lines> said;
  int wakes = 0;
  std::uint64_t newest = 7;
  live_rooms_state state{*this};
};

}  // namespace

TEST_CASE("while nobody watches, nothing is said, read or waited for") {
  stage s;
  s.rest();
  CHECK(s.said.empty());
  CHECK(s.looks.empty());
}

TEST_CASE("who begins to watch is told at once, then each second until nobody watches") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:overview");
  s.seen("one");
  CHECK(s.said == std::map<std::string, lines>{{"$sys:overview", {"one"}}});
  CHECK(s.wakes == 1);
  s.state.on_tick();
  s.count({{"$sys:overview", 1}});
  s.seen("two");
  CHECK(s.said["$sys:overview"] == lines{"one", "two"});
  CHECK(s.wakes == 2);
  s.state.on_tick();
  s.count({});
  CHECK(s.looks.empty());
  CHECK(s.wakes == 2);
  CHECK(s.said.size() == 1);
}

TEST_CASE("each question is a room of its own, and asked as it stands there") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:actors?sort=wait&limit=9");
  s.state.on_watched("$sys:actors?sort=time");
  s.state.on_watched("$sys:actors?sort=time");  // by another one
  REQUIRE(s.looks.size() == 2);
  CHECK(s.looks[0].second == "/api/v1/performance/actors?sort=wait&limit=9");
  CHECK(s.looks[1].second == "/api/v1/performance/actors?sort=time");
  s.state.on_content(s.looks[1].first, "all");
  CHECK(s.said == std::map<std::string, lines>{{"$sys:actors?sort=time", {"all"}}});
}

TEST_CASE("there are no more questions at a time than the bound") {
  stage s;
  s.rest();
  for (std::size_t n = 1; n <= live_rooms_state::rooms_max + 1; ++n) s.state.on_watched("$sys:hot?limit=" + std::to_string(n));
  CHECK(s.looks.size() == live_rooms_state::rooms_max);
  s.state.on_tick();
  s.count({});
  s.looks.clear();
  s.state.on_watched("$sys:hot");
  CHECK(s.looks.size() == 1);
}

TEST_CASE("two who begin at different moments share the seconds") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:overview");
  s.state.on_watched("$sys:log");
  CHECK(s.wakes == 1);
  s.state.on_tick();
  s.state.on_watched("$sys:tree");  // amid the count
  s.count({{"$sys:overview", 1}, {"$sys:log", 3}});
  CHECK(s.wakes == 2);
  CHECK(s.said["$sys:log"].size() == 2);
  CHECK(s.looks.size() == 2);
}

TEST_CASE("who watched before an earlier one died is found, if not now then later") {
  stage s;
  s.state.start();
  s.state.on_found(std::nullopt);
  CHECK(s.wakes == 1);
  s.state.on_tick();
  CHECK(s.searches == 2);
  s.state.on_found(lines{"$sys:overview", "$sys:kinds"});
  CHECK(s.looks.size() == 2);
  CHECK(s.wakes == 2);
  s.state.on_tick();
  CHECK(s.searches == 2);
}

TEST_CASE("when nobody can say who watches, it goes on as before") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:overview");
  s.seen("one");
  s.state.on_tick();
  for (const auto& [which, room] : std::exchange(s.counting, {})) s.state.on_audience(which, std::nullopt);
  s.seen("two");
  CHECK(s.said == std::map<std::string, lines>{{"$sys:overview", {"one", "two"}}});
  CHECK(s.wakes == 2);
}

TEST_CASE("what is still on its way is not sent again") {
  stage s;
  s.rest();
  s.answers = false;
  s.state.on_watched("$sys:overview");
  s.state.on_watched("$sys:tree");
  REQUIRE(s.looks.size() == 2);
  const auto [overview, tree] = std::pair(s.looks[0].first, s.looks[1].first);
  s.state.on_content(overview, "one");
  const auto second = [&] {
    s.state.on_tick();
    s.count({{"$sys:overview", 1}, {"$sys:tree", 1}});
  };
  second();
  CHECK(s.looks.size() == 2);
  s.state.on_published(overview);
  s.state.on_content(tree, "a tree");
  s.state.on_published(tree);
  second();
  CHECK(s.looks.size() == 4);
  s.state.on_content(tree, std::nullopt);  // nobody could say
  CHECK(s.said["$sys:tree"] == lines{"a tree"});
  second();
  CHECK(s.looks.size() == 5);
}

TEST_CASE("what comes when nobody watches any more is dropped") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:tree");
  s.state.on_tick();
  s.count({});
  s.seen("a tree");
  CHECK(s.said.empty());
}

TEST_CASE("the log is told from where its watcher begins, each second") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:log");
  s.newest = 9;
  s.state.on_tick();
  s.count({{"$sys:log", 1}});
  s.state.on_tick();
  s.count({});
  CHECK(s.said["$sys:log"] == lines{"7-7", "7-9"});
  s.newest = 20;
  s.state.on_watched("$sys:log");
  CHECK(s.said["$sys:log"].back() == "20-20");
}

TEST_CASE("other rooms that begin so are nobody's") {
  stage s;
  s.rest();
  for (const auto* name : {"$sys:else", "$sys:", "$sys", "$sys:overview?a=b", "$sys:kinds?limit=1", "$sys:tree/a", "$sys:sessions/",
                           "$sys:sessions/a/b", "$sys:sessions/a?limit=1", "sys:tree", "$sys:hot2"})
    s.state.on_watched(name);
  CHECK(s.looks.empty());
  CHECK(s.wakes == 0);
}

TEST_CASE("one connection is a room, too") {
  CHECK(live_view::of_room("$sys:sessions/8c5e")->target == "/api/v1/sessions/8c5e");
  CHECK(live_view::of_room("$sys:sessions?user=a%26b&sort=age")->target == "/api/v1/sessions?user=a%26b&sort=age");
  CHECK(live_view::of_room("$sys:tree")->target == "/api/v1/tree");
}
