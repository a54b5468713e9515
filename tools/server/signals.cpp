#include "tools/server/signals.hpp"

#include <csignal>
#include <initializer_list>

#include <pthread.h>
#include <unistd.h>

namespace tidewire {

namespace {

sigset_t heard() {
  sigset_t set;
  sigemptyset(&set);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, each);
  return set;
}

}  // namespace

void block_signals() {
  const auto set = heard();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is a full disk: the write fails, and that is answered
}

server_signal next_signal() {
  const auto set = heard();
  int caught = 0;
  while (sigwait(&set, &caught) != 0) {}
  switch (caught) {
    case SIGHUP: return server_signal::reload;
    case SIGUSR1: return server_signal::failed;
    default: return server_signal::stop;
  }
}

void raise_failed() { ::kill(::getpid(), SIGUSR1); }

void raise_reload() { ::kill(::getpid(), SIGHUP); }

}  // namespace tidewire
