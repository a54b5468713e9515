#include "transport/outbox_connection.hpp"

#include <algorithm>
#include <chrono>

#include "schemas/limit_hits.hpp"

namespace tidewire::transport {
namespace {

std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

outbox_connection::outbox_connection(shard& home, framing form, frame_ptr first)
    : shard_(home),
      thread_(home.thread),
      id_(next_id()),
      form_(form),
      queue_(thread_.queued_bytes()),
      letters_(home.settings.limit.outbox_bytes_max) {
  queue_.push(std::move(first));
}

void outbox_connection::start(peer_socket socket, std::unique_ptr<outbox_listener> listener, std::string early) {
  socket_.emplace(std::move(socket));
  socket_->limit_unsent(limit().unsent_bytes_max);
  listener_ = std::move(listener);
  flush();
  if (phase_ != phase::over) take(early);
}

void outbox_connection::give_up() noexcept {
  closed_ = true;
  leave();
}

// The ring keeps nobody alive, and the last one to let go of this may be another thread.
void outbox_connection::leave() noexcept {
  phase_ = phase::over;
  if (is_linked()) unlink();
}

// Writing.

// When the server as a whole has queued too much, no peer may have more than a fair part; and when that is not enough, nothing but what
// it takes at once: one frame each, whose bytes are shared.
bool outbox_connection::crowded() const noexcept { return thread_.queued_bytes() >= shard_.queued_bytes_max; }

std::size_t outbox_connection::bytes_max() const noexcept {
  if (!crowded()) return limit().outbox_bytes_max;
  const bool full = thread_.queued_bytes() >= shard_.queued_bytes_max + shard_.queued_bytes_max / 3;
  return full ? 1 : std::min(limit().outbox_bytes_fair, limit().outbox_bytes_max);
}

// One long reply that the peer has asked for does not make it slow.
bool outbox_connection::is_overfull() const noexcept {
  const auto most = bytes_max();
  return queue_.bytes() >= most && (crowded() || queue_.bytes() - queue_.longest() >= most);
}

void outbox_connection::push(const frame_ptr& ready) {
  if (phase_ != phase::open) return;
  // A full queue is written first: slow is only who does not take what is offered.
  if (is_overfull()) flush();
  if (phase_ != phase::open) return;
  if (is_overfull()) {
    crowded() ? exceeds<"outboxes_bytes_max">(true) : exceeds<"outbox_bytes_max">(true);
    return shut_down(close_code::slow);
  }
  enqueue(ready);
}

void outbox_connection::enqueue(const frame_ptr& ready) {
  queue_.push(ready);
  if (!writing_) shard_.thread.ring().enter(*this);
}

void outbox_connection::offer(const frame_ptr& ready, const source_ptr& source, std::uint64_t after) {
  if (backlog_ && backlog_->holds(*source)) return;
  if (exceeds<"backlog_bytes_max">(stays_full())) {
    if (!backlog_) {
      backlog_ = std::make_unique<backlog>();
      shard_.behind.insert(this);
      ++thread_.slow().behind;
    }
    ++thread_.slow().missed;
    return backlog_->add({source, after});
  }
  push(ready);
}

void outbox_connection::spare(const frame_ptr& ready) {
  if (!exceeds<"backlog_bytes_max">(stays_full())) return push(ready);
  ++thread_.slow().spared;
}

bool outbox_connection::stays_full() {
  if (is_full()) flush();
  return phase_ == phase::open && is_full();
}

void outbox_connection::resume(const std::string& source, std::optional<std::uint64_t> up_to) {
  if (!backlog_) return;
  backlog_->resume(source, up_to);
  if (backlog_->empty()) forget_missed();
}

void outbox_connection::forget_missed() noexcept {
  if (!std::exchange(backlog_, nullptr)) return;
  shard_.behind.erase(this);
  --thread_.slow().behind;
}

void outbox_connection::flush() {
  if (!socket_ || writing_ || phase_ == phase::over) return;
  switch (socket_->flush(queue_)) {
    case peer_socket::outcome::done: return after_flush();
    case peer_socket::outcome::blocked: break;
    case peer_socket::outcome::ended:
    case peer_socket::outcome::broken: return end();
  }
  writing_ = true;
  socket_->wait_writable([self = shared_from_this(), this](boost::system::error_code error) {
    writing_ = false;
    if (phase_ == phase::over) return;
    if (error) return end();
    flush();
  });
}

void outbox_connection::after_flush() {
  beat_waits_ = false;
  if (backlog_ && phase_ == phase::open) {
    if (auto news = backlog_->take_news(); !news.empty()) listener_->on_missed(std::move(news));
  }
  tell_drained();
  if (phase_ != phase::closing || !peer_is_done_) return;
  phase_ = phase::lingering;
  socket_->end_writing();
  wait_readable();
}

void outbox_connection::send(frame_ptr ready) {
  if (closed()) return;
  if (letters_.add(std::move(ready))) post([this] { take_letters(); });
}

void outbox_connection::beat(frame_ptr ready) {
  if (closed()) return;
  post([this, ready = std::move(ready)] {
    if (phase_ != phase::open) return;
    has_stalled() ? shut_down(close_code::slow) : push_beat(ready);
  });
}

void outbox_connection::push_beat(const frame_ptr& ready) {
  if (phase_ != phase::open) return;
  if (crowded() || !is_overfull()) return push(ready);
  if (!std::exchange(beat_waits_, true)) enqueue(ready);
}

// A large frame takes a slow peer its time; who takes nothing of it is gone.
bool outbox_connection::has_stalled() {
  const auto taken = socket_ ? socket_->acknowledged() : 0;
  const auto now = std::chrono::steady_clock::now();
  if (queue_.empty()) {
    last_look_.reset();
  } else if (!last_look_ || last_look_->taken != taken) {
    last_look_ = std::make_unique<look>(look{taken, now});
  } else {
    return now - last_look_->since >= std::chrono::seconds(limit().pong_timeout_s);
  }
  return false;
}

void outbox_connection::close(close_code code) {
  if (closed()) return;
  if (letters_.close(code)) post([this] { take_letters(); });
}

void outbox_connection::take_letters() {
  auto letters = letters_.take();
  if (!exceeds<"outbox_bytes_max">(letters.close == close_code::slow)) {
    for (const auto& ready : letters.frames) push(ready);
    flush();
  }
  if (letters.close) shut_down(*letters.close);
}

void outbox_connection::when_drained(std::function<void()> job) {
  post([this, job = std::move(job)] {
    drained_ = std::make_unique<std::function<void()>>(job);
    if (phase_ == phase::over || (queue_.empty() && !writing_)) tell_drained();
  });
}

void outbox_connection::ask_progress(std::function<void(peer_progress)> job) {
  post([this, job = std::move(job)] {
    if (phase_ != phase::open || !socket_) return;
    job({socket_->acknowledged(), queue_.empty() && socket_->all_acknowledged()});
  });
}

void outbox_connection::tell_drained() {
  if (const auto job = std::exchange(drained_, nullptr)) (*job)();
}

// Reading.

void outbox_connection::wait_readable() {
  if (reading_ || phase_ == phase::over) return;
  reading_ = true;
  socket_->wait_readable([self = shared_from_this(), this](boost::system::error_code error) {
    reading_ = false;
    if (phase_ == phase::over) return;
    if (error) return end();
    on_readable();
  });
}

void outbox_connection::on_readable() {
  const auto buffer = shard_.thread.read_buffer();
  const auto got = socket_->receive(buffer);
  switch (got.what) {
    case peer_socket::outcome::done: return take(buffer.first(got.bytes));
    case peer_socket::outcome::blocked: return wait_readable();
    case peer_socket::outcome::ended:
    case peer_socket::outcome::broken: return end();
  }
}

// Ending.

void outbox_connection::shut_down(close_code code) { begin_close(last_frame(code), code == close_code::slow, !peer_answers()); }

void outbox_connection::begin_close(frame_ptr last, bool slow, bool peer_is_done) {
  if (phase_ != phase::open) return;
  phase_ = phase::closing;
  closed_.store(true, std::memory_order_release);
  peer_is_done_ = peer_is_done_ || peer_is_done;
  if (slow) {
    queue_.drop_unstarted();
    ++thread_.slow().disconnected;
  }
  queue_.push(std::move(last));

  close_timer_ = std::make_unique<boost::asio::steady_timer>(thread_.context(), std::chrono::seconds(limit().close_timeout_s));
  close_timer_->async_wait([self = shared_from_this(), this](boost::system::error_code error) {
    if (exceeds<"close_timeout_s">(!error)) abort();
  });
  post([this] {
    if (auto listener = std::exchange(listener_, nullptr)) listener->on_close();
    flush();
    on_closing();
  });
}

void outbox_connection::abort() {
  if (phase_ == phase::over) return;
  if (socket_) socket_->abort();
  end();
}

void outbox_connection::end() {
  if (phase_ == phase::over) return;
  leave();
  closed_.store(true, std::memory_order_release);
  post([this] {
    socket_.reset();
    close_timer_.reset();
    queue_.clear();
    forget_missed();
    tell_drained();
    if (auto listener = std::exchange(listener_, nullptr)) listener->on_close();
    shard_.remove(shared_from_this());
  });
}

}  // namespace tidewire::transport
