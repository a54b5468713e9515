#include "actors/io_scheduler.hpp"

#include <pthread.h>

#include <caf/execution_unit.hpp>
#include <caf/logger.hpp>
#include <caf/resumable.hpp>
#include <deque>
#include <future>
#include <utility>

#include "transport/io_threads.hpp"

namespace tidewire {
namespace {

// Actors that run in one go; then sockets have their turn.
constexpr std::size_t jobs_a_turn = 64;

}  // namespace

// The actors that wait for one I/O thread. While there are some, one job to run them is posted there.
class io_scheduler::worker final : public caf::execution_unit {
 public:
  worker(io_scheduler& owner, std::size_t thread) : execution_unit(&owner.system()), owner_(owner), thread_(thread) {}

  // Of the thread that calls; null: none of this scheduler.
  static worker* current(const io_scheduler& owner) { return current_ != nullptr && &current_->owner_ == &owner ? current_ : nullptr; }

  // Any thread.
  void add(caf::resumable* job) {
    if (current_ == this) return add_here(job);
    owner_.io_.post(thread_, [this, job] { add_here(job); });
  }

  void exec_later(caf::resumable* job) override { add(job); }

  // On the I/O thread, before anything else runs here.
  void enter() { current_ = this; }

  // On the I/O thread, when no actor will ever run again; `left` is set when nothing of this is under way any more.
  void leave(std::promise<void>& left) {
    if (posted_) return owner_.io_.post(thread_, [this, &left] { leave(left); });
    current_ = nullptr;
    caf::logger::set_current_actor_system(nullptr);  // actors that ran here left it set, and the actor system waits for the last reference
    left.set_value();
  }

 private:
  void add_here(caf::resumable* job) {
    waiting_.push_back(job);
    if (!std::exchange(posted_, true)) owner_.io_.post(thread_, [this] { run(); });
  }

  void run() {
    for (std::size_t i = 0; i < jobs_a_turn; ++i) {
      if (waiting_.empty()) {
        posted_ = false;
        return;
      }
      auto* job = waiting_.front();
      waiting_.pop_front();
      if (job->resume(this, owner_.max_throughput()) == caf::resumable::resume_later) {
        waiting_.push_back(job);
      } else {
        caf::intrusive_ptr_release(job);  // it ended, or whoever mails it puts it here again
      }
    }
    owner_.io_.post(thread_, [this] { run(); });
  }

  static thread_local worker* current_;

  io_scheduler& owner_;
  const std::size_t thread_;
  std::deque<caf::resumable*> waiting_;
  bool posted_ = false;  // a run() is under way
};

thread_local io_scheduler::worker* io_scheduler::worker::current_ = nullptr;

io_scheduler::io_scheduler(caf::actor_system& system)
    : abstract_coordinator(system), io_(static_cast<const io_scheduler_config&>(system.config()).io) {}

io_scheduler::~io_scheduler() = default;

void io_scheduler::enqueue(caf::resumable* job) {
  auto* here = worker::current(*this);
  if (here == nullptr) here = workers_[next_.fetch_add(1, std::memory_order_relaxed) % workers_.size()].get();
  here->add(job);
}

void io_scheduler::start() {
  for (std::size_t thread = 0; thread < io_.size(); ++thread) {
    workers_.push_back(std::make_unique<worker>(*this, thread));
    io_.post(thread, [here = workers_.back().get()] { here->enter(); });
  }
  timer_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "clock");
    clock_.run_dispatch_loop();
  });
  abstract_coordinator::start();
}

void io_scheduler::stop() {
  stop_actors();
  clock_.cancel_dispatch_loop();
  timer_.join();
  for (std::size_t thread = 0; thread < workers_.size(); ++thread) {
    std::promise<void> left;
    io_.post(thread, [&] { workers_[thread]->leave(left); });
    left.get_future().wait();
  }
}

}  // namespace tidewire
