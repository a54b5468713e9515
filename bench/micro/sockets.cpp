// What the kernel takes for loopback TCP: most of the cost of a delivery and of a request.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/samples.hpp"

namespace {

using namespace tidewire::micro;

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
std::vector<connection> connect_all(std::size_t count) {
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

void read_all(const descriptor& from, std::size_t bytes) {
  std::array<char, 65'536> buffer;
  while (bytes > 0) {
    const auto got = ::recv(from.get(), buffer.data(), std::min(bytes, buffer.size()), 0);
    if (got <= 0) throw std::runtime_error("the connection is gone");
    bytes -= static_cast<std::size_t>(got);
  }
}

constexpr std::size_t receivers = 1'000;
constexpr std::size_t frame_bytes = 260;

// One write of so many frames to each of a thousand connections. The receivers read in time that does not count; that half of loopback TCP
// which runs inside the sender's system call does.
void write_frames(benchmark::State& state) {
  const auto connections = connect_all(receivers);
  std::string frame(frame_bytes, 'x');
  std::vector<iovec> parts(static_cast<std::size_t>(state.range(0)), {frame.data(), frame.size()});
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const auto bytes = frame_bytes * parts.size();
  for (auto _ : state) {
    for (const auto& each : connections)
      if (::sendmsg(each.server.get(), &message, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes)) return state.SkipWithError("a short write");
    state.PauseTiming();
    for (const auto& each : connections) read_all(each.client, bytes);
    state.ResumeTiming();
  }
  per_item(state, receivers);
}
BENCHMARK(write_frames)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

// The server's half of 64 small requests: told by epoll, read, answered.
void serve_requests(benchmark::State& state) {
  constexpr std::size_t clients = 64;
  const auto connections = connect_all(clients);
  const descriptor poller(::epoll_create1(0));
  for (std::size_t i = 0; i < clients; ++i) {
    epoll_event wanted{EPOLLIN, {.u64 = i}};
    ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, connections[i].server.get(), &wanted);
  }
  const std::string request(360, 'x');
  const std::string response(230, 'x');
  std::array<char, 65'536> buffer;
  for (auto _ : state) {
    state.PauseTiming();
    for (const auto& each : connections) ::send(each.client.get(), request.data(), request.size(), MSG_NOSIGNAL);
    state.ResumeTiming();
    std::array<epoll_event, clients> ready;
    const auto count = ::epoll_wait(poller.get(), ready.data(), clients, -1);
    for (int i = 0; i < count; ++i) {
      const auto& peer = connections[ready[static_cast<std::size_t>(i)].data.u64].server;
      benchmark::DoNotOptimize(::recv(peer.get(), buffer.data(), buffer.size(), 0));
      benchmark::DoNotOptimize(::send(peer.get(), response.data(), response.size(), MSG_NOSIGNAL));
    }
    state.PauseTiming();
    for (const auto& each : connections) read_all(each.client, response.size());
    state.ResumeTiming();
  }
  per_item(state, clients);
}
BENCHMARK(serve_requests);

}  // namespace
