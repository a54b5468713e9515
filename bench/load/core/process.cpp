#include "bench/load/core/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tidewire::load {
namespace {

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::optional<process_use> look_at_process(int pid) {
  // To the nanosecond; /proc/PID/stat counts in ticks of 10 ms.
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return std::nullopt;

  std::istringstream pages(read("/proc/" + std::to_string(pid) + "/statm"));
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  pages >> total >> resident;
  return process_use{static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9,
                     resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

int process_started_by(const std::string& command) {
  auto* const told = ::popen(command.c_str(), "r");
  if (told == nullptr) throw std::runtime_error(command + ": no shell");
  std::array<char, 32> line{};
  const auto* const said = std::fgets(line.data(), line.size(), told);
  const auto status = ::pclose(told);
  int pid = 0;
  if (said != nullptr) std::from_chars(line.data(), line.data() + line.size(), pid);
  if (status != 0 || pid <= 0) throw std::runtime_error(command + ": it failed, or printed no number of a process");
  return pid;
}

double own_cpu_s() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace tidewire::load
