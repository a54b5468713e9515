// What a delivery may cost on the I/O thread: no allocation and no lock, however many receivers there are. With the real transport and
// real sockets; this program counts by standing in for operator new and pthread_mutex_lock.
#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>
#include <deque>
#include <future>
#include <new>
#include <utility>

#include "actors/fanout/audience.hpp"
#include "actors/fanout/fanout_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"
#include "transport/io_thread.hpp"

namespace {

struct counts {
  std::size_t allocations = 0;
  std::size_t locks = 0;
};
thread_local counts* counting = nullptr;

void* try_allocate(std::size_t bytes) noexcept {
  if (counting != nullptr) ++counting->allocations;
  return std::malloc(bytes);
}

void* allocate(std::size_t bytes) {
  if (void* memory = try_allocate(bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return try_allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return try_allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using lock = int (*)(pthread_mutex_t*);
  static lock real = nullptr;
  if (real == nullptr) real = reinterpret_cast<lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (counting != nullptr) ++counting->locks;
  return real(mutex);
}

using namespace tidewire;
using namespace tidewire::test;

namespace {

// Keeps the jobs for the test to run.
class held_jobs final : public fanout_port {
 public:
  std::size_t io_threads() const noexcept override { return 1; }
  void post(std::size_t, std::function<void()> job) override { jobs.push_back(std::move(job)); }
  std::function<void()> when_drained() override {
    return [] {};
  }
  void read_states(ticket, const std::string&, const std::string&, const std::string&, storage::page_limit) override {}
  void ask_when_told() override {}
  std::uint64_t next_channel() override { return 1; }
  void note_presence(const std::string&, const client_info&, bool) override {}
  void note_occupied(const std::string&, bool) override {}
  void note_told(const std::string&, std::size_t, std::size_t) override {}
  std::chrono::steady_clock::time_point now() const noexcept override { return {}; }
  void wake_at(std::chrono::steady_clock::time_point) override {}

  std::deque<std::function<void()>> jobs;
};

struct crowd {
  explicit crowd(std::size_t size) {
    note_websockets(world.app, world.notes);
    for (std::size_t i = 0; i < size; ++i) open_websocket(clients.emplace_back(world.port()), "/ws");
    for (const auto& out : world.notes.opened.wait(size)) {
      auto who = std::make_shared<subscriber>();
      who->session = out->id();
      who->out = out;
      const auto as = encoding_of(*who, false);
      members.add(std::move(who), protocol::plain_view(protocol::subscription_type::stream), as, 1);
    }
  }

  // Tells them all that many frames in one run; what that took on the I/O thread.
  counts tell(std::size_t frames) {
    held_jobs port;
    auto ready = std::make_shared<fanout_run>(1, port.when_drained());
    for (std::size_t i = 0; i < frames; ++i) ready->add_frame(make_frame(frame_opcode::text, std::to_string(i)));
    ready->add_receivers(members.audiences().front(), 0);
    fanout_run::post(ready, port);
    std::promise<counts> seen;
    world.threads.post(0, [&] {
      counts mine;
      counting = &mine;
      port.jobs.front()();
      world.threads.at(0).ring().turn(clients.size());
      counting = nullptr;
      seen.set_value(mine);
    });
    const auto taken = seen.get_future().get();
    for (auto& each : clients) {
      for (std::size_t i = 0; i < frames; ++i) REQUIRE(read_frame(each) == server_frame{1, std::to_string(i)});
    }
    return taken;
  }

  test_server world;
  std::deque<raw_client> clients;
  room_audience members{1, 1};
};

}  // namespace

TEST_CASE("a delivery allocates nothing and takes no lock") {
  crowd many(100);
  many.tell(8);  // queues get room for what is usual
  for (const auto frames : {std::size_t{1}, std::size_t{8}}) {
    const auto taken = many.tell(frames);
    CHECK(taken.allocations == 0);
    CHECK(taken.locks == 0);
  }
}

TEST_CASE("the counting counts") {
  counts mine;
  counting = &mine;
  const auto made = std::make_unique<std::string>(1'000, 'x');
  std::mutex guard;
  guard.lock();
  guard.unlock();
  counting = nullptr;
  CHECK(mine.allocations == 2);
  CHECK(mine.locks == 1);
}
