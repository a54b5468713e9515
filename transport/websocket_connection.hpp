// A WebSocket connection after its upgrade (RFC 6455). It reads through frame_reader; a peer that closes first is answered, one that is
// closed answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "schemas/arrival.hpp"
#include "transport/frame_reader.hpp"
#include "transport/handshake.hpp"
#include "transport/outbox_connection.hpp"

namespace tidewire::transport {

class websocket_connection final : public outbox_connection {
 public:
  // `handshake` is the HTTP answer to the upgrade.
  websocket_connection(shard& home, std::size_t message_bytes_max, websocket_answer handshake);

  void release(std::size_t messages) override;

 private:
  void take(std::span<char> bytes) override;
  void on_closing() override;
  frame_ptr last_frame(close_code code) override;
  bool peer_answers() const noexcept override { return true; }
  void handle(frame_event event);
  bool must_hold_back();
  void read_on();

  // Of the I/O thread alone.
  frame_reader reader_;
  arrival arrived_;                         // of a message that is not whole
  std::unique_ptr<std::string> held_back_;  // bytes read while the listener had no credit left; null: none
  std::uint32_t handed_over_ = 0;           // messages; it wraps, like the next one

  // Shared with other threads.
  std::atomic<std::uint32_t> released_{0};
  std::atomic<bool> held_{false};  // reading waits for release()
};

}  // namespace tidewire::transport
