#include "tools/server/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace tidewire {

namespace {

namespace fs = std::filesystem;

std::uint64_t total_bytes(const fs::path& root) {
  std::ifstream file(root / "proc/meminfo");
  std::uint64_t kib = 0;
  for (std::string name, unit; file >> name >> kib; std::getline(file, unit))
    if (name == "MemTotal:") return kib * 1'024;
  return 0;
}

// A number; "max" and what cannot be read are no limit.
std::optional<std::uint64_t> limit_in(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t bytes = 0;
  return file >> bytes ? std::optional(bytes) : std::nullopt;
}

std::optional<std::uint64_t> lesser(std::optional<std::uint64_t> one, std::optional<std::uint64_t> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

// A line of /proc/self/cgroup: "0::/path" of version 2, "5:memory:/path" of version 1. In a container the path may be one of the host
// that is not there; then the files at the top are the container's own.
std::optional<std::uint64_t> allowed_by(const std::string& line, const fs::path& groups) {
  const auto first = line.find(':');
  const auto second = line.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  const auto kinds = "," + line.substr(first + 1, second - first - 1) + ",";
  const bool unified = kinds == ",,";
  if (!unified && kinds.find(",memory,") == std::string::npos) return std::nullopt;
  const auto top = unified ? groups : groups / "memory";
  const auto* const name = unified ? "memory.max" : "memory.limit_in_bytes";
  auto least = limit_in(top / name);
  for (fs::path at = fs::path(line.substr(second + 1)).relative_path(); !at.empty(); at = at.parent_path())
    least = lesser(least, limit_in(top / at / name));
  return least;
}

}  // namespace

machine_memory read_machine_memory(const fs::path& root) {
  machine_memory found{total_bytes(root)};
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) found.allowed = lesser(found.allowed, allowed_by(line, root / "sys/fs/cgroup"));
  return found;
}

}  // namespace tidewire
