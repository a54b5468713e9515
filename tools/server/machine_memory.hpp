// How much memory there is for this process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace tidewire {

struct machine_memory {
  std::uint64_t bytes = 0;                 // of the machine
  std::optional<std::uint64_t> allowed{};  // by the process's control group, or one above it; none: all
};

// `root` is "/" but for tests: /proc/meminfo, /proc/self/cgroup and the files under /sys/fs/cgroup (versions 2 and 1) are read.
machine_memory read_machine_memory(const std::filesystem::path& root = "/");

}  // namespace tidewire
