// The actor itself, under the deterministic scheduler and virtual time, with real I/O threads.
#include "actors/fanout/broadcaster.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <future>

#include "actors/supervision/supervisor_messages.hpp"
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"
#include "transport/io_threads.hpp"

using namespace tidewire;
using namespace tidewire::test;
using namespace std::chrono_literals;
using offsets = std::vector<std::uint64_t>;

namespace {

struct deterministic : caf::actor_system_config {
  deterministic() {
    add_message_types<caf::id_block::tidewire_supervision>();
    add_message_types<caf::id_block::tidewire>();
    set("scheduler.policy", caf::atom("testing"));
  }
};

class house {
 public:
  explicit house(std::size_t threads = 2) : io(threads), made(system.spawn<broadcaster>(own, 3)) {}

  template <class... Parts>
  void mail(Parts... parts) {
    caf::anon_send(made, std::move(parts)...);
    scheduler().run();
  }

  std::shared_ptr<kept_reply<subscribe_step>> attach(const listener& who, const std::string& room) {
    auto wanted = std::make_shared<tidewire::attach>();
    wanted->room = room;
    wanted->who = who.who;
    wanted->command_id = 1;
    wanted->through = plain_view(subscription_type::stream);
    const auto answer = std::make_shared<kept_reply<subscribe_step>>();
    wanted->reply = answer;
    mail(attach_ptr(std::move(wanted)));
    return answer;
  }

  void tell(const std::string& room, std::uint64_t offset, std::uint32_t delay_ms = 0) {
    mail(std::make_shared<const run>(run{room, changes({keyless(offset)}), delay_ms, 0, own.under_way.begin()}));
  }

  // Whatever was posted to the I/O threads has run, and the broadcaster has heard of it.
  void settle() {
    for (std::size_t thread = 0; thread < io.size(); ++thread) {
      std::promise<void> reached;
      io.post(thread, [&] { reached.set_value(); });
      reached.get_future().wait();
    }
    scheduler().run();
  }

  caf::scheduler::test_coordinator& scheduler() { return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()); }

  server_options options;
  role_table roles;
  std::unique_ptr<storage::store> store = storage::make_memory_store();
  transport::io_threads io;
  memory_account held;
  engine own{.options = options,
             .roles = roles,
             .disk = *store,
             .memory = *store,
             .io = io,
             .held = held,
             .visit_sessions = {},
             .connections = {}};
  deterministic config;
  caf::actor_system system{config};
  broadcaster_actor made;
};

listener connect(session_id session, std::size_t thread) {
  auto who = std::make_shared<subscriber>();
  who->session = session;
  auto out = std::make_shared<fake_outbox>(session, thread);
  who->out = out;
  return {out, who};
}

}  // namespace

TEST_CASE("the actor tells its members through the I/O threads, and the credit comes back by mail") {
  house in;
  const auto alice = connect(1, 0);
  const auto bob = connect(2, 1);
  const auto answer = in.attach(alice, "room");
  REQUIRE(answer->got);
  CHECK(answer->got->value().broadcaster_start == 3);
  in.attach(bob, "room");
  for (std::uint64_t offset = 1; offset <= 5; ++offset) in.tell("room", offset);
  in.settle();  // the first run
  in.settle();  // what gathered meanwhile
  CHECK(alice.offsets("room") == offsets{1, 2, 3, 4, 5});
  CHECK(bob.offsets("room") == offsets{1, 2, 3, 4, 5});
  in.tell("room", 6);
  in.settle();
  CHECK(alice.offsets("room").back() == 6);
}

TEST_CASE("the window of a namespace ends by the actor's own timer") {
  house in;
  const auto alice = connect(1, 0);
  in.attach(alice, "room");
  in.tell("room", 1, 20);
  in.settle();
  CHECK(alice.offsets("room").empty());
  in.scheduler().advance_time(19ms);
  in.settle();
  CHECK(alice.offsets("room").empty());
  in.scheduler().advance_time(1ms);
  in.scheduler().run();
  in.settle();
  CHECK(alice.offsets("room") == offsets{1});
}

TEST_CASE("a broadcaster that has ended lets go of its members, also while a job still runs") {
  house in(1);
  auto alice = connect(1, 0);
  in.attach(alice, "room");
  in.settle();
  const std::weak_ptr<fake_outbox> outbox = alice.out;
  std::promise<void> go;
  in.io.post(0, [held = go.get_future().share()] { held.wait(); });
  in.tell("room", 1);
  caf::anon_send_exit(in.made, caf::exit_reason::user_shutdown);
  in.scheduler().run();
  in.made = nullptr;
  alice = {};
  CHECK_FALSE(outbox.expired());  // the job on its way
  go.set_value();
  in.settle();
  CHECK(outbox.expired());
}
