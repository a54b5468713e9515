// One HTTP/1.1 connection that is kept alive; requests may be sent before earlier ones are answered. Answers come in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/core/event_loop.hpp"
#include "bench/load/core/socket.hpp"
#include "bench/load/parts/http_response.hpp"

namespace tidewire::load {

class http_client;

class http_observer {
 public:
  virtual ~http_observer() = default;
  virtual void connected(http_client&) = 0;
  // `now` is when it was received. May send the next request.
  virtual void answered(http_client&, const http_response& answer, std::int64_t now) = 0;
  virtual void ended(http_client&, const std::string& why) = 0;
};

class http_client final : public pollable {
 public:
  http_client(event_loop& loop, const endpoint& target, http_observer& observer) : loop_(loop), target_(target), observer_(observer) {}
  ~http_client() override { drop(); }

  void connect();
  void drop();

  // A GET, and a POST. What is sent from answered() goes out when all that was received has been looked at; else flush() sends it.
  void get(std::string_view path);
  void post(std::string_view path, std::string_view content_type, std::string_view body);
  void flush();

  void on_events(std::uint32_t events) override;

 private:
  void read();
  void fail(const std::string& why);

  event_loop& loop_;
  const endpoint& target_;
  http_observer& observer_;
  socket_stream socket_;
  bool connecting_ = false;
  bool wants_write_ = false;
  std::string kept_;  // an answer that came in part
};

}  // namespace tidewire::load
