// A server on a free loopback port, with an application whose two halves are functions that a test gives.
#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "transport/server.hpp"

namespace tidewire::test {

class test_application : public transport::application {
 public:
  std::function<void(transport::http_request, transport::http_responder_ptr)> http;
  std::function<std::unique_ptr<transport::outbox_listener>(const transport::http_request&, transport::outbox_ptr,
                                                            transport::http_response&)>
      websocket;

  void on_http(transport::http_request request, transport::http_responder_ptr responder) override {
    if (http) http(std::move(request), std::move(responder));
  }
  std::unique_ptr<transport::outbox_listener> on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                           transport::http_response& refusal) override {
    return websocket ? websocket(upgrade, std::move(out), refusal) : nullptr;
  }
};

// Answers with method, target and body, so that a client sees what arrived.
inline void answer_with_request(transport::http_request request, const transport::http_responder_ptr& responder) {
  responder->answer(
      {.status = 200, .content_type = "text/plain", .headers = {}, .body = request.method + " " + request.target + " " + request.body});
}

// What the I/O threads have seen so far, for the test to wait for.
template <class T>
class seen {
 public:
  void add(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  // The first `count`; throws if they do not come within ten seconds.
  std::vector<T> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return values_.size() >= count; })) {
      throw std::runtime_error("waited for " + std::to_string(count) + ", saw " + std::to_string(values_.size()));
    }
    return values_;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_;
};

// A listener that notes what it hears and keeps its outbox.
class noting_listener : public transport::outbox_listener {
 public:
  struct notes {
    seen<std::string> messages;
    seen<transport::outbox_ptr> opened;
    seen<std::uint64_t> closed;  // ids of the outboxes
  };

  noting_listener(notes& into, transport::outbox_ptr out) : notes_(into), out_(std::move(out)) { notes_.opened.add(out_); }
  void on_message(std::string message, bool) override { notes_.messages.add(std::move(message)); }
  void on_close() override { notes_.closed.add(out_->id()); }

 private:
  notes& notes_;
  transport::outbox_ptr out_;
};

inline void note_websockets(test_application& app, noting_listener::notes& into) {
  app.websocket = [&into](const transport::http_request&, transport::outbox_ptr out, transport::http_response&) {
    return std::make_unique<noting_listener>(into, std::move(out));
  };
}

struct test_server {
  explicit test_server(transport::server_settings settings = {}, std::size_t thread_count = 1)
      : threads(thread_count), server((settings.listen = "127.0.0.1:0", std::move(settings)), app, threads) {
    if (auto started = server.start(); !started) throw std::runtime_error(started.error().detail);
  }
  std::uint16_t port() const { return server.port(); }

  // Returns when every I/O thread has done what was posted before.
  void settle() {
    for (std::size_t i = 0; i < threads.size(); ++i) {
      std::promise<void> done;
      threads.post(i, [&] { done.set_value(); });
      done.get_future().wait();
    }
  }

  noting_listener::notes notes;  // outlives the listeners
  transport::io_threads threads;
  test_application app;
  transport::server server;
};

inline transport::server_settings echo_settings() {
  transport::server_settings settings;
  settings.test_echo = true;
  return settings;
}

}  // namespace tidewire::test
