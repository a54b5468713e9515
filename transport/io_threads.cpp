#include "transport/io_threads.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <cassert>
#include <string>

#include "transport/io_thread.hpp"

namespace tidewire::transport {
namespace {

constexpr std::size_t read_buffer_bytes = 65'536;

// A turn of writes takes some 0.2 ms: so long does a new publication or request wait at most before it is looked at.
constexpr std::size_t writes_a_turn = 64;
constexpr std::size_t handlers_a_turn = 64;

}  // namespace

io_thread::io_thread(std::size_t index) : index_(index), read_buffer_(read_buffer_bytes), work_(boost::asio::make_work_guard(context_)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("io-" + std::to_string(index_)).c_str());
    run();
  });
}

// Writers and handlers take turns.
void io_thread::run() {
  const auto handle_some = [this] {
    for (std::size_t i = 0; i < handlers_a_turn && context_.poll_one() > 0; ++i) {}
  };
  while (!context_.stopped()) {
    if (ring_.empty() && context_.run_one() == 0) return;
    handle_some();
    ring_.turn(writes_a_turn);
  }
}

void io_thread::stop() {
  if (!thread_.joinable()) return;
  // The loop is ended by a job of its own, so that it comes after those that are posted already.
  boost::asio::post(context_, [this] { context_.stop(); });
  thread_.join();
}

io_threads::io_threads(std::size_t count) {
  assert(count > 0);
  for (std::size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<io_thread>(i));
}

io_threads::~io_threads() { stop(); }

void io_threads::post(std::size_t thread, std::function<void()> job) { boost::asio::post(threads_[thread]->context(), std::move(job)); }

void io_threads::stop() {
  for (auto& thread : threads_) thread->stop();
}

}  // namespace tidewire::transport
