// A WebSocket connection after its upgrade, and the outbox of its peer (RFC 6455). It reads through frame_reader and writes ready
// frames; an idle one holds no buffer.
//
//   open      messages go to the listener, at most commands_in_flight_max before release()
//   closing   our close frame is queued, the listener has heard on_close(); messages are dropped until the peer answers it
//   lingering the peer closed first, or broke the rules: our answer and FIN are out, what still comes is dropped until its FIN
//   over      the socket is closed
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "transport/connection.hpp"
#include "transport/frame_reader.hpp"
#include "transport/handshake.hpp"
#include "transport/letterbox.hpp"
#include "transport/peer_socket.hpp"

namespace tidewire::transport {

class websocket_connection final : public outbox, public connection, private flush_ring::member {
 public:
  // `handshake` is the HTTP answer to the upgrade; it goes out before any frame.
  websocket_connection(shard& home, std::size_t message_bytes_max, websocket_answer handshake);

  // Takes the socket over. `early`: what the peer sent right behind its upgrade request.
  void start(tcp_socket socket, std::unique_ptr<websocket_listener> listener, std::string early);
  // The upgrade was refused: the outbox is closed and there will be no start().
  void give_up() noexcept;

  // outbox
  std::size_t home() const noexcept override { return thread_.index(); }
  std::uint64_t id() const noexcept override { return id_; }
  framing form() const noexcept override { return form_; }
  bool closed() const noexcept override { return closed_.load(std::memory_order_acquire); }
  void push(const frame_ptr& ready) override;
  void flush() override;
  void send(frame_ptr ready) override;
  void close(close_code code) override;
  void release(std::size_t messages) override;

  // connection
  void shut_down(close_code code) override;
  void abort() override;
  websocket_listener* listener() noexcept override { return phase_ == phase::open ? listener_.get() : nullptr; }

 private:
  enum class phase : std::uint8_t { open, closing, lingering, over };

  void take_turn() override { flush(); }
  void take_letters();
  void wait_readable();
  void on_readable();
  void take(std::span<char> bytes);
  void handle(frame_event event);
  bool must_hold_back();
  void resume();
  void begin_close(std::uint16_t code, std::string_view reason, bool peer_is_done);
  void after_flush();
  void end();
  template <class Job>
  void post(Job job);

  shard& shard_;
  io_thread& thread_;  // outlives the shard
  const std::uint64_t id_;
  const framing form_;
  std::atomic<bool> closed_{false};

  // Of the I/O thread alone.
  phase phase_ = phase::open;
  bool reading_ = false;       // a wait for bytes is out
  bool writing_ = false;       // a wait for room in the socket is out
  bool peer_is_done_ = false;  // its close frame has come, or it broke the rules
  std::optional<peer_socket> socket_;
  std::unique_ptr<websocket_listener> listener_;
  frame_queue queue_;
  frame_reader reader_;
  std::string held_back_;        // bytes read while the listener had no credit left
  std::size_t handed_over_ = 0;  // messages
  std::unique_ptr<boost::asio::steady_timer> close_timer_;

  // Shared with other threads.
  letterbox letters_;
  std::atomic<std::size_t> released_{0};
  std::atomic<bool> held_{false};  // reading waits for release()
};

}  // namespace tidewire::transport
