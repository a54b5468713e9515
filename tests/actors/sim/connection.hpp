// One connection of a client: an outbox that behaves as that of transport/outbox_connection does, the link to its session, and the wire
// between both, which takes only so much while the client reads nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "tests/actors/sim/process.hpp"
#include "transport/backlog.hpp"

namespace tidewire::test {

class session_part;

// Hears what the server says; of the client's side.
class peer {
 public:
  virtual ~peer() = default;
  virtual void on_readable() = 0;  // there is something to read()
  virtual void on_message(const std::string& text) = 0;
  virtual void on_closed(close_code code) = 0;  // the last call
};

class connection final : public transport::outbox, public subscription_listener, public std::enable_shared_from_this<connection> {
 public:
  // `wire_bytes_max`: what is on its way to a client that reads nothing.
  connection(process& in, std::uint64_t id, std::size_t home, std::size_t wire_bytes_max, test::address client, peer* listens);

  // The client's side.
  void write(std::string message);
  void read(std::size_t frames_max);
  void hang_up();

  // The session's side.
  void session_started(session_part* session);
  void session_ended();
  void broadcaster_restarted(std::uint64_t start);
  void subscription_ended(const std::string& room) override;

  // The process is no more.
  void cut();

  std::size_t home() const noexcept override { return home_; }
  std::uint64_t id() const noexcept override { return id_; }
  bool closed() const noexcept override { return closed_; }
  framing form() const noexcept override { return framing::websocket; }
  void push(const frame_ptr& ready) override;
  void offer(const frame_ptr& ready, const transport::source_ptr& source, std::uint64_t after) override;
  void resume(const std::string& source, std::optional<std::uint64_t> up_to) override;
  void flush() override;
  void spare(const frame_ptr& ready) override;
  void send(frame_ptr ready) override;
  void beat(frame_ptr ready) override;
  void close(close_code code) override;
  void when_drained(std::function<void()> job) override;
  void ask_progress(std::function<void(transport::peer_progress)> job) override;
  void release(std::size_t messages) override;

  // Nothing waits, on either side.
  bool quiet() const noexcept { return inbound_.empty() && in_hand_ == 0 && queue_.empty() && wire_.empty() && backlog_.empty(); }

 private:
  void post(std::function<void()> job);
  void pump();
  void deliver();
  void take_letters();
  void tell_readable();
  void enqueue(const frame_ptr& ready);
  std::size_t longest() const;
  bool is_overfull() const;
  bool stays_full();
  bool has_stalled();
  void begin_close(close_code code);
  void end();
  void tell_closed();
  void tell_drained();
  template <class Letter>
  void to_session(Letter what);

  process& in_;
  const std::uint64_t id_;
  const std::size_t home_;
  const std::size_t wire_bytes_max_;
  const test::address client_;
  peer* peer_;  // null: it has hung up

  std::deque<std::string> inbound_;  // written by the client, not read yet
  std::size_t in_hand_ = 0;          // messages of the session that are not released
  bool reading_ = false;             // a job is on its way

  std::deque<frame_ptr> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;        // waits for the wire
  bool told_readable_ = false;  // and the peer has not read since
  std::deque<frame_ptr> wire_;
  std::size_t wire_bytes_ = 0;
  std::uint64_t taken_bytes_ = 0;
  transport::backlog backlog_;
  bool beat_waits_ = false;
  std::function<void()> drained_;
  struct look {
    std::uint64_t taken = 0;
    std::int64_t since_ms = 0;
  };
  std::optional<look> last_look_;  // at what the peer has taken

  std::vector<frame_ptr> letters_;
  std::optional<close_code> close_letter_;
  bool letters_asked_ = false;

  session_part* session_ = nullptr;
  bool session_over_ = false;
  std::vector<std::string> early_;
  bool closed_ = false;
  bool told_closed_ = false;  // the session
  std::optional<close_code> last_word_;
};

}  // namespace tidewire::test
