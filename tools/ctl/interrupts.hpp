// Ctrl-C and SIGTERM as something to wait for. From its beginning to its end they do not end the process; threads that are started
// meanwhile do not see them either.
#pragma once

#include <chrono>
#include <csignal>

namespace tidewire::ctl {

class interrupts {
 public:
  interrupts();
  ~interrupts();
  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

  // Can be read as soon as one came, and from then on.
  int descriptor() const noexcept { return descriptor_; }
  bool came() const { return wait_for(std::chrono::milliseconds(0)); }
  // Whether one came, after at most so long.
  bool wait_for(std::chrono::milliseconds at_most) const;

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

}  // namespace tidewire::ctl
