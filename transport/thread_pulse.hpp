// Whether I/O threads still turn, for the watchdog of a service manager.
#pragma once

#include <chrono>
#include <string>

#include "transport/io_threads.hpp"

namespace tidewire::transport {

// "I/O thread 1", if that one has not run a job by then; empty: all have. Blocks; not to be called on one of them.
std::string silent_thread(io_threads& threads, std::chrono::steady_clock::time_point deadline);

}  // namespace tidewire::transport
