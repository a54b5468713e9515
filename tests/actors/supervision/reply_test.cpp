#include <atomic>
#include <caf/scoped_actor.hpp>
#include <thread>

#include "actors/supervision/actor_error.hpp"
#include "actors/supervision/fault_switch.hpp"
#include "tests/actors/supervision/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;

namespace {

struct scene {
  stage on;
  history log = std::make_shared<std::string>();
  std::shared_ptr<heard> ears = std::make_shared<heard>();
  caf::actor ear = on.spawn<probe>(ears);
  caf::actor server = on.spawn<worker>(log, "server", false);

  void ask_server(std::uint64_t ticket) { caf::anon_send(server, ask{make_reply<int>(ear, ticket)}); }
  void order(const std::string& what) { caf::anon_send(server, what); }
  void check_unavailable(std::uint64_t ticket) {
    on.run();
    CAPTURE(ticket);
    REQUIRE(ears->ints[ticket].size() == 1);
    REQUIRE_FALSE(ears->ints[ticket][0]);
    CHECK(ears->ints[ticket][0].error().code == errc::unavailable);
  }
};

}  // namespace

TEST_CASE("a request is answered once, whoever tries again") {
  scene s;
  const auto reply = make_reply<int>(s.ear, 7);
  reply->answer(1);
  reply->answer(2);
  s.on.run();
  REQUIRE(s.ears->ints[7].size() == 1);
  CHECK(s.ears->ints[7][0] == 1);
  auto refused = make_reply<int>(s.ear, 8);
  refused->answer(fail(errc::conflict, "no"));
  refused.reset();
  s.on.run();
  REQUIRE(s.ears->ints[8].size() == 1);
  CHECK(s.ears->ints[8][0].error().code == errc::conflict);
}

TEST_CASE("requests in the state and in the mailbox of an actor that crashes, and the one it crashed upon, are answered once") {
  scene s;
  fault_switch::enable();
  s.ask_server(1);
  s.on.run();
  REQUIRE(fault_switch::arm("worker", 1));
  for (const std::uint64_t ticket : {2u, 3u, 4u}) s.ask_server(ticket);
  for (const std::uint64_t ticket : {1u, 2u, 3u, 4u}) s.check_unavailable(ticket);
  CHECK(*s.log == "+server -server ");
  s.ask_server(5);  // dead by now, though its handle is still held
  s.check_unavailable(5);
}

TEST_CASE("requests of an actor that is killed or told to end are answered") {
  scene s;
  const auto reason = GENERATE(caf::exit_reason::kill, caf::exit_reason::user_shutdown);
  s.ask_server(1);
  s.on.run();
  caf::anon_send_exit(s.server, reason);
  s.ask_server(2);
  s.check_unavailable(1);
  s.check_unavailable(2);
}

TEST_CASE("requests that reach nobody are answered: an empty handle, mail that is not understood, a forgetful receiver") {
  scene s;
  caf::anon_send(caf::actor{}, ask{make_reply<int>(s.ear, 1)});
  s.check_unavailable(1);
  caf::anon_send(s.ear, ask{make_reply<int>(s.ear, 2)});  // it has no handler for this
  s.check_unavailable(2);
  make_reply<int>(s.ear, 3);
  s.check_unavailable(3);
}

TEST_CASE("a requester that died first hears nothing and costs nothing") {
  scene s;
  s.ask_server(1);
  s.on.run();
  caf::anon_send_exit(s.ear, caf::exit_reason::kill);
  s.on.run();
  caf::anon_send(s.server, 42);
  s.on.run();
  CHECK(s.ears->ints.empty());
}

TEST_CASE("two actors that hold each other's requests are freed when they end") {
  stage on;
  const auto log = std::make_shared<std::string>();
  caf::actor_addr first, second;
  {
    auto a = on.system.spawn<worker>(log, "a", false);
    auto b = on.system.spawn<worker>(log, "b", false);
    first = a.address();
    second = b.address();
    caf::anon_send(a, ask{make_reply<int>(b, 1)});
    caf::anon_send(b, ask{make_reply<int>(a, 1)});
    on.run();
    caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(b, caf::exit_reason::user_shutdown);
  }
  on.run();
  CHECK_FALSE(caf::actor_cast<caf::actor>(first));
  CHECK_FALSE(caf::actor_cast<caf::actor>(second));
}

TEST_CASE("an actor that throws says why, whatever it throws") {
  scene s;
  const auto [order, reason] =
      GENERATE(table<std::string, std::string>({{"crash", "crashed: boom"}, {"throw 5", "crashed: unknown exception"}}));
  const auto crashed = actor_kind_of("worker").crashed.load();
  caf::anon_send(s.ear, s.server);
  s.order(order);
  s.on.run();
  REQUIRE(s.ears->deaths.size() == 1);
  CHECK(describe(s.ears->deaths[0]) == reason);
  CHECK_FALSE(ended_normally(s.ears->deaths[0]));
  CHECK(actor_kind_of("worker").crashed == crashed + 1);
}

TEST_CASE("stray mail, errors and down messages end nobody") {
  scene s;
  caf::anon_send(s.server, 3.14);
  caf::anon_send(s.server, caf::make_error(caf::sec::runtime_error, "stray"));
  caf::anon_send(s.server, caf::error{1, caf::atom("odd")});
  caf::anon_send(s.server, caf::down_msg{s.ear.address(), caf::exit_reason::kill});
  s.on.run();
  CHECK(*s.log == "+server ");
}

TEST_CASE("describe understands every reason") {
  CHECK(describe(caf::error{}) == "normal");
  CHECK(describe(caf::exit_reason::user_shutdown) == "user_shutdown");
  CHECK(describe(make_error(actor_error::too_many_restarts)) == "too many restarts: no details");
  CHECK(describe(caf::error{2, caf::atom("tidewire")}) == "too many restarts");
  CHECK_FALSE(describe(caf::error{1, caf::atom("odd")}).empty());
  CHECK(ended_normally(caf::error{}));
  CHECK_FALSE(ended_normally(caf::exit_reason::kill));
}

namespace {

class narrow : public actor_base<caf::event_based_actor> {
 public:
  explicit narrow(caf::actor_config& config) : actor_base(config, {.kind = "narrow", .mailbox_max = 2}) {}
  caf::behavior make_behavior() override {
    return {[](const ask& request) { request.reply->answer(1); }};
  }
};

}  // namespace

TEST_CASE("a full mailbox refuses requests, which are answered, but not an exit message; all of it is counted") {
  scene s;
  const auto handle = s.on.spawn<narrow>();
  const auto& stats = dynamic_cast<narrow&>(*caf::actor_cast<caf::abstract_actor*>(handle)).record();
  const auto& kind = actor_kind_of("narrow");
  for (const std::uint64_t ticket : {1u, 2u, 3u}) caf::anon_send(handle, ask{make_reply<int>(s.ear, ticket)});
  CHECK(stats.depth() == 2);
  s.check_unavailable(3);
  CHECK(s.ears->ints[1].at(0) == 1);
  CHECK(s.ears->ints[2].at(0) == 1);
  CHECK(stats.depth() == 0);
  CHECK(stats.handled() == 2);
  CHECK(stats.refused() == 1);
  CHECK(kind.handled == 2);
  CHECK(kind.refused == 1);
  for (const std::uint64_t ticket : {4u, 5u}) caf::anon_send(handle, ask{make_reply<int>(s.ear, ticket)});
  caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  s.on.run();
  CHECK(stats.ended());
  CHECK(kind.started == kind.ended);
}

namespace {

// Answers most requests at once and some later, throws at every 50th.
class shaky : public actor_base<caf::event_based_actor> {
 public:
  explicit shaky(caf::actor_config& config) : actor_base(config, {.kind = "shaky"}) {}
  caf::behavior make_behavior() override {
    return {
        [this](const ask& request) {
          if (++handled_ % 50 == 0) throw std::runtime_error("shaken");
          if (handled_ % 3 != 0) return request.reply->answer(1);
          held_.push_back(request.reply);
          anon_send(caf::actor_cast<caf::actor>(ctrl()), 2);
        },
        [this](int answer) {
          for (const auto& reply : std::exchange(held_, {})) reply->answer(answer);
        },
    };
  }

 private:
  void drop_state() override { held_.clear(); }

  int handled_ = 0;
  std::vector<reply_ptr<int>> held_;
};

struct tally {
  std::atomic<std::size_t> asked{0}, heard{0}, twice{0};
};

// Keeps a few requests under way to whoever has the role, until enough of them were done; then waits for the answers that are due.
class client : public actor_base<caf::event_based_actor> {
 public:
  client(caf::actor_config& config, role_table& roles, tally& counts)
      : actor_base(config, {.kind = "client"}), server_(roles.ref("server")), counts_(counts) {}
  caf::behavior make_behavior() override {
    for (int i = 0; i < 16; ++i) ask_next();
    return {[this](std::uint64_t ticket, const result<int>& outcome) {
      if (++heard_.at(ticket) > 1) ++counts_.twice;
      ++counts_.heard;
      if (outcome) ++done_;
      if (done_ < 5'000) return ask_next();
      if (++drained_ == 16) quit();
    }};
  }

 private:
  void ask_next() {
    heard_.push_back(0);
    ++counts_.asked;
    anon_send(server_.get(), ask{make_reply<int>(this, heard_.size() - 1)});
  }

  role_ref<> server_;
  tally& counts_;
  std::vector<int> heard_;
  int done_ = 0;
  int drained_ = 0;
};

}  // namespace

TEST_CASE("under threads, with a receiver that crashes again and again, every request is answered exactly once") {
  config settings("sharing");
  caf::actor_system system(settings);
  const auto roles = std::make_shared<role_table>();
  tally counts;
  child_spec server{.id = "server", .start = [](const start_context& context) { return context.system.spawn<shaky>(); }};
  const auto top = system.spawn<supervisor>(supervisor_spec{
      .name = "top",
      .policy = {.max_restarts = 1'000'000, .backoff_initial = std::chrono::milliseconds{0}, .backoff_max = std::chrono::milliseconds{0}},
      .children = {server},
      .observer = roles});
  {
    caf::scoped_actor self(system);
    std::vector<caf::actor> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(system.spawn<client>(*roles, counts));
    self->wait_for(clients);
  }
  CHECK(counts.heard == counts.asked);
  CHECK(counts.twice == 0);
  CHECK(actor_kind_of("shaky").crashed > 10);
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
}

TEST_CASE("a hundred thousand dynamic children start, crash, are restarted and stop") {
  config settings("sharing");
  caf::actor_system system(settings);
  constexpr std::uint64_t count = 100'000;
  const auto& kind = actor_kind_of("shaky");
  const auto started = kind.started.load();
  const auto top = system.spawn<supervisor>(
      supervisor_spec{.name = "rooms", .policy = {.max_restarts = 1'000'000}, .children = {}, .observer = nullptr});
  {
    caf::scoped_actor self(system);
    const auto me = caf::actor_cast<caf::actor>(self);
    for (std::uint64_t i = 0; i < count; ++i) {
      caf::anon_send(top, start_child{{.id = std::to_string(i),
                                       .kind = restart_kind::transient,
                                       .start = [](const start_context& context) { return context.system.spawn<shaky, caf::lazy_init>(); }},
                                      make_reply<caf::actor>(me, i)});
    }
    std::vector<caf::actor> children(count);
    for (std::uint64_t i = 0; i < count; ++i)
      self->receive([&](std::uint64_t ticket, const result<caf::actor>& outcome) { children[ticket] = outcome.value(); });
    for (std::uint64_t i = 0; i < count; i += 100) {
      for (int j = 0; j < 50; ++j) caf::anon_send(children[i], ask{make_reply<int>(me, 0)});
    }
    children.clear();
    while (kind.started < started + count + count / 100) std::this_thread::yield();
    caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
    self->wait_for(top);
  }
  system.await_all_actors_done();
  CHECK(kind.ended == kind.started);
}
