// When the operators' rooms are told something, and when nobody is asked anything.
#include "actors/operators/live_rooms_state.hpp"

#include <map>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

class stage : public live_port {
 public:
  void count_audience(ticket which, const std::string& room) override {
    CHECK(room == live_rooms_state::names.at(which));
    counting.push_back(which);
  }
  void publish(ticket which, const std::string& room, std::string document) override {
    CHECK(room == live_rooms_state::names.at(which));
    said[room].push_back(std::move(document));
    if (answers) state.on_published(which);
  }
  void wake_after(std::uint32_t ms) override {
    CHECK(ms == 1'000);
    ++wakes;
  }
  std::optional<std::string> content(ticket which, live_room of) override {
    if (of != live_room::tree) return "at " + std::to_string(++contents);
    CHECK(which == 1);
    ++trees;
    return std::nullopt;
  }
  std::string log_after(std::uint64_t& last) override {
    auto told = std::to_string(last) + "-" + std::to_string(newest);
    last = newest;
    return told;
  }
  std::uint64_t last_line() const override { return newest; }

  // Everybody is counted; who is not named has nobody.
  void count(const std::map<std::string, std::size_t>& clients) {
    for (const auto which : std::exchange(counting, {})) {
      const auto found = clients.find(live_rooms_state::names.at(which));
      state.on_audience(which, found == clients.end() ? 0 : found->second);
    }
  }
  // The server has started, and nobody watches.
  void rest() {
    state.start();
    count({});
    CHECK(wakes == 0);
  }

  bool answers = true;
  std::vector<ticket> counting;
  std::map<std::string, lines> said;
  int wakes = 0;
  int contents = 0;
  int trees = 0;
  std::uint64_t newest = 7;
  live_rooms_state state{*this};
};

}  // namespace

TEST_CASE("while nobody watches, nothing is said, read or waited for") {
  stage s;
  s.rest();
  CHECK(s.said.empty());
  CHECK(s.contents + s.trees == 0);
}

TEST_CASE("who begins to watch is told at once, then each second until nobody watches") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:overview");
  CHECK(s.said == std::map<std::string, lines>{{"$sys:overview", {"at 1"}}});
  CHECK(s.wakes == 1);
  s.state.on_tick();
  s.count({{"$sys:overview", 1}});
  CHECK(s.said["$sys:overview"] == lines{"at 1", "at 2"});
  CHECK(s.wakes == 2);
  s.state.on_tick();
  s.count({});
  CHECK(s.said["$sys:overview"].size() == 2);
  CHECK(s.wakes == 2);
  CHECK(s.said.size() == 1);
}

TEST_CASE("two who begin at different moments share the seconds") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:overview");
  s.state.on_watched("$sys:log");
  CHECK(s.wakes == 1);
  s.state.on_tick();
  s.state.on_watched("$sys:tree");  // amid the count
  s.count({{"$sys:overview", 1}, {"$sys:log", 3}, {"$sys:tree", 1}});
  CHECK(s.wakes == 2);
  CHECK(s.said["$sys:log"].size() == 2);
  CHECK(s.trees == 1);
}

TEST_CASE("who watched before an earlier one died is found") {
  stage s;
  s.state.start();
  s.count({{"$sys:overview", 1}});
  CHECK(s.said["$sys:overview"].size() == 1);
  CHECK(s.wakes == 1);
}

TEST_CASE("when nobody can say who watches, it goes on as before") {
  stage s;
  s.rest();
  s.state.on_watched("$sys:overview");
  s.state.on_tick();
  for (const auto which : std::exchange(s.counting, {})) s.state.on_audience(which, std::nullopt);
  CHECK(s.said == std::map<std::string, lines>{{"$sys:overview", {"at 1", "at 2"}}});
  CHECK(s.wakes == 2);
}

TEST_CASE("what is still on its way is not sent again") {
  stage s;
  s.rest();
  s.answers = false;
  s.state.on_watched("$sys:overview");
  s.state.on_watched("$sys:tree");
  s.state.on_tick();
  s.count({{"$sys:overview", 1}, {"$sys:tree", 1}});
  CHECK(s.contents == 1);
  CHECK(s.trees == 1);
  s.state.on_published(0);
  s.state.on_content(1, "a tree");
  s.state.on_published(1);
  s.state.on_tick();
  s.count({{"$sys:overview", 1}, {"$sys:tree", 1}});
  CHECK(s.contents == 2);
  CHECK(s.trees == 2);
  s.state.on_content(1, std::nullopt);  // nobody could say
  CHECK(s.said["$sys:tree"] == lines{"a tree"});
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
  s.state.on_watched("$sys:else");
  CHECK(s.said.empty());
  CHECK(s.wakes == 0);
}
