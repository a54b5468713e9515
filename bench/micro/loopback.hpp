// Connected sockets over loopback TCP, for benchmarks of what the kernel takes.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tidewire::micro {

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {
    if (number < 0) throw std::runtime_error("no socket");
  }
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const noexcept { return number_; }

 private:
  int number_;
};

struct connection {
  descriptor server;
  descriptor client;
};

// Connected over loopback TCP, as the server's sockets are: without Nagle's delay, not blocking.
inline std::vector<connection> connect_all(std::size_t count) {
  const descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 128) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0)
    throw std::runtime_error("cannot listen");
  std::vector<connection> all;
  const int on = 1;
  for (std::size_t i = 0; i < count; ++i) {
    descriptor client(::socket(AF_INET, SOCK_STREAM, 0));
    if (::connect(client.get(), generic, size) != 0) throw std::runtime_error("cannot connect");
    descriptor server(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
    ::setsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    all.push_back({std::move(server), std::move(client)});
  }
  return all;
}

inline void read_all(const descriptor& from, std::size_t bytes) {
  std::array<char, 65'536> buffer;
  while (bytes > 0) {
    const auto got = ::recv(from.get(), buffer.data(), std::min(bytes, buffer.size()), 0);
    if (got <= 0) throw std::runtime_error("the connection is gone");
    bytes -= static_cast<std::size_t>(got);
  }
}

}  // namespace tidewire::micro
