#include "transport/websocket_connection.hpp"

#include <cassert>
#include <chrono>
#include <utility>

namespace tidewire::transport {
namespace {

std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

frame_ptr make_close_frame(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code != no_close_code) {
    payload.push_back(static_cast<char>(code >> 8));
    payload.push_back(static_cast<char>(code & 0xFF));
    payload.append(reason);
  }
  return make_frame(frame_opcode::close, payload);
}

}  // namespace

websocket_connection::websocket_connection(shard& home, std::size_t message_bytes_max, websocket_answer handshake)
    : shard_(home),
      thread_(home.thread),
      id_(next_id()),
      form_(handshake.form),
      reader_(message_bytes_max, form_ == framing::deflated_websocket ? &thread_.message_inflater() : nullptr),
      letters_(home.settings.limit.outbox_bytes_max) {
  queue_.push(std::move(handshake.bytes));
}

void websocket_connection::start(tcp_socket socket, std::unique_ptr<websocket_listener> listener, std::string early) {
  socket_.emplace(std::move(socket));
  listener_ = std::move(listener);
  flush();
  take(early);
}

void websocket_connection::give_up() noexcept {
  closed_ = true;
  phase_ = phase::over;
}

// Runs the job on the home thread, outside of any call of the listener: only such jobs may destroy it.
template <class Job>
void websocket_connection::post(Job job) {
  thread_.post([self = shared_from_this(), job = std::move(job)] { job(); });
}

// Writing.

void websocket_connection::push(const frame_ptr& ready) {
  if (phase_ != phase::open) return;
  const auto limit = shard_.settings.limit.outbox_bytes_max;
  // A full queue is written first: slow is only who does not take what is offered.
  if (queue_.bytes() >= limit) flush();
  if (phase_ != phase::open) return;
  if (queue_.bytes() < limit) {
    queue_.push(ready);
    if (!writing_) shard_.thread.ring().enter(*this);
  } else {
    begin_close(static_cast<std::uint16_t>(close_code::slow), close_reason(close_code::slow), false);
  }
}

void websocket_connection::flush() {
  if (!socket_ || writing_ || phase_ == phase::over) return;
  switch (socket_->flush(queue_)) {
    case peer_socket::outcome::done: return after_flush();
    case peer_socket::outcome::blocked: break;
    case peer_socket::outcome::ended:
    case peer_socket::outcome::broken: return end();
  }
  writing_ = true;
  socket_->socket().async_wait(tcp_socket::wait_write, [self = shared_from_this(), this](boost::system::error_code error) {
    writing_ = false;
    if (phase_ == phase::over) return;
    if (error) return end();
    flush();
  });
}

void websocket_connection::after_flush() {
  if (phase_ != phase::closing || !peer_is_done_) return;
  phase_ = phase::lingering;
  socket_->end_writing();
  wait_readable();
}

void websocket_connection::send(frame_ptr ready) {
  if (closed()) return;
  if (letters_.add(std::move(ready))) post([this] { take_letters(); });
}

void websocket_connection::close(close_code code) {
  if (closed()) return;
  if (letters_.close(code)) post([this] { take_letters(); });
}

void websocket_connection::take_letters() {
  auto letters = letters_.take();
  if (letters.close != close_code::slow) {
    for (const auto& ready : letters.frames) push(ready);
    flush();
  }
  if (letters.close) shut_down(*letters.close);
}

// Reading.

void websocket_connection::wait_readable() {
  if (reading_ || phase_ == phase::over) return;
  reading_ = true;
  socket_->socket().async_wait(tcp_socket::wait_read, [self = shared_from_this(), this](boost::system::error_code error) {
    reading_ = false;
    if (phase_ == phase::over) return;
    if (error) return end();
    on_readable();
  });
}

void websocket_connection::on_readable() {
  const auto buffer = shard_.thread.read_buffer();
  const auto got = socket_->receive(buffer);
  switch (got.what) {
    case peer_socket::outcome::done: return take(buffer.first(got.bytes));
    case peer_socket::outcome::blocked: return wait_readable();
    case peer_socket::outcome::ended:
    case peer_socket::outcome::broken: return end();
  }
}

void websocket_connection::take(std::span<char> bytes) {
  while (phase_ == phase::open || phase_ == phase::closing) {
    if (must_hold_back()) {
      held_back_.assign(bytes.data(), bytes.size());
      return flush();
    }
    auto event = reader_.next(bytes);
    if (!event) break;
    handle(std::move(*event));
  }
  flush();
  if (phase_ != phase::over) wait_readable();
}

void websocket_connection::handle(frame_event event) {
  switch (event.what) {
    case frame_event::kind::message:
      if (phase_ != phase::open) return;
      ++handed_over_;
      return listener_->on_message(std::move(event.payload), event.text);
    case frame_event::kind::ping: return push(make_frame(frame_opcode::pong, event.payload));
    case frame_event::kind::pong: return;
    case frame_event::kind::close:
      if (phase_ == phase::closing && queue_.empty()) return end();  // it answers ours
      peer_is_done_ = true;
      return begin_close(event.code, {}, true);
    case frame_event::kind::error: peer_is_done_ = true; return begin_close(event.code, {}, true);
  }
}

// The listener has no credit left. Who releases looks at held_ after adding to released_, and here it is the other way
// round: one of the two sees the other.
bool websocket_connection::must_hold_back() {
  const auto spent = [this] { return handed_over_ >= released_.load() + shard_.settings.limit.commands_in_flight_max; };
  if (phase_ != phase::open || !spent()) return false;
  held_ = true;
  return spent() || !held_.exchange(false);
}

void websocket_connection::release(std::size_t messages) {
  released_ += messages;
  if (held_.exchange(false)) post([this] { resume(); });
}

void websocket_connection::resume() {
  if (phase_ == phase::over) return;
  auto bytes = std::exchange(held_back_, {});
  take(bytes);
}

// Ending.

void websocket_connection::shut_down(close_code code) { begin_close(static_cast<std::uint16_t>(code), close_reason(code), false); }

void websocket_connection::begin_close(std::uint16_t code, std::string_view reason, bool peer_is_done) {
  if (phase_ != phase::open) return;
  phase_ = phase::closing;
  closed_.store(true, std::memory_order_release);
  peer_is_done_ = peer_is_done;
  if (code == static_cast<std::uint16_t>(close_code::slow)) queue_.drop_unstarted();
  queue_.push(make_close_frame(code, reason));

  close_timer_ =
      std::make_unique<boost::asio::steady_timer>(thread_.context(), std::chrono::seconds(shard_.settings.limit.close_timeout_s));
  close_timer_->async_wait([self = shared_from_this(), this](boost::system::error_code error) {
    if (!error) abort();
  });
  post([this] {
    if (auto listener = std::exchange(listener_, nullptr)) listener->on_close();
    flush();
    if (held_.exchange(false)) resume();
  });
}

void websocket_connection::abort() {
  if (phase_ == phase::over) return;
  if (socket_) socket_->abort();
  end();
}

void websocket_connection::end() {
  if (phase_ == phase::over) return;
  phase_ = phase::over;
  closed_.store(true, std::memory_order_release);
  post([this] {
    socket_.reset();
    close_timer_.reset();
    queue_ = {};
    if (auto listener = std::exchange(listener_, nullptr)) listener->on_close();
    shard_.remove(shared_from_this());
  });
}

}  // namespace tidewire::transport
