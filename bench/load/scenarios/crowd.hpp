// Many clients of one peer: connected some hundred at a time, watched together. A client that ends stops the scenario.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/core/client.hpp"

namespace tidewire::load {

class crowd final : public client_observer {
 public:
  crowd(const std::string& target, const dialect& speech, std::size_t payload_bytes, deliveries* account);

  client& add(role as, unsigned number, unsigned room);
  std::size_t size() const noexcept { return clients_.size(); }
  client& at(std::size_t index) { return *clients_[index]; }
  event_loop& loop() noexcept { return loop_; }

  // Connects those from `first` on, and returns when all are ready. Throws std::runtime_error when one cannot be.
  void connect(std::string_view what, std::size_t first = 0);

  // Returns when every connection has ended; that the server closed it is no failure here. Throws std::runtime_error when some stay.
  void await_ends();

  // One turn of the loop. Throws std::runtime_error, which says who was closed and why, when a client has ended.
  void turn(std::int64_t wait_ns);

  std::function<void(client&)> on_ready;
  std::function<void(client&, std::int64_t now)> on_received;  // after each read
  std::uint64_t received_bytes() const noexcept { return received_bytes_; }

  void became_ready(client& which) override {
    ++ready_;
    if (on_ready) on_ready(which);
  }
  void received(client& by, std::size_t bytes, std::int64_t now) override {
    received_bytes_ += bytes;
    if (on_received) on_received(by, now);
  }
  void ended(client&, const std::string& why) override { ++ended_[why]; }

 private:
  void complain_if_ended() const;

  event_loop loop_;
  surroundings among_;
  std::vector<std::unique_ptr<client>> clients_;
  std::size_t ready_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::map<std::string, std::size_t> ended_;  // how many, by reason
};

// A line that replaces the last one on standard error, when that is a terminal.
void show_progress(const std::string& line);
void end_progress();

}  // namespace tidewire::load
