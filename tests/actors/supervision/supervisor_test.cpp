#include "actors/supervision/supervisor.hpp"

#include "actors/supervision/actor_error.hpp"
#include "tests/actors/supervision/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;

namespace {

struct scene {
  stage on;
  history log = std::make_shared<std::string>();
  std::shared_ptr<role_table> roles = std::make_shared<role_table>();
  std::shared_ptr<heard> ears = std::make_shared<heard>();
  caf::actor ear = on.spawn<probe>(ears);

  supervisor_spec abc(restart_strategy strategy) {
    return {.name = "abc",
            .policy = {.strategy = strategy, .max_restarts = 2, .period = 1'000ms, .backoff_initial = 10ms, .backoff_max = 40ms},
            .children = {worker_spec(log, "a"), worker_spec(log, "b"), worker_spec(log, "c")},
            .observer = roles};
  }
  supervisor_actor start(supervisor_spec spec) {
    auto top = on.spawn<supervisor>(std::move(spec));
    watch(caf::actor_cast<caf::actor>(top));
    return top;
  }
  void watch(const caf::actor& whom) {
    caf::anon_send(ear, whom);
    on.run();
  }
  void tell(const std::string& role, const std::string& order) {
    caf::anon_send(roles->find(role), order);
    on.run();
  }
  std::string take_log() { return std::exchange(*log, {}); }
};

}  // namespace

TEST_CASE("the children stand in order when spawn returns, and stop in reverse order with their supervisor") {
  scene s;
  const auto top = s.start(s.abc(restart_strategy::one_for_one));
  CHECK(s.take_log() == "+a +b +c ");
  CHECK(s.roles->find("b"));
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
  s.on.run();
  CHECK(s.take_log() == "-c -b -a ");
  CHECK_FALSE(s.roles->find("b"));
  REQUIRE(s.ears->deaths.size() == 1);
  CHECK(ended_normally(s.ears->deaths[0]));
}

TEST_CASE("a crashed child is replaced, by its strategy") {
  scene s;
  const auto strategy = GENERATE(restart_strategy::one_for_one, restart_strategy::rest_for_one, restart_strategy::one_for_all);
  s.start(s.abc(strategy));
  s.take_log();
  const auto before = s.roles->find("b");
  s.watch(before);
  s.tell("b", "crash");
  const std::map<restart_strategy, std::string> expected{{restart_strategy::one_for_one, "-b +b "},
                                                         {restart_strategy::rest_for_one, "-b -c +b +c "},
                                                         {restart_strategy::one_for_all, "-b -c -a +a +b +c "}};
  CHECK(s.take_log() == expected.at(strategy));
  CHECK(s.roles->find("b"));
  CHECK(s.roles->find("b") != before);
  REQUIRE(s.ears->deaths.size() == 1);
  CHECK(describe(s.ears->deaths[0]) == "crashed: boom");
}

TEST_CASE("restarts are delayed longer and longer") {
  scene s;
  s.start(s.abc(restart_strategy::one_for_one));
  s.take_log();
  s.tell("a", "crash");
  CHECK(s.take_log() == "-a +a ");
  s.tell("a", "crash");
  CHECK(s.take_log() == "-a ");
  CHECK_FALSE(s.roles->find("a"));
  s.on.advance(9ms);
  CHECK(s.take_log().empty());
  s.on.advance(1ms);
  CHECK(s.take_log() == "+a ");
}

TEST_CASE("a child that does not stop in time is killed, and those before it wait for that") {
  scene s;
  auto spec = s.abc(restart_strategy::one_for_one);
  spec.children[1] = worker_spec(s.log, "b", restart_kind::permanent, true);
  const auto top = s.start(spec);
  s.take_log();
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
  s.on.run();
  CHECK(s.take_log() == "-c ");
  s.on.advance(99ms);
  CHECK(s.take_log().empty());
  s.on.advance(1ms);
  CHECK(s.take_log() == "-b -a ");
  CHECK(s.ears->deaths.size() == 1);
}

TEST_CASE("a child handles the mail it has before it stops") {
  scene s;
  const auto top = s.start(s.abc(restart_strategy::one_for_one));
  const auto worker = s.roles->find("c");
  caf::anon_send(worker, ask{make_reply<int>(s.ear, 1)});
  caf::anon_send(worker, 42);
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
  s.on.run();
  REQUIRE(s.ears->ints[1].size() == 1);
  CHECK(s.ears->ints[1][0] == 42);
}

TEST_CASE("a crash while others are stopping does not disturb the stop") {
  scene s;
  auto spec = s.abc(restart_strategy::one_for_all);
  spec.children[2] = worker_spec(s.log, "c", restart_kind::permanent, true);
  const auto top = s.start(spec);
  s.take_log();
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
  s.on.run();
  s.tell("a", "crash");
  CHECK(s.take_log() == "-a ");
  s.on.advance(100ms);
  CHECK(s.take_log() == "-c -b ");
  CHECK(s.ears->deaths.size() == 1);
}

TEST_CASE("too many restarts climb through two levels") {
  scene s;
  auto leaf = s.abc(restart_strategy::one_for_one);  // 2 restarts
  supervisor_spec root{.name = "root",
                       .policy = {.max_restarts = 1, .period = 60'000ms},
                       .children = {worker_spec(s.log, "sibling"), supervisor_child(leaf)},
                       .observer = s.roles};
  s.start(root);
  s.take_log();
  const auto crash = [&] {
    s.tell("b", "crash");
    s.on.advance(10ms);
  };
  for (int i = 0; i < 3; ++i) crash();
  CHECK(s.take_log() == "-b +b -b +b -b -c -a +a +b +c ");
  CHECK(s.ears->deaths.empty());
  for (int i = 0; i < 3; ++i) crash();
  CHECK(s.take_log() == "-b +b -b +b -b -c -a -sibling ");
  REQUIRE(s.ears->deaths.size() == 1);
  CHECK(describe(s.ears->deaths[0]) == "too many restarts: supervisor root");
}

TEST_CASE("a nested supervisor that dies takes its subtree along and comes back with a new one") {
  scene s;
  supervisor_spec root{
      .name = "root", .policy = {}, .children = {supervisor_child(s.abc(restart_strategy::one_for_one))}, .observer = s.roles};
  s.start(root);
  s.take_log();
  const auto old_b = s.roles->find("b");
  s.watch(old_b);
  caf::anon_send_exit(s.roles->find("abc"), caf::exit_reason::kill);
  s.on.run();
  REQUIRE(s.ears->deaths.size() == 1);
  CHECK(s.ears->deaths[0] == caf::exit_reason::kill);
  const auto log = s.take_log();
  for (const auto* part : {"-a ", "-b ", "-c ", "+a +b +c "}) CHECK(log.find(part) != std::string::npos);
  CHECK(log.size() == 18);
  CHECK(s.roles->find("b"));
  CHECK(s.roles->find("b") != old_b);
}

TEST_CASE("a start function that throws or returns nothing is a crash at start") {
  scene s;
  auto spec = s.abc(restart_strategy::one_for_one);
  int attempts = 0;
  spec.children[1].start = [&](const start_context& context) -> caf::actor {
    CHECK(context.incarnation == std::uint64_t(attempts + 1));
    if (attempts++ == 0) throw std::runtime_error("not yet");
    if (attempts == 2) return {};
    return context.system.spawn<worker>(s.log, context.id, false);
  };
  s.start(spec);
  CHECK(s.take_log() == "+a +c ");
  s.on.advance(0ms);
  CHECK(s.take_log().empty());
  s.on.advance(10ms);
  CHECK(s.take_log() == "+b ");
}

TEST_CASE("a supervisor whose children never start ends") {
  scene s;
  auto spec = s.abc(restart_strategy::one_for_all);
  spec.policy.max_restarts = 0;
  spec.children[0].start = [](const start_context&) -> caf::actor { return {}; };
  s.start(spec);
  REQUIRE(s.ears->deaths.size() == 1);
  CHECK(describe(s.ears->deaths[0]) == "too many restarts: supervisor abc");
}

TEST_CASE("dynamic children, by request") {
  scene s;
  const auto top = s.start(s.abc(restart_strategy::one_for_one));
  s.take_log();
  const auto start = [&](child_spec spec, std::uint64_t ticket) {
    caf::anon_send(top, start_child{std::move(spec), make_reply<caf::actor>(s.ear, ticket)});
    s.on.run();
    REQUIRE(s.ears->actors[ticket].size() == 1);
    return s.ears->actors[ticket][0];
  };
  const auto ids = [&] {
    caf::anon_send(top, which_children{make_reply<std::vector<child_info>>(s.ear, 0)});
    s.on.run();
    std::string all;
    for (const auto& child : s.ears->children) all += child.id + (child.phase == child_phase::running ? "! " : "? ");
    return all;
  };
  const auto d = start(worker_spec(s.log, "d", restart_kind::transient), 1);
  REQUIRE(d);
  CHECK(s.take_log() == "+d ");
  CHECK(ids() == "a! b! c! d! ");

  SECTION("an id is taken once") {
    CHECK(start(worker_spec(s.log, "d"), 2).error().code == errc::conflict);
    CHECK(start(worker_spec(s.log, "a"), 3).error().code == errc::conflict);
  }
  SECTION("a start that fails is told and forgotten") {
    auto spec = worker_spec(s.log, "e");
    spec.start = [](const start_context&) -> caf::actor { throw std::runtime_error("no way"); };
    const auto refused = start(spec, 2);
    CHECK(refused.error().code == errc::internal);
    CHECK(refused.error().detail.find("no way") != std::string::npos);
    CHECK(ids() == "a! b! c! d! ");
  }
  SECTION("one that is done is forgotten") {
    caf::anon_send(*d, std::string("finish"));
    s.on.run();
    CHECK(ids() == "a! b! c! ");
  }
  SECTION("one that crashes is restarted") {
    caf::anon_send(*d, std::string("crash"));
    s.on.run();
    CHECK(s.take_log() == "-d +d ");
    CHECK(ids() == "a! b! c! d! ");
    CHECK(s.ears->children[3].restarts == 1);
    CHECK(s.ears->children[3].handle != *d);
  }
  SECTION("stop is answered when the child is down") {
    caf::anon_send(top, stop_child{"d", make_reply<child_stopped>(s.ear, 2)});
    caf::anon_send(top, stop_child{"b", make_reply<child_stopped>(s.ear, 3)});
    caf::anon_send(top, stop_child{"nobody", make_reply<child_stopped>(s.ear, 4)});
    s.on.run();
    CHECK(s.take_log() == "-d -b ");
    CHECK(s.ears->stops[2].at(0)->id == "d");
    CHECK(s.ears->stops[3].at(0)->id == "b");
    CHECK(s.ears->stops[4].at(0).error().code == errc::unknown_room);
    CHECK(ids() == "a! b? c! ");
    SECTION("and one of the spec can be started again") {
      caf::anon_send(top, restart_child{"b", make_reply<caf::actor>(s.ear, 5)});
      s.on.run();
      CHECK(s.take_log() == "+b ");
      CHECK(s.ears->actors[5].at(0) == s.roles->find("b"));
    }
  }
  SECTION("restart answers the new handle") {
    caf::anon_send(top, restart_child{"d", make_reply<caf::actor>(s.ear, 2)});
    caf::anon_send(top, restart_child{"nobody", make_reply<caf::actor>(s.ear, 3)});
    s.on.run();
    CHECK(s.take_log() == "-d +d ");
    REQUIRE(s.ears->actors[2].at(0));
    CHECK(*s.ears->actors[2][0] != *d);
    CHECK(s.ears->actors[3].at(0).error().code == errc::unknown_room);
  }
  SECTION("requests of a supervisor that stops or dies are answered") {
    caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
    caf::anon_send(top, start_child{worker_spec(s.log, "e"), make_reply<caf::actor>(s.ear, 2)});
    caf::anon_send(top, restart_child{"a", make_reply<caf::actor>(s.ear, 3)});
    s.on.run();
    caf::anon_send(top, start_child{worker_spec(s.log, "f"), make_reply<caf::actor>(s.ear, 4)});
    s.on.run();
    for (const std::uint64_t ticket : {2u, 3u, 4u}) {
      REQUIRE(s.ears->actors[ticket].size() == 1);
      CHECK(s.ears->actors[ticket][0].error().code == errc::unavailable);
    }
  }
}

TEST_CASE("no child is added while a group is being restarted") {
  scene s;
  auto spec = s.abc(restart_strategy::one_for_all);
  spec.children[2] = worker_spec(s.log, "c", restart_kind::permanent, true);
  const auto top = s.start(spec);
  s.tell("a", "crash");
  caf::anon_send(top, start_child{worker_spec(s.log, "d"), make_reply<caf::actor>(s.ear, 1)});
  s.on.run();
  CHECK(s.ears->actors[1].at(0).error().code == errc::unavailable);
  s.on.advance(100ms);
  caf::anon_send(top, start_child{worker_spec(s.log, "d"), make_reply<caf::actor>(s.ear, 2)});
  s.on.run();
  CHECK(s.ears->actors[2].at(0));
}

TEST_CASE("roles: subscribers hear the present actor and every change, in order") {
  scene s;
  s.roles->subscribe("b", s.ear);
  s.start(s.abc(restart_strategy::one_for_one));
  auto ref = s.roles->ref("b");
  const auto first = ref.get();
  s.tell("b", "crash");
  const auto second = ref.get();
  REQUIRE(s.ears->roles.size() == 4);
  CHECK_FALSE(s.ears->roles[0].handle);
  CHECK(s.ears->roles[1].handle == first);
  CHECK_FALSE(s.ears->roles[2].handle);
  CHECK(s.ears->roles[3].handle == second);
  CHECK(s.ears->roles[3].role == "b");
  CHECK(first != second);
  s.roles->unsubscribe("b", s.ear);
  s.tell("b", "crash");
  CHECK(s.ears->roles.size() == 4);
  CHECK_FALSE(ref.get());
}
