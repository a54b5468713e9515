#include "bench/load/core/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
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
  const auto folder = "/proc/" + std::to_string(pid);
  const auto stat = read(folder + "/stat");
  // The name, in parentheses, may hold anything; behind it come state (field 3) to utime and stime (fields 14 and 15).
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> user >> system;

  std::istringstream pages(read(folder + "/statm"));
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  pages >> total >> resident;
  const auto ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return process_use{static_cast<double>(user + system) / ticks_per_s, resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

double own_cpu_s() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace tidewire::load
