// A connection that frames are pushed to, and the outbox of its peer: what WebSockets and streaming responses have in common. It writes
// ready frames and waits for bytes; what those mean is for the derived class. An idle one holds no buffer.
//
//   open      what the peer says goes on to the derived class
//   closing   our last frame is queued, the listener has heard on_close()
//   lingering that frame and FIN are out, what still comes is dropped until the peer's FIN
//   over      the socket is closed
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "transport/backlog.hpp"
#include "transport/connection.hpp"
#include "transport/letterbox.hpp"
#include "transport/peer_socket.hpp"

namespace tidewire::transport {

class outbox_connection : public outbox, public connection, private flush_ring::member {
 public:
  // `first` goes out before any frame.
  outbox_connection(shard& home, framing form, frame_ptr first);

  // Takes the socket over. `early`: what the peer sent right behind its request.
  void start(peer_socket socket, std::unique_ptr<outbox_listener> listener, std::string early);
  // The connection was refused: the outbox is closed and there will be no start().
  void give_up() noexcept;

  // outbox
  std::size_t home() const noexcept override { return thread_.index(); }
  std::uint64_t id() const noexcept override { return id_; }
  framing form() const noexcept override { return form_; }
  bool closed() const noexcept override { return closed_.load(std::memory_order_acquire); }
  void push(const frame_ptr& ready) override;
  void offer(const frame_ptr& ready, const source_ptr& source, std::uint64_t after) override;
  void spare(const frame_ptr& ready) override;
  void resume(const std::string& source, std::optional<std::uint64_t> up_to) override;
  void flush() override;
  peer_look standing() const override { return {queue_.bytes(), backlog_ ? backlog_->size() : 0}; }
  std::string address() const override { return !socket_ ? std::string() : client ? *client : socket_->address(); }
  void send(frame_ptr ready) override;
  void beat(frame_ptr ready) override;
  void close(close_code code) override;
  void when_drained(std::function<void()> job) override;
  void ask_progress(std::function<void(peer_progress)> job) override;

  // connection
  void shut_down(close_code code) override;
  void abort() override;
  outbox_listener* listener() noexcept override { return phase_ == phase::open ? listener_.get() : nullptr; }

 protected:
  enum class phase : std::uint8_t { open, closing, lingering, over };

  // Bytes of the peer, in any phase but over; what is not used up at once must be copied. Ends with wait_readable(), unless reading is to
  // stop for a while.
  virtual void take(std::span<char> bytes) = 0;
  // The connection has begun to close, in a job of its own.
  virtual void on_closing() {}

  phase now() const noexcept { return phase_; }
  const limits& limit() const noexcept { return shard_.settings.limit; }
  memory_account::part* arriving() const noexcept { return shard_.settings.requests; }
  outbox_listener& heard_by() noexcept { return *listener_; }
  bool all_is_written() const noexcept { return queue_.empty(); }
  void wait_readable();
  // See outbox::beat().
  void push_beat(const frame_ptr& ready);
  // `last` goes out behind all that is queued, or instead of it if the peer is slow. `peer_is_done`: nothing is awaited from the peer but
  // its FIN.
  void begin_close(frame_ptr last, bool slow, bool peer_is_done);
  // What says so to the peer.
  virtual frame_ptr last_frame(close_code code) = 0;
  // The peer answers that, and is waited for.
  virtual bool peer_answers() const noexcept = 0;
  // The peer's half of the end has come while ours is on its way.
  void note_peer_is_done() noexcept { peer_is_done_ = true; }
  void leave() noexcept;
  void end();
  // Runs the job on the home thread, outside of any call of the listener: only such jobs may destroy it.
  template <class Job>
  void post(Job job) {
    thread_.post([self = shared_from_this(), job = std::move(job)] { job(); });
  }

 private:
  // What a peer had taken when something waited for it.
  struct look {
    std::uint64_t taken = 0;  // bytes
    std::chrono::steady_clock::time_point since;
  };

  void take_turn() override { flush(); }
  bool crowded() const noexcept;
  std::size_t bytes_max() const noexcept;
  bool is_overfull() const noexcept;
  // So much waits that the peer misses what it may miss. Writes first: slow is only who does not take what is offered.
  bool stays_full();
  void enqueue(const frame_ptr& ready);
  bool has_stalled();
  bool is_full() const noexcept { return queue_.bytes() >= std::min(limit().backlog_bytes_max, bytes_max()); }
  void take_letters();
  void on_readable();
  void after_flush();
  void tell_drained();
  void forget_missed() noexcept;

  shard& shard_;
  io_thread& thread_;  // outlives the shard
  const std::uint64_t id_;
  const framing form_;
  std::atomic<bool> closed_{false};

  // Of the I/O thread alone.
  phase phase_ = phase::open;
  bool reading_ = false;       // a wait for bytes is out
  bool writing_ = false;       // a wait for room in the socket is out
  bool peer_is_done_ = false;  // it has said its last word, or broke the rules
  bool beat_waits_ = false;    // behind more than may be queued
  std::optional<peer_socket> socket_;
  std::unique_ptr<outbox_listener> listener_;
  frame_queue queue_;
  std::unique_ptr<backlog> backlog_;                // null: the peer has missed nothing
  std::unique_ptr<std::function<void()>> drained_;  // a job that waits for an empty queue; most never have one
  std::unique_ptr<look> last_look_;                 // null: all was taken then
  std::unique_ptr<boost::asio::steady_timer> close_timer_;

  letterbox letters_;  // shared with other threads
};

}  // namespace tidewire::transport
