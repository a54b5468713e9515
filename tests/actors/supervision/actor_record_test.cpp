#include "actors/supervision/actor_record.hpp"

#include <thread>

#include "actors/supervision/actor_error.hpp"
#include "tests/actors/supervision/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;

namespace {

// Works as long as it is told, in real milliseconds, and holds as many bytes as it was told last.
class toiler : public actor_base<caf::event_based_actor> {
 public:
  toiler(caf::actor_config& config, const std::string& name) : actor_base(config, {.kind = "toiler", .name = "toiler " + name}) {}
  caf::behavior make_behavior() override {
    return {[this](int ms) {
      held_ = static_cast<std::size_t>(ms) * 1'000;
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
      while (std::chrono::steady_clock::now() < end) {}
    }};
  }

 private:
  std::size_t held_bytes() const noexcept override { return held_; }

  std::size_t held_ = 0;
};

std::vector<std::string> names(const actor_registry::answer& seen) {
  std::vector<std::string> all;
  for (const auto& each : seen.actors) all.push_back(each.name);
  return all;
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what an actor did, and what waits for it, is seen by anybody") {
  stage on;
  const auto handle = on.spawn<toiler>("a");
  caf::anon_send(handle, 3);
  on.run();
  for (int i = 0; i < 2; ++i) caf::anon_send(handle, 0);
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < 1ms) {}
  const auto seen = actor_registry::see(handle);
  REQUIRE(seen);
  CHECK(seen->name == "toiler a");
  CHECK(seen->kind == "toiler");
  CHECK(seen->id == handle.id());
  CHECK(seen->mailbox == 2);
  CHECK(seen->oldest_wait_ns >= 900'000);
  CHECK(seen->handled == 1);
  CHECK(seen->time_ns >= 2'900'000);
  CHECK(seen->longest_ns >= 2'900'000);
  CHECK(seen->p99_ns >= 2'900'000);
  CHECK(seen->memory_bytes > 3'000 + sizeof(toiler));
  CHECK(seen->last_error.empty());
  on.run();
  const auto later = actor_registry::see(handle);
  CHECK(later->mailbox == 0);
  CHECK(later->oldest_wait_ns == 0);
  CHECK(later->longest_wait_ns >= 900'000);
  CHECK(later->handled == 3);
}

TEST_CASE("the first of all actors in each order") {
  stage on;
  const auto idle = on.spawn<toiler>("idle");
  const auto busy = on.spawn<toiler>("busy");
  const auto late = on.spawn<toiler>("late");
  caf::anon_send(busy, 2);
  on.run();
  for (int i = 0; i < 3; ++i) caf::anon_send(late, 0);
  caf::anon_send(idle, 0);
  const auto first = [](actor_order by, std::size_t max = 1) {
    return names(actor_registry::look({.kind = "toiler", .name = {}, .by = by, .max = max}));
  };
  CHECK(first(actor_order::mailbox) == lines{"toiler late"});
  CHECK(first(actor_order::mailbox, 2) == lines{"toiler late", "toiler idle"});
  CHECK(first(actor_order::wait) == lines{"toiler late"});
  for (const auto by : {actor_order::time, actor_order::longest, actor_order::p99, actor_order::handled, actor_order::memory})
    CHECK(first(by) == lines{"toiler busy"});
  CHECK(actor_registry::look({.kind = "toiler", .max = 1}).matching == 3);
  CHECK(names(actor_registry::look({.kind = "toiler", .name = "id"})) == lines{"toiler idle"});
  CHECK(actor_registry::look({.kind = "toiler", .max = 0}).actors.empty());
  CHECK(actor_registry::look({.kind = "nobody"}).matching == 0);
}

TEST_CASE("who has ended is not shown") {
  stage on;
  const auto handle = on.spawn<toiler>("brief");
  CHECK(actor_registry::look({.kind = "toiler"}).matching == 1);
  caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  on.run();
  CHECK(actor_registry::look({.kind = "toiler"}).matching == 0);
  CHECK(actor_registry::see(handle)->mailbox == 0);
}

TEST_CASE("an actor that was started again knows how often, and what ended the one before it") {
  stage on;
  const auto log = std::make_shared<std::string>();
  const auto roles = std::make_shared<role_table>();
  const auto before = actor_restarts_of("busy branch").load();
  on.spawn<supervisor>(supervisor_spec{.name = "busy branch", .children = {worker_spec(log, "w")}, .observer = roles});
  caf::anon_send(roles->find("w"), std::string("crash"));
  on.run();
  const auto seen = actor_registry::see(roles->find("w"));
  REQUIRE(seen);
  CHECK(seen->restarts == 1);
  CHECK(seen->last_error.find("boom") != std::string::npos);
  CHECK(actor_restarts_of("busy branch") == before + 1);
}

TEST_CASE("time in handlers adds up by kind, and tells who works most") {
  stage on;
  const auto before = actor_kind_of("toiler").times.read();
  const auto handle = on.spawn<toiler>("hot");
  caf::anon_send(handle, 2);
  on.run();
  const auto after = actor_kind_of("toiler").times.read();
  CHECK(after.total == before.total + 1);
  CHECK(after.sum_ns >= before.sum_ns + 1'900'000);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  const auto hot = hot_actors().read(100, now);
  CHECK(std::ranges::find(hot.entries, "toiler hot", &heavy_hitters::entry::name) != hot.entries.end());
}

TEST_CASE("without timing, messages are counted and clocks are not read") {
  stage on;
  const auto handle = on.spawn<toiler>("untimed");
  actor_timing::on = false;
  caf::anon_send(handle, 1);
  const auto waiting = actor_registry::see(handle);
  on.run();
  actor_timing::on = true;
  CHECK(waiting->mailbox == 1);
  CHECK(waiting->oldest_wait_ns == 0);
  const auto seen = actor_registry::see(handle);
  CHECK(seen->handled == 1);
  CHECK(seen->time_ns == 0);
}

TEST_CASE("actors may start and end while somebody looks") {
  stage on;
  std::atomic<bool> over{false};
  std::thread looking([&] {
    while (!over) actor_registry::look({.max = 10});
  });
  for (int i = 0; i < 300; ++i) {
    const auto handle = on.system.spawn<toiler>("brief");
    caf::anon_send(handle, 0);
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    on.run();
  }
  over = true;
  looking.join();
  CHECK(actor_registry::look({.kind = "toiler"}).matching == 0);
}
