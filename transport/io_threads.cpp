#include "transport/io_threads.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <cassert>
#include <string>

#include "transport/io_thread.hpp"

namespace tidewire::transport {
namespace {

constexpr std::size_t read_buffer_bytes = 65'536;

// A turn of writes takes some 0.4 ms: so long does a new publication or request wait at most before it is looked at.
constexpr std::size_t writes_a_turn = 128;
constexpr std::size_t sockets_a_turn = 64;
constexpr std::size_t jobs_a_turn = 64;

}  // namespace

io_thread::io_thread(std::size_t index) : index_(index), read_buffer_(read_buffer_bytes), work_(boost::asio::make_work_guard(context_)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("io-" + std::to_string(index_)).c_str());
    run();
  });
}

void io_thread::post(std::function<void()> job) {
  {
    const std::lock_guard lock(guard_);
    posted_.push_back(std::move(job));
    if (posted_.size() > 1) return;
  }
  // The thread looks at its jobs before it sleeps; only another one has to wake it.
  if (!here()) boost::asio::post(context_, [] {});
}

void io_thread::run() {
  while (!context_.stopped()) {
    if (ring_.empty() && !take_jobs() && context_.run_one() == 0) return;
    handle_sockets();
    run_jobs();
    ring_.turn(writes_a_turn);
  }
}

void io_thread::handle_sockets() {
  for (std::size_t i = 0; i < sockets_a_turn && context_.poll_one() > 0; ++i) {}
}

void io_thread::run_jobs() {
  for (std::size_t i = 0; i < jobs_a_turn && take_jobs(); ++i) {
    const auto job = std::move(running_.front());
    running_.pop_front();
    job();
  }
}

// Whether there are any.
bool io_thread::take_jobs() {
  if (!running_.empty()) return true;
  const std::lock_guard lock(guard_);
  std::swap(running_, posted_);
  return !running_.empty();
}

void io_thread::stop() {
  if (!thread_.joinable()) return;
  // Behind the jobs that are posted already, and what waits in the event loop.
  post([this] { boost::asio::post(context_, [this] { context_.stop(); }); });
  thread_.join();
}

io_threads::io_threads(std::size_t count) {
  assert(count > 0);
  for (std::size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<io_thread>(i));
}

io_threads::~io_threads() { stop(); }

void io_threads::post(std::size_t thread, std::function<void()> job) { threads_[thread]->post(std::move(job)); }

void io_threads::stop() {
  for (auto& thread : threads_) thread->stop();
}

std::size_t io_threads::queued_bytes() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : threads_) sum += each->queued_bytes();
  return sum;
}

slow_peers io_threads::slow() const noexcept {
  slow_peers all;
  for (const auto& each : threads_) {
    const auto& counted = each->slow();
    all.behind += counted.behind.load(std::memory_order_relaxed);
    all.missed += counted.missed.load(std::memory_order_relaxed);
    all.spared += counted.spared.load(std::memory_order_relaxed);
    all.disconnected += counted.disconnected.load(std::memory_order_relaxed);
  }
  return all;
}

}  // namespace tidewire::transport
