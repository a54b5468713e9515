#include "tools/ctl/doctor_checks.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "schemas/memory_budget.hpp"
#include "tools/ctl/progress.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::uint64_t gib = 1'073'741'824;
constexpr std::uint64_t files_besides_connections = 4'096;  // of the database, logs, timers
constexpr std::uint64_t slow_sync_us = 10'000;
constexpr std::uint64_t backlog_wanted = 1'024;
constexpr std::uint64_t ports_wanted = 20'000;
constexpr std::int64_t clock_error_max_us = 1'000'000;
constexpr std::int64_t clock_step_max_us = 50'000;

std::string ms_text(std::uint64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(us) / 1'000);
  return text;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

finding check_files(const file_limit& has, const limits& wanted, const std::string& whose) {
  const auto needed = wanted.connections_max + files_besides_connections;
  const auto soft = has.soft == 0 ? "unlimited" : count_text(has.soft);
  if (has.soft == 0 || has.soft >= needed)
    return {verdict::ok, "open files", soft + " " + whose + "; limits.connections_max = " + count_text(wanted.connections_max)};
  return {verdict::warn, "open files",
          soft + " " + whose + " are fewer than limits.connections_max = " + count_text(wanted.connections_max) + " and the database need",
          "LimitNOFILE=" + std::to_string(needed) + " in the service's unit, or ulimit -n " + std::to_string(needed) +
              "; or a smaller limits.connections_max"};
}

std::vector<finding> check_disk(const disk_facts& disk) {
  std::vector<finding> all;
  const auto what = disk.file_system + " at " + disk.folder;
  if (is_one_of(disk.file_system, {"tmpfs", "ramfs"}))
    all.push_back({verdict::warn, "file system", what + " is memory: nothing survives a restart of the machine", "put data on a disk"});
  else if (is_one_of(disk.file_system, {"overlay", "aufs"}))
    all.push_back({verdict::warn, "file system", what + " is a layer of a container: what is written goes with the container, and slowly",
                   "mount a volume at the data directory"});
  else if (is_one_of(disk.file_system, {"nfs", "cifs", "smb", "smb2", "9p", "fuse", "ceph", "afs", "gpfs", "lustre", "vboxsf"}))
    all.push_back({verdict::warn, "file system",
                   what + " is not of this machine, or not of its kernel: syncs are slow, and locks may not hold",
                   "put data on a local disk (ext4, xfs)"});
  else
    all.push_back({verdict::ok, "file system", what});

  const auto says = bytes_text(disk.free) + " of " + bytes_text(disk.bytes) + " are free";
  const auto few = disk.free < gib || disk.free * 20 < disk.bytes;
  if (disk.free < gib / 8)
    all.push_back({verdict::fail, "disk", says + ": writes will be refused soon", "make room, or move data to a larger disk"});
  else if (few)
    all.push_back({verdict::warn, "disk", says, "make room; history_size, history_ttl and room_ttl say how much is kept"});
  else
    all.push_back({verdict::ok, "disk", says});
  return all;
}

finding check_sync(std::vector<std::uint64_t> latencies_us) {
  if (latencies_us.empty())
    return {verdict::fail, "fsync", "nothing could be written", "the data directory must be writable by the server's user"};
  std::sort(latencies_us.begin(), latencies_us.end());
  const auto middle = latencies_us[latencies_us.size() / 2];
  const auto says = ms_text(middle) + " in the middle, " + ms_text(latencies_us.back()) + " at most, of " +
                    std::to_string(latencies_us.size()) + " writes of 4 KiB";
  if (middle < slow_sync_us) return {verdict::ok, "fsync", says};
  return {verdict::warn, "fsync", says + ": each commit of a namespace with durability = \"fsync\" waits so long",
          "a disk with power-loss protection; or durability = \"wal\" where losing power may lose the last moment"};
}

std::vector<finding> check_clock(const clock_facts& clock) {
  std::vector<finding> all;
  if (!clock.told)
    all.push_back({verdict::note, "clock", "the kernel does not say whether it is synchronised", ""});
  else if (!clock.synchronised)
    all.push_back({verdict::warn, "clock", "it is not synchronised: tokens and expiries may be judged by a wrong time",
                   "run chrony or systemd-timesyncd (in a container or a virtual machine: on the host)"});
  else if (clock.error_us > clock_error_max_us)
    all.push_back({verdict::warn, "clock", "it is synchronised, but may be wrong by " + ms_text(static_cast<std::uint64_t>(clock.error_us)),
                   "chronyc sources, or timedatectl timesync-status: is a time server reached?"});
  else
    all.push_back({verdict::ok, "clock", "synchronised, wrong by " + ms_text(static_cast<std::uint64_t>(clock.error_us)) + " at most"});
  if (clock.step_us > clock_step_max_us || clock.step_us < -clock_step_max_us)
    all.push_back({verdict::warn, "clock step", "it moved by " + std::to_string(clock.step_us / 1'000) + " ms while the doctor looked",
                   "whatever sets the clock should slew it, not step it, while the server runs"});
  return all;
}

finding check_port(const std::string& what, const std::string& address, const std::vector<listening>& held_by) {
  const auto name = "port of " + what;
  if (held_by.empty()) return {verdict::ok, name, address + " is free: no server is running there"};
  std::string who;
  bool ours = true;
  for (const auto& each : held_by) {
    ours = ours && each.program == "tidewire";
    who += (who.empty() ? "" : ", ") +
           (each.pid == 0 ? std::string("a process of another user") : each.program + " (pid " + std::to_string(each.pid) + ")");
  }
  if (ours) return {verdict::ok, name, address + " is held by " + who};
  if (held_by.front().pid == 0) return {verdict::note, name, address + " is held by " + who, "run the doctor as root to see which"};
  return {verdict::fail, name, address + " is held by " + who, "stop that, or set another " + what + " in the configuration"};
}

kernel_facts read_kernel(const std::filesystem::path& root) {
  const auto settings = root / "proc/sys";
  kernel_facts made;
  made.somaxconn = number_in(settings / "net/core/somaxconn");
  made.tw_reuse = number_in(settings / "net/ipv4/tcp_tw_reuse");
  made.overcommit = number_in(settings / "vm/overcommit_memory");
  std::ifstream range(settings / "net/ipv4/ip_local_port_range");
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  if (range >> from >> to) {
    made.port_from = from;
    made.port_to = to;
  }
  made.huge_pages = chosen_of(first_line_of(root / "sys/kernel/mm/transparent_hugepage/enabled"));
  return made;
}

std::vector<finding> check_kernel(const kernel_facts& kernel, const limits& wanted) {
  std::vector<finding> all;
  if (kernel.somaxconn) {
    const auto says = "net.core.somaxconn = " + std::to_string(*kernel.somaxconn);
    all.push_back(*kernel.somaxconn >= backlog_wanted
                      ? finding{verdict::ok, "backlog", says}
                      : finding{verdict::warn, "backlog", says + ": when many clients come back at once, connections are dropped",
                                "sysctl -w net.core.somaxconn=4096"});
  }
  if (kernel.port_from && kernel.port_to) {
    const auto ports = *kernel.port_to >= *kernel.port_from ? *kernel.port_to - *kernel.port_from + 1 : 0;
    const auto says = "net.ipv4.ip_local_port_range = " + std::to_string(*kernel.port_from) + " " + std::to_string(*kernel.port_to);
    const bool few = ports < ports_wanted || ports < std::min<std::uint64_t>(wanted.connections_max, 28'000);
    all.push_back(few ? finding{verdict::warn, "local ports", says + ": a proxy on this machine has no more connections to the server",
                                "sysctl -w net.ipv4.ip_local_port_range='10240 65535'"}
                      : finding{verdict::ok, "local ports", says});
  }
  if (kernel.tw_reuse) {
    const auto says = "net.ipv4.tcp_tw_reuse = " + std::to_string(*kernel.tw_reuse);
    all.push_back(*kernel.tw_reuse != 0 ? finding{verdict::ok, "reused ports", says}
                                        : finding{verdict::note, "reused ports", says + ": matters to a proxy on this machine",
                                                  "sysctl -w net.ipv4.tcp_tw_reuse=1"});
  }
  if (kernel.overcommit) {
    const auto says = "vm.overcommit_memory = " + std::to_string(*kernel.overcommit);
    all.push_back(*kernel.overcommit != 2 ? finding{verdict::ok, "overcommit", says}
                                          : finding{verdict::warn, "overcommit", says + ": allocations fail while there is memory",
                                                    "sysctl -w vm.overcommit_memory=0"});
  }
  if (!kernel.huge_pages.empty()) {
    const auto says = "transparent huge pages: " + kernel.huge_pages;
    all.push_back(kernel.huge_pages != "always"
                      ? finding{verdict::ok, "huge pages", says}
                      : finding{verdict::warn, "huge pages", says + ": memory grows beyond what is used, and latencies with it",
                                "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"});
  }
  return all;
}

finding check_memory(const machine_memory& machine, std::size_t configured) {
  const auto there = machine.allowed ? std::min(*machine.allowed, machine.bytes) : machine.bytes;
  const auto whose = machine.allowed && *machine.allowed < machine.bytes ? " of the control group" : " of the machine";
  if (configured == 0)
    return {verdict::ok, "memory",
            "budget: " + bytes_text(default_memory_budget(machine.bytes, machine.allowed)) + " by itself, of " + bytes_text(there) + whose};
  const auto says = "[memory] budget = " + bytes_text(configured) + ", of " + bytes_text(there) + whose;
  if (configured >= there)
    return {verdict::fail, "memory", says + ": the kernel will kill the server",
            "a budget of " + bytes_text(there / 2) + ", or more memory"};
  if (configured > there - there / 4)
    return {verdict::warn, "memory", says + ": little is left for connections and for the files of the database",
            "a budget of at most three quarters"};
  return {verdict::ok, "memory", says};
}

}  // namespace tidewire::ctl
