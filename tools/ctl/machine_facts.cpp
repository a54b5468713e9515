#include "tools/ctl/machine_facts.hpp"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace tidewire::ctl {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view listen_state = "0A";

template <class Number>
std::optional<Number> parse(std::string_view text, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// Rows of /proc/net/tcp: "sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode".
void add_inodes(const fs::path& file, std::uint16_t port, std::set<std::uint64_t>& into) {
  std::ifstream rows(file);
  std::string line;
  std::getline(rows, line);
  while (std::getline(rows, line)) {
    std::istringstream row(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    if (!(row >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode)) continue;
    const auto colon = local.rfind(':');
    if (state != listen_state || colon == std::string::npos || parse<std::uint16_t>(std::string_view(local).substr(colon + 1), 16) != port)
      continue;
    if (const auto number = parse<std::uint64_t>(inode, 10)) into.insert(*number);
  }
}

// "socket:[4711]" → 4711.
std::optional<std::uint64_t> socket_inode(const std::string& target) {
  constexpr std::string_view begin = "socket:[";
  if (!target.starts_with(begin) || !target.ends_with(']')) return std::nullopt;
  return parse<std::uint64_t>(std::string_view(target).substr(begin.size(), target.size() - begin.size() - 1), 10);
}

}  // namespace

std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? std::optional(value) : std::nullopt;
}

std::string first_line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string chosen_of(const std::string& line) {
  const auto begin = line.find('[');
  const auto end = line.find(']', begin);
  return begin == std::string::npos || end == std::string::npos ? line : line.substr(begin + 1, end - begin - 1);
}

std::vector<listening> listeners_on(std::uint16_t port, const fs::path& root) {
  std::set<std::uint64_t> inodes;
  add_inodes(root / "proc/net/tcp", port, inodes);
  add_inodes(root / "proc/net/tcp6", port, inodes);
  std::vector<listening> found;
  if (inodes.empty()) return found;
  std::error_code ignored;
  for (auto process = fs::directory_iterator(root / "proc", ignored); process != fs::directory_iterator(); process.increment(ignored)) {
    const auto pid = parse<pid_t>(process->path().filename().string(), 10);
    if (!pid) continue;
    for (auto file = fs::directory_iterator(process->path() / "fd", ignored); file != fs::directory_iterator(); file.increment(ignored)) {
      const auto inode = socket_inode(fs::read_symlink(file->path(), ignored).string());
      if (!inode || inodes.erase(*inode) == 0) continue;
      found.push_back({*inode, *pid, first_line_of(process->path() / "comm")});
    }
  }
  for (const auto inode : inodes) found.push_back({inode});
  return found;
}

std::optional<file_limit> file_limit_of(const std::string& process, const fs::path& root) {
  std::ifstream rows(root / "proc" / process / "limits");
  constexpr std::string_view name = "Max open files";
  for (std::string line; std::getline(rows, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream values(line.substr(name.size()));
    std::string soft, hard;
    values >> soft >> hard;
    return file_limit{parse<std::uint64_t>(soft, 10).value_or(0), parse<std::uint64_t>(hard, 10).value_or(0)};
  }
  return std::nullopt;
}

std::string file_system_name(std::uint64_t magic) {
  static const std::map<std::uint64_t, const char*> names{
      {0xEF53, "ext4"},       {0x58465342, "xfs"},      {0x9123683E, "btrfs"}, {0x2FC12FC1, "zfs"},  {0x794C7630, "overlay"},
      {0x01021994, "tmpfs"},  {0x858458F6, "ramfs"},    {0x6969, "nfs"},       {0xFF534D42, "cifs"}, {0xFE534D42, "smb2"},
      {0x65735546, "fuse"},   {0x01021997, "9p"},       {0x00C36400, "ceph"},  {0xF2F52010, "f2fs"}, {0x4D44, "msdos"},
      {0x517B, "smb"},        {0x61756673, "aufs"},     {0x5346414F, "afs"},   {0x47504653, "gpfs"}, {0x0BD00BD0, "lustre"},
      {0x786F4256, "vboxsf"}, {0xCA451A4E, "bcachefs"},
  };
  if (const auto found = names.find(magic & 0xFFFFFFFF); found != names.end()) return found->second;
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(magic));
  return text;
}

fs::path existing_part(const fs::path& path) {
  std::error_code ignored;
  auto at = fs::absolute(path, ignored);
  while (!fs::exists(at, ignored) && at.has_relative_path()) at = at.parent_path();
  return at;
}

}  // namespace tidewire::ctl
