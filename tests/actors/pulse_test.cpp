// An actor that does not return from its handler is found, and so is a thread that does not return from its job.
#include "actors/pulse.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <future>

#include "tests/support/catch.hpp"
#include "transport/thread_pulse.hpp"

using namespace tidewire;
using namespace std::chrono_literals;

namespace {

struct config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
  }
};

// Waits in its handler for as long as the test says.
caf::behavior waiting(caf::event_based_actor*, std::shared_future<void> until) {
  return {[until = std::move(until)](int) { until.wait(); }};
}

auto in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

TEST_CASE("all actors answer, but the one that is stuck") {
  config settings;
  caf::actor_system system{settings};
  role_table roles;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future();
  const auto prompt = system.spawn(waiting, released);
  const auto stuck = system.spawn(waiting, released);
  roles.child_started("prompt", prompt, 1);
  roles.child_started("stuck", stuck, 1);
  const auto silent = [&](auto deadline) { return silent_actor(system, roles, {"prompt", "stuck", "nobody"}, deadline); };

  CHECK(silent(in(60s)).empty());
  caf::anon_send(stuck, 1);
  CHECK(silent(in(50ms)) == "stuck");
  release.set_value();
  CHECK(silent(in(60s)).empty());
  caf::anon_send_exit(stuck, caf::exit_reason::user_shutdown);
  CHECK(silent(in(60s)).empty());  // it is dead, not silent
  caf::anon_send_exit(prompt, caf::exit_reason::user_shutdown);
}

TEST_CASE("all threads answer, but the one that is stuck") {
  transport::io_threads threads(2);
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future();
  CHECK(transport::silent_thread(threads, in(60s)).empty());
  threads.post(1, [released] { released.wait(); });
  CHECK(transport::silent_thread(threads, in(50ms)) == "I/O thread 1");
  release.set_value();
  CHECK(transport::silent_thread(threads, in(60s)).empty());
}
