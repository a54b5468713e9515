// One connection to the peer: connects, speaks its dialect, hands deliveries to the account. What it receives costs no allocation.
#pragma once

#include <string>
#include <string_view>

#include "bench/load/core/event_loop.hpp"
#include "bench/load/core/socket.hpp"
#include "bench/load/dialects/dialect.hpp"
#include "bench/load/parts/deliveries.hpp"
#include "bench/load/parts/delivery_stream.hpp"
#include "bench/load/parts/websocket.hpp"

namespace tidewire::load {

class client;

class client_observer {
 public:
  virtual ~client_observer() = default;
  virtual void became_ready(client&) {}
  // See session; `now` is when it was received. May publish; that goes out with flush().
  virtual void taken(client&, std::uint64_t /*nth*/, std::uint64_t /*place*/, std::int64_t /*now*/) {}
  virtual void received(client&, std::size_t /*bytes*/, std::int64_t /*now*/) {}
  virtual void ended(client&, const std::string& why) = 0;
};

// What all clients of a scenario share.
struct surroundings {
  event_loop& loop;
  endpoint target;
  const dialect& speech;
  client_observer& observer;
  std::size_t payload_bytes = 0;  // of each publication
  deliveries* account = nullptr;  // without it nobody expects deliveries
};

class client final : public pollable, public session {
 public:
  // `number` is that of a subscriber in the account.
  client(const surroundings& among, role as, unsigned number, unsigned room);
  ~client() override { drop(); }

  void connect();
  // Closes without a word.
  void drop();
  bool is_open() const noexcept { return socket_.is_open(); }
  unsigned number() const noexcept { return number_; }

  // Publications wait for flush(), so that several travel together.
  void publish(const publication& what);
  void flush();

  void send(std::string_view message) override;
  void taken(std::uint64_t nth, std::uint64_t place) override;
  void on_events(std::uint32_t events) override;

 private:
  struct sink;
  enum class stage { connecting, upgrading, speaking };

  void on_connected();
  void read();
  // False when the connection is over.
  bool take(char* at, std::size_t size);
  char* take_upgrade(char* at, char* end);
  void frame(std::string_view message, opcode as);
  void end_batch();
  void write();
  void fail(std::string why);
  void be_ready();

  const surroundings& among_;
  const unsigned number_;
  const dialect::transport transport_;
  stage stage_ = stage::connecting;
  bool wants_write_ = false;
  bool told_ready_ = false;
  std::int64_t now_ = 0;
  frame_splitter frames_;
  delivery_stream stream_;
  socket_stream socket_;
  std::string head_;   // of the answer to the upgrade
  std::string batch_;  // publications that travel in one message
};

}  // namespace tidewire::load
