// What facts of a machine mean for a server: pure functions from facts to findings.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/options.hpp"
#include "tools/ctl/findings.hpp"
#include "tools/ctl/machine_facts.hpp"
#include "tools/server/machine_memory.hpp"

namespace tidewire::ctl {

// `whose`: "of the server (pid 12)" or "of this shell".
finding check_files(const file_limit& has, const limits& wanted, const std::string& whose);

struct disk_facts {
  std::string folder;  // that was looked at
  std::string file_system;
  std::uint64_t bytes = 0;
  std::uint64_t free = 0;
};
std::vector<finding> check_disk(const disk_facts& disk);

// Latencies of writes that were synced, in microseconds.
finding check_sync(std::vector<std::uint64_t> latencies_us);

struct clock_facts {
  bool told = false;          // whether the kernel could be asked
  bool synchronised = false;  // adjtimex(2)
  std::int64_t error_us = 0;  // the most that it is wrong, as the kernel estimates
  std::int64_t step_us = 0;   // by so much it moved against the steady clock while the doctor looked
};
std::vector<finding> check_clock(const clock_facts& clock);

// `address` is HOST:PORT of the configuration; `what` is "listen" or "admin".
finding check_port(const std::string& what, const std::string& address, const std::vector<listening>& held_by);

struct kernel_facts {
  std::optional<std::uint64_t> somaxconn{}, tw_reuse{}, overcommit{};
  std::optional<std::uint64_t> port_from{}, port_to{};
  std::string huge_pages{};  // always, madvise, never; empty: unknown
};
kernel_facts read_kernel(const std::filesystem::path& root = "/");
std::vector<finding> check_kernel(const kernel_facts& kernel, const limits& wanted);

// `configured`: [memory] budget; 0: the server chooses.
finding check_memory(const machine_memory& machine, std::size_t configured);

}  // namespace tidewire::ctl
