#include "transport/peer_socket.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

namespace tidewire::transport {
namespace {

// Frames per system call.
constexpr std::size_t gather_max = 128;

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

ssize_t write(int to, std::span<iovec> buffers) noexcept {
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (buffers.size() == 1) return ::send(to, buffers[0].iov_base, buffers[0].iov_len, flags);  // costs the kernel a tenth less
  msghdr message{};
  message.msg_iov = buffers.data();
  message.msg_iovlen = buffers.size();
  return ::sendmsg(to, &message, flags);
}

}  // namespace

std::string address_of(const stream_socket& socket) {
  boost::system::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) return {};
  if (peer.protocol().family() == AF_UNIX) return std::string(unix_peer);
  boost::asio::ip::tcp::endpoint known;
  known.resize(peer.size());
  std::memcpy(known.data(), peer.data(), peer.size());
  return known.address().to_string();
}

received peer_socket::receive(std::span<char> into) {
  if (tls_) return tls_->receive(into);
  ssize_t got = 0;
  do {
    got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return {outcome::done, static_cast<std::size_t>(got)};
  if (got == 0) return {outcome::ended};
  return {would_block() ? outcome::blocked : outcome::broken};
}

peer_socket::outcome peer_socket::flush(frame_queue& queue) {
  if (tls_) return tls_->flush(queue);
  std::array<iovec, gather_max> buffers;
  while (!queue.empty()) {
    const ssize_t sent = write(socket_.native_handle(), std::span(buffers).first(queue.gather(buffers)));
    if (sent >= 0) {
      queue.written(static_cast<std::size_t>(sent));
      written_ += static_cast<std::uint64_t>(sent);
    } else if (would_block()) {
      return outcome::blocked;
    } else if (errno != EINTR) {
      return outcome::broken;
    }
  }
  return outcome::done;
}

void peer_socket::limit_unsent(std::size_t bytes) noexcept {
  const auto most = static_cast<int>(bytes);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);  // without it, more would wait there
}

std::uint64_t peer_socket::unacknowledged() const noexcept {
  int bytes = 0;
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

std::uint64_t peer_socket::acknowledged() const noexcept {
  const auto written = tls_ ? tls_->written() : written_;
  return written - std::min(written, unacknowledged());
}

bool peer_socket::all_acknowledged() const noexcept { return unacknowledged() == 0 && (!tls_ || tls_->all_written()); }

void peer_socket::end_writing() {
  if (tls_) tls_->end_writing();
  boost::system::error_code ignored;  // the peer may be gone already
  socket_.shutdown(stream_socket::shutdown_send, ignored);
}

int peer_socket::release() {
  boost::system::error_code failed;  // there is nothing to cancel
  return socket_.release(failed);
}

void peer_socket::abort() {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);  // a destructor would take the option back
}

}  // namespace tidewire::transport
