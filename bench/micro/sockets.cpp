// What the kernel takes for loopback TCP: most of the cost of a delivery and of a request.
#include <benchmark/benchmark.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "bench/micro/loopback.hpp"
#include "bench/micro/samples.hpp"

namespace {

using namespace tidewire::micro;

constexpr std::size_t receivers = 1'000;
constexpr std::size_t frame_bytes = 260;

// One write of so many frames to each of a thousand connections. The receivers read in time that does not count; that half of loopback TCP
// which runs inside the sender's system call does. `write` writes one connection's share of `parts`.
template <class Write>
void write_to_all(benchmark::State& state, Write write) {
  const auto connections = connect_all(receivers);
  std::vector<std::string> frames(static_cast<std::size_t>(state.range(0)), std::string(frame_bytes, 'x'));
  std::vector<iovec> parts;
  for (auto& each : frames) parts.push_back({each.data(), each.size()});
  const auto bytes = frame_bytes * parts.size();
  for (auto _ : state) {
    for (const auto& each : connections)
      if (write(each.server.get(), parts) != static_cast<ssize_t>(bytes)) return state.SkipWithError("a short write");
    state.PauseTiming();
    for (const auto& each : connections) read_all(each.client, bytes);
    state.ResumeTiming();
  }
  per_item(state, receivers);
}

// As the server does: one frame by send, several gathered by the kernel.
void write_frames(benchmark::State& state) {
  write_to_all(state, [](int to, std::vector<iovec>& parts) {
    if (parts.size() == 1) return ::send(to, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(to, &message, MSG_NOSIGNAL);
  });
}
BENCHMARK(write_frames)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

// Copied into one buffer first.
void write_frames_together(benchmark::State& state) {
  std::array<char, 65'536> together;
  write_to_all(state, [&](int to, const std::vector<iovec>& parts) {
    auto* end = together.data();
    for (const auto& each : parts) end = std::copy_n(static_cast<const char*>(each.iov_base), each.iov_len, end);
    return ::send(to, together.data(), static_cast<std::size_t>(end - together.data()), MSG_NOSIGNAL);
  });
}
BENCHMARK(write_frames_together)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

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
