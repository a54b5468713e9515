#include "bench/load/core/client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "bench/load/core/clock.hpp"

namespace tidewire::load {
namespace {

// Below what servers take in one message by default (64 KiB).
constexpr std::size_t batch_bytes_max = 16 * 1024;

std::uint32_t next_mask() noexcept {
  static std::uint32_t state = 0x9E3779B9;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

std::string message_of(int error) { return std::generic_category().message(error); }

std::string close_text(std::string_view payload) {
  if (payload.size() < 2) return "closed by the server";
  const auto code = (static_cast<unsigned char>(payload[0]) << 8) | static_cast<unsigned char>(payload[1]);
  return "closed by the server with code " + std::to_string(code) + ' ' + std::string(payload.substr(2));
}

}  // namespace

// Both what frames give and what deliveries are found in.
struct client::sink {
  client& self;

  void piece(char* at, std::size_t size, bool last) {
    if (self.stream_.kept() > event_loop::kept_bytes_max) self.trouble = "a message that is too large";
    if (self.trouble.empty()) self.stream_.feed(at, size, last, *this);
  }
  void control(opcode kind, std::string_view payload) {
    if (kind == opcode::ping) self.frame(payload, opcode::pong);
    if (kind == opcode::close && self.trouble.empty()) self.trouble = close_text(payload);
  }
  void delivered(const marker& what) { self.among_.account->delivered(self.number_, what, self.now_); }
  std::size_t other(std::string_view text, bool after) { return self.among_.speech.hear(self, text, after); }
};

client::client(const surroundings& among, role as, unsigned number, unsigned room)
    : session(as, room), among_(among), number_(number), transport_(among.speech.carried_by()) {}

void client::connect() {
  drop();
  stage_ = stage::connecting;
  wants_write_ = told_ready_ = ready = false;
  frames_ = {};
  stream_ = {};
  if (among_.speech.is_stream()) stream_.never_ends(among_.payload_bytes - marker_bytes + among_.speech.bytes_behind_payload());
  const auto error = socket_.connect(among_.target);
  if (error != 0) return fail("cannot connect to " + among_.target.text + ": " + message_of(error));
  among_.loop.watch(socket_.fd(), *this, EPOLLOUT);
}

void client::drop() {
  if (!socket_.is_open()) return;
  among_.loop.forget(socket_.fd());
  socket_.close();
  batch_.clear();
  head_.clear();
}

void client::fail(std::string why) {
  drop();
  ready = false;
  among_.observer.ended(*this, why);
}

void client::on_events(std::uint32_t events) {
  if (!socket_.is_open()) return;
  if (stage_ == stage::connecting) return on_connected();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
  if (socket_.is_open() && ((events & EPOLLOUT) != 0 || socket_.has_output())) write();
}

void client::on_connected() {
  const auto error = socket_.connected();
  if (error != 0) return fail("cannot connect to " + among_.target.text + ": " + message_of(error));
  among_.loop.change(socket_.fd(), *this, EPOLLIN);
  if (transport_ == dialect::transport::bytes) {
    stage_ = stage::speaking;
    among_.speech.begin(*this);
  } else {
    stage_ = stage::upgrading;
    socket_.write_later(upgrade_request(among_.target.text, among_.speech.path(*this), among_.speech.subprotocol()));
  }
  write();
}

void client::read() {
  auto* const memory = among_.loop.received();
  const auto size = ::recv(socket_.fd(), memory, event_loop::read_bytes_max, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size < 0) return fail("connection lost: " + message_of(errno));
  if (size == 0) return fail("closed by the server without a word");
  now_ = now_ns();
  const auto good = take(memory, static_cast<std::size_t>(size));
  if (!good) return fail(trouble);
  be_ready();
  among_.observer.received(*this, static_cast<std::size_t>(size), now_);
}

bool client::take(char* at, std::size_t size) {
  sink out{*this};
  auto* const end = at + size;
  if (stage_ == stage::upgrading) at = take_upgrade(at, end);
  if (transport_ == dialect::transport::bytes) {
    out.piece(at, size, false);
  } else if (trouble.empty() && at != end && !frames_.feed(at, end, out)) {
    trouble = std::string("the server sent ") + std::string(frames_.complaint());
  }
  return trouble.empty();
}

// Returns where the frames begin.
char* client::take_upgrade(char* at, char* end) {
  constexpr std::string_view blank_line = "\r\n\r\n";
  const auto before = head_.size();
  head_.append(at, end);
  const auto head_end = head_.find(blank_line);
  if (head_end == std::string::npos) return end;
  at += head_end + blank_line.size() - before;
  if (head_.compare(0, 12, "HTTP/1.1 101") != 0) trouble = "no WebSocket: " + head_.substr(0, head_.find("\r\n"));
  head_ = {};
  stage_ = stage::speaking;
  if (trouble.empty()) among_.speech.begin(*this);
  return at;
}

void client::be_ready() {
  if (!ready || told_ready_) return;
  told_ready_ = true;
  if (among_.account != nullptr && kind == role::subscriber) stream_.expect_deliveries();
  among_.observer.became_ready(*this);
}

void client::taken(std::uint64_t nth, std::uint64_t place) {
  session::taken(nth, place);
  among_.observer.taken(*this, nth, place, now_);
}

// Writing.

void client::frame(std::string_view message, opcode as) { append_client_frame(socket_.out(), as, message, next_mask()); }

void client::send(std::string_view message) {
  switch (transport_) {
    case dialect::transport::bytes: return socket_.write_later(message);
    case dialect::transport::text_messages: return frame(message, opcode::text);
    case dialect::transport::binary_messages: return frame(message, opcode::binary);
  }
}

void client::publish(const publication& what) {
  const auto* between = among_.speech.separator();
  if (!batch_.empty()) {
    if (between == nullptr || batch_.size() > batch_bytes_max) {
      end_batch();
    } else {
      batch_ += between;
    }
  }
  among_.speech.append_publish(batch_, *this, what);
}

void client::end_batch() {
  if (batch_.empty()) return;
  send(batch_);
  batch_.clear();
}

void client::flush() {
  end_batch();
  if (socket_.is_open() && socket_.has_output() && !wants_write_) write();
}

void client::write() {
  const auto error = socket_.flush();
  if (error != 0) return fail("connection lost: " + message_of(error));
  if (socket_.has_output() == wants_write_) return;
  wants_write_ = socket_.has_output();
  among_.loop.change(socket_.fd(), *this, wants_write_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

}  // namespace tidewire::load
