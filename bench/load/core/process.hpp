// What a process has used so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidewire::load {

struct process_use {
  double cpu_s = 0;  // of all its threads, user and system
  std::uint64_t rss_bytes = 0;
};

// Nothing when there is no such process.
std::optional<process_use> look_at_process(int pid);

// Runs a command of the shell, and returns the number that it prints: of a process that it has started. Throws std::runtime_error.
int process_started_by(const std::string& command);

// CPU time of this process.
double own_cpu_s();

}  // namespace tidewire::load
