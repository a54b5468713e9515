#include "tests/actors/sim/connection.hpp"

#include <algorithm>
#include <utility>

#include "tests/actors/sim/session_part.hpp"
#include "tests/actors/sim/trace.hpp"

namespace tidewire::test {

namespace {

// RFC 6455 §5.2, of an unmasked frame.
std::string payload_of(const std::string& bytes) {
  const auto length = static_cast<unsigned char>(bytes[1]);
  return bytes.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

}  // namespace

connection::connection(process& in, std::uint64_t id, std::size_t home, std::size_t wire_bytes_max, test::address client, peer* listens)
    : in_(in), id_(id), home_(home), wire_bytes_max_(wire_bytes_max), client_(client), peer_(listens) {}

void connection::post(std::function<void()> job) {
  in_.office().post(in_.io[home_], [self = shared_from_this(), job = std::move(job)] { job(); });
}

// ---- what the client writes ----------------------------------------------------------------------------------------------

void connection::write(std::string message) {
  inbound_.push_back(std::move(message));
  pump();
}

void connection::pump() {
  if (reading_ || inbound_.empty() || in_hand_ >= in_.limit().commands_in_flight_max) return;
  reading_ = true;
  post([this] { deliver(); });
}

void connection::deliver() {
  reading_ = false;
  if (closed_ || inbound_.empty()) return;
  auto message = std::move(inbound_.front());
  inbound_.pop_front();
  ++in_hand_;
  must(in_hand_ <= in_.limit().commands_in_flight_max, "a session is handed no more messages than it may have");
  if (session_) {
    to_session([message = std::move(message)](session_part& session) { session.on_message(message); });
  } else if (!session_over_) {
    early_.push_back(std::move(message));
  }
  pump();
}

void connection::release(std::size_t messages) {
  post([this, messages] {
    must(messages <= in_hand_, "a session releases what it was handed");
    in_hand_ -= messages;
    pump();
  });
}

// ---- what the client is told ---------------------------------------------------------------------------------------------

void connection::push(const frame_ptr& ready) {
  if (closed_) return;
  if (is_overfull()) flush();
  if (closed_) return;
  if (is_overfull()) return begin_close(close_code::slow);
  enqueue(ready);
  must(queued_bytes_ <= in_.limit().outbox_bytes_max + longest() + ready->bytes.size(), "an outbox stays within its limit");
}

std::size_t connection::longest() const {
  std::size_t most = 0;
  for (const auto& each : queue_) most = std::max(most, each->bytes.size());
  return most;
}

bool connection::is_overfull() const { return queued_bytes_ - longest() >= in_.limit().outbox_bytes_max; }

void connection::enqueue(const frame_ptr& ready) {
  queue_.push_back(ready);
  queued_bytes_ += ready->bytes.size();
  if (!writing_) post([this] { flush(); });
}

void connection::offer(const frame_ptr& ready, const transport::source_ptr& source, std::uint64_t after) {
  if (backlog_.holds(*source)) return;
  if (stays_full()) return backlog_.add({source, after});
  push(ready);
}

void connection::spare(const frame_ptr& ready) {
  if (!stays_full()) push(ready);
}

bool connection::stays_full() {
  const auto full = [this] { return queued_bytes_ >= in_.limit().backlog_bytes_max; };
  if (full()) flush();
  return !closed_ && full();
}

void connection::resume(const std::string& source, std::optional<std::uint64_t> up_to) { backlog_.resume(source, up_to); }

void connection::flush() {
  if (writing_) return;
  while (!queue_.empty() && wire_bytes_ < wire_bytes_max_) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= next->bytes.size();
    wire_bytes_ += next->bytes.size();
    taken_bytes_ += next->bytes.size();
    wire_.push_back(std::move(next));
  }
  tell_readable();
  if (!queue_.empty()) {
    writing_ = true;
    return;
  }
  beat_waits_ = false;
  if (!closed_) {
    if (auto news = backlog_.take_news(); !news.empty())
      to_session([news = std::move(news)](session_part& session) { session.on_missed(news); });
  }
  tell_drained();
}

void connection::tell_readable() {
  if (!peer_ || told_readable_ || (wire_.empty() && !last_word_)) return;
  told_readable_ = true;
  in_.office().post(client_, [self = shared_from_this()] {
    if (self->peer_) self->peer_->on_readable();
  });
}

void connection::read(std::size_t frames_max) {
  told_readable_ = false;
  for (; frames_max > 0 && !wire_.empty() && peer_; --frames_max) {
    const auto next = std::move(wire_.front());
    wire_.pop_front();
    wire_bytes_ -= next->bytes.size();
    peer_->on_message(payload_of(next->bytes));
  }
  if (writing_ && wire_bytes_ < wire_bytes_max_)
    post([this] {
      writing_ = false;
      flush();
    });
  if (last_word_ && wire_.empty() && queue_.empty())
    if (auto* listens = std::exchange(peer_, nullptr)) return listens->on_closed(*last_word_);
  tell_readable();
}

void connection::send(frame_ptr ready) {
  if (closed_) return;
  letters_.push_back(std::move(ready));
  if (!std::exchange(letters_asked_, true)) post([this] { take_letters(); });
}

void connection::beat(frame_ptr ready) {
  post([this, ready = std::move(ready)] {
    if (closed_) return;
    if (has_stalled()) return begin_close(close_code::slow);
    if (!is_overfull()) return push(ready);
    if (!std::exchange(beat_waits_, true)) enqueue(ready);
  });
}

bool connection::has_stalled() {
  const auto taken = taken_bytes_ - wire_bytes_;
  if (queue_.empty()) {
    last_look_.reset();
  } else if (!last_look_ || last_look_->taken != taken) {
    last_look_ = look{taken, in_.office().now_ms()};
  } else {
    return in_.office().now_ms() - last_look_->since_ms >= std::int64_t{in_.limit().pong_timeout_s} * 1000;
  }
  return false;
}

void connection::close(close_code code) {
  if (closed_ || close_letter_) return;
  close_letter_ = code;
  if (!std::exchange(letters_asked_, true)) post([this] { take_letters(); });
}

void connection::take_letters() {
  letters_asked_ = false;
  const auto frames = std::exchange(letters_, {});
  const auto code = std::exchange(close_letter_, std::nullopt);
  if (code != close_code::slow) {
    for (const auto& each : frames) push(each);
    flush();
  }
  if (code) begin_close(*code);
}

void connection::begin_close(close_code code) {
  if (closed_) return;
  closed_ = true;
  if (code == close_code::slow) {
    queue_.clear();
    queued_bytes_ = 0;
  }
  last_word_ = code;
  post([this] {
    tell_closed();
    flush();
  });
}

void connection::when_drained(std::function<void()> job) {
  post([this, job = std::move(job)] {
    drained_ = job;
    if (closed_ || (queue_.empty() && !writing_)) tell_drained();
  });
}

void connection::tell_drained() {
  if (const auto job = std::exchange(drained_, nullptr)) job();
}

void connection::ask_progress(std::function<void(transport::peer_progress)> job) {
  post([this, job = std::move(job)] {
    if (!closed_) job({taken_bytes_ - wire_bytes_, queue_.empty() && wire_.empty()});
  });
}

// ---- the end -------------------------------------------------------------------------------------------------------------

void connection::hang_up() {
  peer_ = nullptr;
  post([this] { end(); });
}

void connection::end() {
  closed_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  wire_.clear();
  wire_bytes_ = 0;
  tell_closed();
}

void connection::tell_closed() {
  if (std::exchange(told_closed_, true)) return;
  to_session([](session_part& session) { session.connection_closed(); });
  in_.connections.erase(id_);
}

void connection::cut() {
  closed_ = told_closed_ = session_over_ = true;
  session_ = nullptr;
  if (auto* listens = std::exchange(peer_, nullptr)) {
    for (auto left = in_.around.by.below(wire_.size() + 1); left > 0; --left) {
      listens->on_message(payload_of(wire_.front()->bytes));
      wire_.pop_front();
    }
    listens->on_closed(close_code::internal_error);
  }
  wire_.clear();
  queue_.clear();
}

// ---- the session ---------------------------------------------------------------------------------------------------------

template <class Letter>
void connection::to_session(Letter what) {
  if (session_) in_.office().post(session_->me(), [session = session_, what = std::move(what)] { what(*session); });
}

void connection::session_started(session_part* session) {
  session_ = session;
  for (auto& message : std::exchange(early_, {})) to_session([message = std::move(message)](session_part& of) { of.on_message(message); });
  if (told_closed_) to_session([](session_part& of) { of.connection_closed(); });
}

void connection::session_ended() {
  close(close_code::internal_error);
  session_ = nullptr;
  session_over_ = true;
  early_.clear();
}

void connection::broadcaster_restarted(std::uint64_t start) {
  to_session([start](session_part& session) { session.on_broadcaster_restarted(start); });
}

void connection::subscription_ended(const std::string& room) {
  trace(in_.office().now_ms(), " the session of c", id_, " is to hear that ", room, " has ended");
  to_session([room](session_part& session) { session.on_subscription_ended(room); });
}

}  // namespace tidewire::test
