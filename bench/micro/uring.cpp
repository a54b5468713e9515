// The same writes by io_uring: many for each call of the kernel, on registered sockets. Why the server does not: docs/decisions/0011.
#include <benchmark/benchmark.h>
#include <liburing.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <string>
#include <vector>

#include "bench/micro/loopback.hpp"
#include "bench/micro/samples.hpp"

namespace {

using namespace tidewire::micro;

constexpr unsigned receivers = 1'000;
constexpr unsigned writes_a_call = 64;
constexpr std::size_t frame_bytes = 260;

class ring {
 public:
  ring() {
    io_uring_params wanted{};
    wanted.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    ready_ = io_uring_queue_init_params(writes_a_call, &ring_, &wanted) == 0;
  }
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring() {
    if (ready_) io_uring_queue_exit(&ring_);
  }
  bool ready() const noexcept { return ready_; }
  io_uring* get() noexcept { return &ring_; }

 private:
  io_uring ring_{};
  bool ready_ = false;
};

void write_frames_uring(benchmark::State& state) {
  ring kernel;
  if (!kernel.ready()) return state.SkipWithError("io_uring is not allowed here");
  const auto connections = connect_all(receivers);
  std::vector<int> sockets;
  for (const auto& each : connections) sockets.push_back(each.server.get());
  if (io_uring_register_files(kernel.get(), sockets.data(), receivers) != 0) return state.SkipWithError("sockets cannot be registered");
  std::vector<std::string> frames(static_cast<std::size_t>(state.range(0)), std::string(frame_bytes, 'x'));
  std::vector<iovec> parts;
  for (auto& each : frames) parts.push_back({each.data(), each.size()});
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const auto bytes = frame_bytes * parts.size();
  for (auto _ : state) {
    for (unsigned next = 0; next < receivers;) {
      unsigned asked = 0;
      for (; next < receivers && asked < writes_a_call; ++next, ++asked) {
        auto* entry = io_uring_get_sqe(kernel.get());
        if (parts.size() == 1) {
          io_uring_prep_send(entry, static_cast<int>(next), frames[0].data(), frame_bytes, MSG_NOSIGNAL);
        } else {
          io_uring_prep_sendmsg(entry, static_cast<int>(next), &message, MSG_NOSIGNAL);
        }
        entry->flags |= IOSQE_FIXED_FILE;
      }
      io_uring_submit_and_wait(kernel.get(), asked);
      io_uring_cqe* done = nullptr;
      unsigned head = 0;
      unsigned whole = 0;
      io_uring_for_each_cqe(kernel.get(), head, done) whole += done->res == static_cast<int>(bytes) ? 1 : 0;
      io_uring_cq_advance(kernel.get(), asked);
      if (whole != asked) return state.SkipWithError("a short write");
    }
    state.PauseTiming();
    for (const auto& each : connections) read_all(each.client, bytes);
    state.ResumeTiming();
  }
  per_item(state, receivers);
}
BENCHMARK(write_frames_uring)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

}  // namespace
