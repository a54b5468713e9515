// I/O threads, time and outboxes that a test plays by hand: jobs wait until the test runs them, in order on each thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "actors/fanout/fanout_port.hpp"
#include "actors/reply.hpp"
#include "transport/application.hpp"
#include "transport/backlog.hpp"

namespace tidewire::test {

class fake_outbox final : public transport::outbox {
 public:
  fake_outbox(std::uint64_t id, std::size_t home, framing form = framing::websocket) : id_(id), home_(home), form_(form) {}

  std::size_t home() const noexcept override { return home_; }
  std::uint64_t id() const noexcept override { return id_; }
  bool closed() const noexcept override { return closed_; }
  framing form() const noexcept override { return form_; }
  void push(const frame_ptr& ready) override {
    if (!closed_) written.push_back(ready);
  }
  void offer(const frame_ptr& ready, const transport::source_ptr& source, std::uint64_t after) override {
    if (missing.holds(*source)) return;
    slow ? missing.add({source, after}) : push(ready);
  }
  void spare(const frame_ptr& ready) override {
    if (!slow) push(ready);
  }
  void resume(const std::string& source, std::optional<std::uint64_t> up_to) override { missing.resume(source, up_to); }
  void flush() override {}
  void send(frame_ptr ready) override { push(ready); }
  void beat(frame_ptr ready) override { push(ready); }
  void close(close_code) override { closed_ = true; }
  void when_drained(std::function<void()> job) override { job(); }
  void ask_progress(std::function<void(transport::peer_progress)> job) override { job({}); }
  void release(std::size_t) override {}

  std::vector<frame_ptr> written;
  bool slow = false;  // takes nothing that may be missed
  transport::backlog missing;

 private:
  std::uint64_t id_;
  std::size_t home_;
  framing form_;
  bool closed_ = false;
};

class fake_io final : public fanout_port {
 public:
  explicit fake_io(std::size_t threads) : jobs_(threads) {}

  std::size_t io_threads() const noexcept override { return jobs_.size(); }
  void post(std::size_t thread, std::function<void()> job) override { jobs_.at(thread).push_back(std::move(job)); }
  std::function<void()> when_drained() override {
    return [mail = mail_] { ++*mail; };
  }
  void read_states(ticket which, const std::string& pattern, const std::string& after_room, const std::string& after_key,
                   storage::page_limit limit) override {
    reads.push_back({which, pattern, after_room, after_key, limit});
  }
  void ask_when_told() override { ++questions; }
  std::uint64_t next_channel() override { return ++channels; }
  void note_occupied(const std::string& room, bool now) override { occupied.push_back((now ? "+" : "-") + room); }
  void note_presence(const std::string& room, const client_info& who, bool left) override {
    if (dies_of_presence) throw std::runtime_error("presence");
    presence.push_back((left ? "-" : "+") + who.client + " " + room);
  }
  void note_told(const std::string& room, std::size_t publications, std::size_t deliveries) override {
    told.push_back(room + " " + std::to_string(publications) + " " + std::to_string(deliveries));
  }
  std::chrono::steady_clock::time_point now() const noexcept override { return time; }
  void wake_at(std::chrono::steady_clock::time_point when) override { wakes.push_back(when); }

  std::size_t waiting(std::size_t thread) const { return jobs_.at(thread).size(); }
  // The oldest job of that thread; false if there is none.
  bool run_one(std::size_t thread) {
    return take(thread, [](auto& job) { job(); });
  }
  bool drop_one(std::size_t thread) {
    return take(thread, [](auto&) {});
  }
  void run_all() {
    for (std::size_t thread = 0; thread < jobs_.size(); ++thread) {
      while (run_one(thread)) {}
    }
  }
  // How many drained() are due since the last call.
  std::size_t take_mail() { return std::exchange(*mail_, 0); }

  struct asked_states {
    ticket which = 0;
    std::string pattern;
    std::string after_room;
    std::string after_key;
    storage::page_limit limit;
  };
  std::vector<asked_states> reads;
  std::uint64_t channels = 40;
  std::size_t questions = 0;  // whether all has been told
  std::vector<std::string> presence;
  bool dies_of_presence = false;
  std::vector<std::string> occupied;
  std::vector<std::string> told;
  std::chrono::steady_clock::time_point time{std::chrono::hours(1)};
  std::vector<std::chrono::steady_clock::time_point> wakes;

 private:
  template <class Use>
  bool take(std::size_t thread, Use use) {
    auto& queue = jobs_.at(thread);
    if (queue.empty()) return false;
    auto job = std::move(queue.front());
    queue.pop_front();
    use(job);
    return true;
  }

  std::vector<std::deque<std::function<void()>>> jobs_;
  std::shared_ptr<std::size_t> mail_ = std::make_shared<std::size_t>(0);
};

template <class T>
class kept_reply final : public reply<T> {
 public:
  void answer(result<T> outcome) override {
    if (!got) got = std::move(outcome);
  }
  std::optional<result<T>> got;
};

}  // namespace tidewire::test
