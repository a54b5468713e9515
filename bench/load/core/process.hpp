// What a process has used so far.
#pragma once

#include <cstdint>
#include <optional>

namespace tidewire::load {

struct process_use {
  double cpu_s = 0;  // of all its threads, user and system
  std::uint64_t rss_bytes = 0;
};

// Nothing when there is no such process.
std::optional<process_use> look_at_process(int pid);

// CPU time of this process.
double own_cpu_s();

}  // namespace tidewire::load
