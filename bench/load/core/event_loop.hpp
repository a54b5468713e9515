// Waits for sockets (epoll, level-triggered) and calls who owns them. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidewire::load {

class pollable {
 public:
  virtual ~pollable() = default;
  virtual void on_events(std::uint32_t events) = 0;  // EPOLLIN, EPOLLOUT, …
};

class event_loop {
 public:
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  void watch(int fd, pollable& owner, std::uint32_t events);
  void change(int fd, pollable& owner, std::uint32_t events);
  // The socket is about to be closed; its owner may be destroyed from now on, but not during turn().
  void forget(int fd);

  // Waits until something is ready or `wait_ns` have passed (0: looks only) and calls the owners.
  void turn(std::int64_t wait_ns);

  // Where everything is received: read_bytes_max bytes, and in front of them room for what a stream kept.
  char* received() noexcept { return memory_.data() + kept_bytes_max; }
  static constexpr std::size_t read_bytes_max = 512 * 1024;
  static constexpr std::size_t kept_bytes_max = 4 * 1024 * 1024;

 private:
  int epoll_;
  std::vector<char> memory_;
};

}  // namespace tidewire::load
