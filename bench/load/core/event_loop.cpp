#include "bench/load/core/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "bench/load/core/clock.hpp"

namespace tidewire::load {
namespace {

void require(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

event_loop::event_loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), memory_(kept_bytes_max + read_bytes_max) {
  require(epoll_ >= 0, "epoll_create1");
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // else the kernel wakes us up to 50 µs late
}

event_loop::~event_loop() { ::close(epoll_); }

void event_loop::watch(int fd, pollable& owner, std::uint32_t events) {
  epoll_event event{events, {&owner}};
  require(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

void event_loop::change(int fd, pollable& owner, std::uint32_t events) {
  epoll_event event{events, {&owner}};
  require(::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0, "epoll_ctl");
}

void event_loop::forget(int fd) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void event_loop::turn(std::int64_t wait_ns) {
  std::array<epoll_event, 512> events;  // NOLINT: the kernel fills what is used
  const auto wait = wait_ns < 0 ? 0 : wait_ns;
  const timespec limit{wait / ns_per_s, wait % ns_per_s};
  const auto ready = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  require(ready >= 0 || errno == EINTR, "epoll_pwait2");
  for (int i = 0; i < ready; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    static_cast<pollable*>(event.data.ptr)->on_events(event.events);
  }
}

}  // namespace tidewire::load
