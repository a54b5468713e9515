#include "bench/load/core/http_client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "bench/load/core/clock.hpp"

namespace tidewire::load {
namespace {

std::string message_of(int error) { return std::generic_category().message(error); }

}  // namespace

void http_client::connect() {
  drop();
  kept_.clear();
  connecting_ = true;
  wants_write_ = false;
  const auto error = socket_.connect(target_);
  if (error != 0) return fail("cannot connect to " + target_.text + ": " + message_of(error));
  loop_.watch(socket_.fd(), *this, EPOLLOUT);
}

void http_client::drop() {
  if (!socket_.is_open()) return;
  loop_.forget(socket_.fd());
  socket_.close();
}

void http_client::fail(const std::string& why) {
  drop();
  observer_.ended(*this, why);
}

void http_client::get(std::string_view path) {
  socket_.out().append("GET ").append(path).append(" HTTP/1.1\r\nHost: ").append(target_.text).append("\r\n\r\n");
}

void http_client::post(std::string_view path, std::string_view content_type, std::string_view body) {
  auto& out = socket_.out();
  out.append("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(target_.text);
  out.append("\r\nContent-Type: ").append(content_type);
  out.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

void http_client::on_events(std::uint32_t events) {
  if (!socket_.is_open()) return;
  if (connecting_) {
    const auto error = socket_.connected();
    if (error != 0) return fail("cannot connect to " + target_.text + ": " + message_of(error));
    connecting_ = false;
    wants_write_ = true;
    observer_.connected(*this);
  } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    read();
  }
  flush();
}

void http_client::read() {
  auto* const memory = loop_.received();
  const auto size = ::recv(socket_.fd(), memory, event_loop::read_bytes_max, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size < 0) return fail("connection lost: " + message_of(errno));
  if (size == 0) return fail("closed by the server");
  const auto now = now_ns();
  std::string_view text(memory, static_cast<std::size_t>(size));
  if (!kept_.empty()) text = kept_.append(text);
  std::size_t done = 0;
  while (done < text.size() && socket_.is_open()) {
    const auto answer = read_http_response(text.substr(done));
    if (answer.malformed()) return fail("the server sent something that is no HTTP/1.1 response with Content-Length");
    if (answer.size == 0) break;
    observer_.answered(*this, answer, now);
    done += answer.size;
  }
  kept_ = std::string(text.substr(done));
}

void http_client::flush() {
  if (!socket_.is_open() || connecting_) return;
  const auto error = socket_.flush();
  if (error != 0) return fail("connection lost: " + message_of(error));
  if (socket_.has_output() == wants_write_) return;
  wants_write_ = socket_.has_output();
  loop_.change(socket_.fd(), *this, wants_write_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

}  // namespace tidewire::load
