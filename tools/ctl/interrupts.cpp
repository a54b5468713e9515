#include "tools/ctl/interrupts.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cassert>

namespace tidewire::ctl {

interrupts::interrupts() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, &before_);
  descriptor_ = ::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  assert(descriptor_ >= 0);
}

interrupts::~interrupts() {
  // What came is not delivered afterwards: it was what ended the work.
  signalfd_siginfo taken;
  while (::read(descriptor_, &taken, sizeof taken) > 0) continue;
  ::close(descriptor_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool interrupts::wait_for(std::chrono::milliseconds at_most) const {
  pollfd one{descriptor_, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(at_most.count())) > 0;
}

}  // namespace tidewire::ctl
