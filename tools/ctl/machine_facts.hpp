// What Linux says of this machine, as far as a server depends on it. Everything is read below a root, so that tests bring their own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::ctl {

// The number, or the first of several, in a file; nothing if it cannot be read.
std::optional<std::uint64_t> number_in(const std::filesystem::path& file);
std::string first_line_of(const std::filesystem::path& file);

// "always [madvise] never" → "madvise".
std::string chosen_of(const std::string& line);

// Who listens on that port.
struct listening {
  std::uint64_t inode = 0;
  pid_t pid = 0;          // 0: not to be seen, it is of another user
  std::string program{};  // its name
};
std::vector<listening> listeners_on(std::uint16_t port, const std::filesystem::path& root = "/");

// "Max open files" of a process, soft and hard; 0 is "unlimited".
struct file_limit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};
std::optional<file_limit> file_limit_of(const std::string& process, const std::filesystem::path& root = "/");

// The kind of file system by its magic number (statfs(2)), as mount(8) calls it; "0x…" if it is none of those that matter here.
std::string file_system_name(std::uint64_t magic);

// The first of the path and its parents that is there.
std::filesystem::path existing_part(const std::filesystem::path& path);

}  // namespace tidewire::ctl
