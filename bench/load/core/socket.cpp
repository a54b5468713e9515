#include "bench/load/core/socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace tidewire::load {
namespace {

constexpr int receive_buffer_bytes = 1024 * 1024;
constexpr std::size_t connections_per_address = 1'000;

const sockaddr* plain(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

void set(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

// Connections come from many addresses, as those of clients do: with ten thousand ports of one address in use, the kernel's search for a
// free one would cost more than the server.
void bind_to_loopback(int fd, std::size_t nth) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(nth / connections_per_address));
  set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  ::bind(fd, plain(own), sizeof own);
}

}  // namespace

bool endpoint::is_loopback() const noexcept { return (ntohl(address.sin_addr.s_addr) >> 24) == 127; }

endpoint resolve(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("--connect " + text + ": HOST:PORT is expected, such as 127.0.0.1:8000");
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto problem = ::getaddrinfo(text.substr(0, colon).c_str(), text.substr(colon + 1).c_str(), &wanted, &found);
  if (problem != 0) throw std::runtime_error("--connect " + text + ": " + ::gai_strerror(problem));
  endpoint target{*reinterpret_cast<const sockaddr_in*>(found->ai_addr), text};
  ::freeaddrinfo(found);
  return target;
}

int socket_stream::connect(const endpoint& target) {
  static std::size_t made = 0;
  close();
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return errno;
  set(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd_, SOL_SOCKET, SO_RCVBUF, receive_buffer_bytes);
  if (target.is_loopback()) bind_to_loopback(fd_, made++);
  return ::connect(fd_, plain(target.address), sizeof target.address) == 0 || errno == EINPROGRESS ? 0 : errno;
}

int socket_stream::connected() const {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int socket_stream::flush() {
  while (has_output()) {
    const auto size = ::send(fd_, out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN ? 0 : errno;
    written_ += static_cast<std::size_t>(size);
  }
  out_.clear();
  written_ = 0;
  return 0;
}

void socket_stream::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  out_.clear();
  written_ = 0;
}

void allow_connections(std::size_t count) {
  constexpr std::size_t others = 64;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count + others) return;
  limit.rlim_cur = count + others;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_max = limit.rlim_cur;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw std::runtime_error("the system does not allow " + std::to_string(count) + " connections; raise it with ulimit -n");
}

}  // namespace tidewire::load
