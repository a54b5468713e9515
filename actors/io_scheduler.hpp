// Runs actors on the I/O threads, between reading and writing: a message on its way from one socket to a thousand others changes threads
// only for the disk. An actor runs on the I/O thread that woke it; what wakes from elsewhere (the clock, the journal, a reader) is dealt
// out in turn. Actors that block have threads of their own and are no concern of this.
#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace tidewire {

namespace transport {
class io_threads;
}

// A configuration that loads io_scheduler has to be one of these.
class io_scheduler_config : public caf::actor_system_config {
 public:
  explicit io_scheduler_config(transport::io_threads& threads) : io(threads) {}
  transport::io_threads& io;  // outlives the actor system
};

class io_scheduler final : public caf::scheduler::abstract_coordinator {
 public:
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) { return new io_scheduler(system); }

  explicit io_scheduler(caf::actor_system& system);
  ~io_scheduler() override;

  void enqueue(caf::resumable* job) override;
  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }

 protected:
  void start() override;
  void stop() override;

 private:
  class worker;

  transport::io_threads& io_;
  std::vector<std::unique_ptr<worker>> workers_;  // by I/O thread
  std::atomic<std::size_t> next_{0};
  caf::detail::thread_safe_actor_clock clock_;
  std::thread timer_;
};

}  // namespace tidewire
