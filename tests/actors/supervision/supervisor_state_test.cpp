#include "actors/supervision/supervisor_state.hpp"

#include <algorithm>
#include <random>
#include <sstream>

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace std::chrono_literals;

namespace {

using verb = supervisor_action::verb;

// Carries actions out like the actor does, on a clock that the test moves, and writes down what was done: "+a" started, "-a" asked to
// stop, "!" finished, "!!" escalated.
class stage {
 public:
  explicit stage(restart_policy policy) : state(policy) {}

  child_number add(const std::string& id, restart_kind kind = restart_kind::permanent, bool dynamic = false) {
    return state.add(id, kind, dynamic);
  }
  void run(supervisor_actions actions) {
    to_do_.insert(to_do_.end(), actions.begin(), actions.end());
    if (std::exchange(running_, true)) return;
    while (!to_do_.empty()) {
      const auto action = to_do_.front();
      to_do_.pop_front();
      carry_out(action);
    }
    running_ = false;
  }
  void crash(const std::string& id) { run(state.exited(number(id), false, now)); }
  void finish(const std::string& id) { run(state.exited(number(id), true, now)); }
  // The children that were asked to stop do so, one after the other.
  void let_stop() {
    while (!stopping.empty()) {
      const auto next = stopping.front();
      stopping.erase(stopping.begin());
      run(state.exited(next, true, now));
    }
  }
  void advance(std::chrono::milliseconds by) {
    now += by;
    for (auto next = waits.begin(); next != waits.end();) {
      if (next->first > now) break;
      const auto wait = next->second;
      next = waits.erase(next);
      run(state.timer_fired(wait.child, wait.timer));
      next = waits.begin();
    }
  }
  std::string take_log() { return std::exchange(log, {}); }
  child_number number(const std::string& id) const { return state.find(id).value(); }
  child_phase phase(const std::string& id) const { return state.at(number(id)).phase; }
  std::chrono::milliseconds next_wait() const {
    REQUIRE(!waits.empty());
    return std::chrono::duration_cast<std::chrono::milliseconds>(waits.begin()->first - now);
  }

  supervisor_state state;
  supervisor_state::time_point now{1h};
  std::string log;
  std::vector<child_number> stopping;
  std::multimap<supervisor_state::time_point, supervisor_action> waits;
  std::map<std::string, int> fail_starts;  // how many starts of that child fail

 private:
  void carry_out(const supervisor_action& action) {
    switch (action.what) {
      case verb::start: {
        const auto& id = state.at(action.child).id;
        if (fail_starts[id] > 0) {
          --fail_starts[id];
          log += "?" + id + " ";
          return run(state.start_failed(action.child, now));
        }
        log += "+" + id + " ";
        return run(state.started(action.child, now));
      }
      case verb::stop:
        log += "-" + state.at(action.child).id + " ";
        stopping.push_back(action.child);
        return;
      case verb::wait: waits.emplace(now + action.delay, action); return;
      case verb::forget: return;
      case verb::finish: log += "! "; return;
      case verb::escalate: log += "!! "; return;
    }
  }

  std::deque<supervisor_action> to_do_;
  bool running_ = false;
};

restart_policy policy_of(restart_strategy strategy) {
  return {.strategy = strategy, .max_restarts = 3, .period = 1'000ms, .backoff_initial = 10ms, .backoff_max = 40ms};
}

// a, b and c, started.
stage abc(restart_strategy strategy, restart_kind kind_of_b = restart_kind::permanent) {
  stage s(policy_of(strategy));
  s.add("a");
  s.add("b", kind_of_b);
  s.add("c");
  s.run(s.state.start_all());
  REQUIRE(s.take_log() == "+a +b +c ");
  return s;
}

}  // namespace

TEST_CASE("each strategy restarts whom it should, stopping in reverse and starting in order") {
  SECTION("one for one") {
    auto s = abc(restart_strategy::one_for_one);
    s.crash("b");
    CHECK(s.take_log() == "+b ");
  }
  SECTION("rest for one") {
    auto s = abc(restart_strategy::rest_for_one);
    s.crash("b");
    CHECK(s.take_log() == "-c ");
    CHECK(s.state.busy());
    s.let_stop();
    CHECK(s.take_log() == "+b +c ");
    CHECK_FALSE(s.state.busy());
  }
  SECTION("one for all, one at a time") {
    auto s = abc(restart_strategy::one_for_all);
    s.crash("b");
    CHECK(s.take_log() == "-c ");
    s.let_stop();
    CHECK(s.take_log() == "-a +a +b +c ");
  }
}

TEST_CASE("each kind of child is restarted after the ends that its kind names") {
  const auto strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one, restart_strategy::one_for_all);
  const auto kind = GENERATE(restart_kind::permanent, restart_kind::transient, restart_kind::temporary);
  const auto normally = GENERATE(true, false);
  CAPTURE(int(strategy), int(kind), normally);
  auto s = abc(strategy, kind);
  normally ? s.finish("b") : s.crash("b");
  s.let_stop();
  const bool again = kind == restart_kind::permanent || (kind == restart_kind::transient && !normally);
  const auto log = s.take_log();
  CHECK((log.find("+b ") != std::string::npos) == again);
  if (!again) CHECK(log.empty());
  CHECK(s.state.find("b").has_value() == (kind != restart_kind::temporary));
  CHECK(s.phase("a") == child_phase::running);
  CHECK(s.phase("c") == child_phase::running);
}

TEST_CASE("a group restart forgets temporary children, starts finished transient ones again and leaves stopped ones alone") {
  stage s(policy_of(restart_strategy::one_for_all));
  s.add("permanent");
  s.add("temporary", restart_kind::temporary);
  s.add("transient", restart_kind::transient);
  s.add("stopped");
  s.run(s.state.start_all());
  s.finish("transient");
  s.run(s.state.stop(s.number("stopped")));
  s.let_stop();
  s.take_log();
  s.crash("permanent");
  s.let_stop();
  CHECK(s.take_log() == "-temporary +permanent +transient ");
  CHECK_FALSE(s.state.find("temporary"));
  CHECK(s.phase("stopped") == child_phase::stopped);
}

TEST_CASE("more restarts than the window allows: everybody stops in reverse, then it escalates") {
  auto s = abc(restart_strategy::one_for_one);
  for (int i = 0; i < 3; ++i) {
    s.crash("a");
    s.advance(40ms);
  }
  CHECK(s.take_log() == "+a +a +a ");
  SECTION("inside the period") {
    s.crash("a");
    CHECK(s.state.ending());
    s.let_stop();
    CHECK(s.take_log() == "-c -b !! ");
  }
  SECTION("restarts of siblings count together") {
    s.crash("b");
    s.let_stop();
    CHECK(s.take_log() == "-c -a !! ");
  }
  SECTION("old ones do not count") {
    s.advance(1'000ms);
    s.crash("a");
    s.advance(40ms);
    CHECK(s.take_log() == "+a ");
  }
}

TEST_CASE("backoff: the first restart at once, then doubling up to the maximum, anew after a quiet period") {
  stage s({.strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one),
           .max_restarts = 100,
           .period = 1'000ms,
           .backoff_initial = 10ms,
           .backoff_max = 30ms});
  s.add("a");
  s.run(s.state.start_all());
  s.crash("a");
  CHECK(s.phase("a") == child_phase::running);
  for (const auto delay : {10ms, 20ms, 30ms, 30ms}) {
    s.crash("a");
    CHECK(s.phase("a") == child_phase::waiting);
    CHECK(s.next_wait() == delay);
    s.advance(delay - 1ms);
    CHECK(s.phase("a") == child_phase::waiting);
    s.advance(1ms);
    CHECK(s.phase("a") == child_phase::running);
  }
  s.advance(1'000ms);
  s.crash("a");
  CHECK(s.phase("a") == child_phase::running);
}

TEST_CASE("a start that fails counts as a crash and holds back only those that depend on it") {
  SECTION("one for one: the others start") {
    stage s(policy_of(restart_strategy::one_for_one));
    s.fail_starts["a"] = 2;
    s.add("a");
    s.add("b");
    s.run(s.state.start_all());
    CHECK(s.take_log() == "?a +b ");
    s.advance(0ms);
    CHECK(s.take_log() == "?a ");
    s.advance(10ms);
    CHECK(s.take_log() == "+a ");
  }
  SECTION("rest for one: those before it stay, those after it wait") {
    stage s(policy_of(restart_strategy::rest_for_one));
    s.fail_starts["b"] = 2;
    s.add("a");
    s.add("b");
    s.add("c");
    s.run(s.state.start_all());
    CHECK(s.take_log() == "+a ?b ?b ");
    s.advance(10ms);
    CHECK(s.take_log() == "+b +c ");
    CHECK_FALSE(s.state.busy());
  }
  SECTION("one for all: those before it are stopped") {
    stage s(policy_of(restart_strategy::one_for_all));
    s.fail_starts["b"] = 1;
    s.add("a");
    s.add("b");
    s.run(s.state.start_all());
    s.let_stop();
    CHECK(s.take_log() == "+a ?b -a +a +b ");
  }
  SECTION("for ever: escalates") {
    const auto strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one, restart_strategy::one_for_all);
    stage s(policy_of(strategy));
    s.fail_starts["b"] = 100;
    s.add("a");
    s.add("b");
    s.run(s.state.start_all());
    for (int i = 0; i < 10; ++i) {
      s.let_stop();
      s.advance(40ms);
    }
    CHECK(s.fail_starts["b"] == 96);
    CHECK(s.take_log().find("!! ") != std::string::npos);
  }
}

TEST_CASE("stop_all stops in reverse order, each awaited") {
  const auto strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one, restart_strategy::one_for_all);
  auto s = abc(strategy);
  s.run(s.state.stop_all());
  CHECK(s.take_log() == "-c ");
  SECTION("orderly") {
    s.let_stop();
    CHECK(s.take_log() == "-b -a ! ");
  }
  SECTION("one crashes while another is stopping") {
    s.crash("b");
    CHECK(s.take_log().empty());
    s.let_stop();
    CHECK(s.take_log() == "-a ! ");
  }
  SECTION("requests and late timers change nothing") {
    s.run(s.state.restart(s.number("a")));
    s.run(s.state.stop(s.number("a")));
    s.run(s.state.timer_fired(s.number("a"), 1));
    s.let_stop();
    CHECK(s.take_log() == "-b -a ! ");
  }
}

TEST_CASE("a crash while a group is stopping") {
  SECTION("of a member: it is started with the group, and not counted") {
    auto s = abc(restart_strategy::one_for_all);
    s.crash("b");
    s.crash("a");
    s.let_stop();
    CHECK(s.take_log() == "-c +a +b +c ");
  }
  SECTION("of one before it: the group grows") {
    auto s = abc(restart_strategy::rest_for_one);
    s.crash("b");
    s.crash("a");
    s.let_stop();
    CHECK(s.take_log() == "-c +a +b +c ");
  }
  SECTION("of one before it while the group waits") {
    auto s = abc(restart_strategy::rest_for_one);
    s.crash("c");
    s.crash("c");
    CHECK(s.next_wait() == 10ms);
    s.take_log();
    s.advance(5ms);
    s.crash("a");
    s.let_stop();
    CHECK(s.take_log() == "-b ");
    s.advance(5ms);  // the first wait is over, and void
    CHECK(s.take_log().empty());
    s.advance(5ms);
    CHECK(s.take_log() == "+a +b +c ");
    CHECK_FALSE(s.state.busy());
  }
}

TEST_CASE("a member of a waiting group can be stopped without holding up the others") {
  auto s = abc(restart_strategy::rest_for_one);
  s.crash("b");
  s.let_stop();
  s.crash("b");
  s.let_stop();
  s.take_log();
  s.run(s.state.stop(s.number("b")));
  s.advance(10ms);
  CHECK(s.take_log() == "+c ");
  CHECK_FALSE(s.state.busy());
}

TEST_CASE("dynamic children") {
  auto s = abc(restart_strategy::one_for_one);
  s.run(s.state.start(s.add("d", restart_kind::transient, true)));
  CHECK(s.take_log() == "+d ");
  SECTION("are restarted like others") {
    s.crash("d");
    CHECK(s.take_log() == "+d ");
  }
  SECTION("are forgotten when they are done, and the id is free") {
    s.finish("d");
    CHECK_FALSE(s.state.find("d"));
    s.run(s.state.start(s.add("d", restart_kind::transient, true)));
    CHECK(s.take_log() == "+d ");
  }
  SECTION("are forgotten when they are stopped") {
    s.run(s.state.stop(s.number("d")));
    CHECK(s.state.find("d"));
    s.let_stop();
    CHECK_FALSE(s.state.find("d"));
  }
  SECTION("are forgotten when they are stopped while waiting") {
    s.crash("d");
    s.crash("d");
    s.run(s.state.stop(s.number("d")));
    CHECK_FALSE(s.state.find("d"));
    s.advance(1s);
    CHECK(s.take_log() == "+d ");
  }
  SECTION("never came to be if the first start fails") {
    s.fail_starts["e"] = 1;
    s.run(s.state.start(s.add("e", restart_kind::permanent, true)));
    CHECK(s.take_log() == "?e ");
    CHECK_FALSE(s.state.find("e"));
  }
  SECTION("stop all at once, before those of the spec") {
    s.run(s.state.start(s.add("e", restart_kind::temporary, true)));
    s.run(s.state.stop_all());
    CHECK(s.take_log() == "+e -e -d ");
    s.let_stop();
    CHECK(s.take_log() == "-c -b -a ! ");
  }
}

TEST_CASE("restart on request") {
  SECTION("one for one: that child, uncounted and undelayed") {
    auto s = abc(restart_strategy::one_for_one);
    for (int i = 0; i < 5; ++i) {
      s.run(s.state.restart(s.number("b")));
      s.let_stop();
      CHECK(s.take_log() == "-b +b ");
    }
  }
  SECTION("rest for one: those after it too") {
    auto s = abc(restart_strategy::rest_for_one);
    s.run(s.state.restart(s.number("b")));
    s.let_stop();
    CHECK(s.take_log() == "-c -b +b +c ");
  }
  SECTION("one for all: everybody") {
    auto s = abc(restart_strategy::one_for_all);
    s.run(s.state.restart(s.number("b")));
    s.let_stop();
    CHECK(s.take_log() == "-c -b -a +a +b +c ");
  }
  SECTION("of a stopped child: starts it") {
    auto s = abc(restart_strategy::one_for_one);
    s.run(s.state.stop(s.number("b")));
    s.let_stop();
    CHECK(s.phase("b") == child_phase::stopped);
    s.run(s.state.restart(s.number("b")));
    CHECK(s.take_log() == "-b +b ");
  }
  SECTION("of a child that waits: now, and its timer does nothing any more") {
    auto s = abc(restart_strategy::one_for_one);
    s.crash("b");
    s.crash("b");
    s.run(s.state.restart(s.number("b")));
    CHECK(s.take_log() == "+b +b ");
    s.crash("b");
    s.advance(10ms);
    CHECK(s.take_log().empty());
    s.advance(10ms);
    CHECK(s.take_log() == "+b ");
  }
  SECTION("of a child that is being stopped: when it is down") {
    auto s = abc(restart_strategy::one_for_one);
    s.run(s.state.stop(s.number("b")));
    s.run(s.state.restart(s.number("b")));
    s.let_stop();
    CHECK(s.take_log() == "-b +b ");
  }
}

TEST_CASE("whatever happens, in the end either everybody who should run runs, or nobody does") {
  const auto seed = GENERATE(take(200, random(1u, 1'000'000u)));
  CAPTURE(seed);
  std::mt19937 chance(seed);
  const auto pick = [&](std::size_t below) { return std::size_t(chance() % below); };
  stage s({.strategy = restart_strategy(pick(3)), .max_restarts = 15, .period = 1'000ms, .backoff_initial = 5ms, .backoff_max = 50ms});
  for (int i = 0; i < 4; ++i) s.add("s" + std::to_string(i), restart_kind(pick(3)));
  s.run(s.state.start_all());
  int added = 0;
  const auto any = [&] {
    auto child = s.state.children().begin();
    std::advance(child, pick(s.state.children().size()));
    return child;
  };
  for (int step = 0; step < 60; ++step) {
    if (s.state.children().empty()) break;
    const auto [number, child] = *any();
    switch (pick(7)) {
      case 0:
      case 1: {
        if (child.phase != child_phase::running && child.phase != child_phase::stopping) break;
        std::erase(s.stopping, number);
        s.run(s.state.exited(number, pick(2) == 0, s.now));
        break;
      }
      case 2: s.run(s.state.stop(number)); break;
      case 3: s.run(s.state.restart(number)); break;
      case 4:
        s.fail_starts[child.id] += int(pick(2));
        if (!s.state.busy()) s.run(s.state.start(s.add("d" + std::to_string(added++), restart_kind(pick(3)), true)));
        break;
      case 5: s.advance(std::chrono::milliseconds(pick(30))); break;
      case 6: s.let_stop(); break;
    }
  }
  for (int i = 0; i < 100; ++i) {
    s.let_stop();
    s.advance(50ms);
  }
  if (s.state.ending()) {
    CHECK(s.state.children().empty());
  } else {
    CHECK_FALSE(s.state.busy());
    for (const auto& [number, child] : s.state.children()) {
      CAPTURE(child.id);
      if (child.kind == restart_kind::permanent) CHECK(child.phase == (child.wanted ? child_phase::running : child_phase::stopped));
      CHECK((child.phase == child_phase::running || child.phase == child_phase::stopped));
      if (child.dynamic) CHECK(child.phase == child_phase::running);
    }
    s.run(s.state.stop_all());
    s.let_stop();
  }
  const auto ends = std::count(s.log.begin(), s.log.end(), '!');
  CHECK((ends == 1 || (ends == 2 && s.log.find("!!") != std::string::npos)));
}
