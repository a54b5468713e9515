// The files of one directory: calls that fail, a disk with so much room, an end at the nth call, and a record of what was synced, from
// which a test can make what a loss of power would have left.
//
// The record has a line for each event, written when it is over, with the number of its beginning: begun events are counted from 1.
//   create  := "C" begun inode name            and whatever it held is gone
//   sync    := "S" begun inode size [hex]      what was in it when the sync began; all of it, if it is small
//   rename  := "R" begun old new
//   remove  := "U" begun name
//   entries := "D" begun                       the directory itself was synced: all that was over before this began
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/injector/control.hpp"

namespace {

using inject::settings;

constexpr std::size_t small_bytes = 512;

enum class kind : unsigned char { foreign, file, directory };
std::array<std::atomic<kind>, 65'536> kinds;  // of descriptors

kind kind_of(int descriptor) {
  return descriptor < 0 || static_cast<std::size_t>(descriptor) >= kinds.size() ? kind::foreign
                                                                                : kinds[static_cast<std::size_t>(descriptor)].load();
}

void note_kind(int descriptor, kind is) {
  if (descriptor >= 0 && static_cast<std::size_t>(descriptor) < kinds.size()) kinds[static_cast<std::size_t>(descriptor)] = is;
}

std::string_view setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

// RocksDB says "directory//file" of some.
std::optional<std::string> name_in_directory(std::string_view path) {
  static const auto directory = setting("INJECT_DATA");
  if (directory.empty() || !path.starts_with(directory) || path.size() <= directory.size() || path[directory.size()] != '/')
    return std::nullopt;
  path.remove_prefix(std::min(path.find_first_not_of('/', directory.size()), path.size()));
  if (path.empty()) return std::nullopt;
  return std::string(path);
}

// Who holds it is alone between what it does and the line about it; begun events are numbered in the same order.
class event {
 public:
  event() : number_(++begun_) {}

  template <class... Values>
  void over(const char* format, Values... values) const {
    if (file() < 0) return;
    std::array<char, 2 * small_bytes + 512> line;
    const int size = std::snprintf(line.data(), line.size(), format, number_, values...);
    INJECT_NEXT(write);
    if (write_(file(), line.data(), static_cast<std::size_t>(size)) != size) std::abort();
  }

  static bool wanted() { return file() >= 0; }

 private:
  static int file() {
    static const int opened = [] {
      INJECT_NEXT(open);
      const auto path = setting("INJECT_EVENTS");
      return path.empty() ? -1 : open_(path.data(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    }();
    return opened;
  }

  static inline std::atomic<long> begun_{0};
  const long number_;
};

// A call begins: dies if this is the one, and says whether it may fail.
bool call_fails(std::int64_t error) {
  auto& told = settings();
  ++told.calls;
  if (told.calls_before_death >= 0 && told.calls_before_death-- == 0) {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }
  if (error == 0) return false;
  if (told.calls_before_fault > 0) {
    --told.calls_before_fault;
    return false;
  }
  ++told.faults;
  errno = static_cast<int>(error);
  return true;
}

// How much of it fits on the disk: all, a part, or nothing (then errno says so).
std::size_t room_for(std::size_t bytes) {
  auto& room = settings().room_bytes;
  const auto left = room.load();
  if (left < 0) return bytes;
  const auto taken = std::min<std::int64_t>(left, static_cast<std::int64_t>(bytes));
  room -= taken;
  if (taken == 0) {
    ++settings().faults;
    errno = ENOSPC;
  }
  return static_cast<std::size_t>(taken);
}

// Calls `write_part(bytes)` for what may be written of `bytes`.
ssize_t written(int descriptor, std::size_t bytes, auto write_part) {
  if (kind_of(descriptor) == kind::foreign) return write_part(bytes);
  if (call_fails(settings().write_error)) return -1;
  const auto fitting = room_for(bytes);
  return fitting == 0 && bytes > 0 ? -1 : write_part(fitting);
}

void bury(const std::string& path) {
  const auto graves = setting("INJECT_GRAVES");
  struct stat about {};
  if (graves.empty() || ::stat(path.c_str(), &about) != 0) return;
  static_cast<void>(::link(path.c_str(), (std::string(graves) + '/' + std::to_string(about.st_ino)).c_str()));
}

void note_sync(const event& sync, int descriptor, const struct stat& before) {
  const auto inode = static_cast<unsigned long>(before.st_ino);
  const auto size = static_cast<long>(before.st_size);
  std::array<unsigned char, small_bytes> bytes;
  if (before.st_size > static_cast<off_t>(bytes.size())) return sync.over("S %ld %lu %ld\n", inode, size);
  const auto got = ::pread(descriptor, bytes.data(), bytes.size(), 0);  // fails where it is open for writing only
  std::string text;
  for (ssize_t i = 0; i < got; ++i) {
    std::array<char, 3> two;
    std::snprintf(two.data(), two.size(), "%02x", bytes[static_cast<std::size_t>(i)]);
    text += two.data();
  }
  sync.over("S %ld %lu %ld %s\n", inode, size, text.c_str());
}

int synced(int descriptor, auto sync_it) {
  const auto is = kind_of(descriptor);
  if (is == kind::foreign) return sync_it();
  if (call_fails(settings().sync_error)) return -1;
  const event sync;
  struct stat before {};
  ::fstat(descriptor, &before);
  const int done = sync_it();
  if (done != 0) return done;
  if (is == kind::directory) sync.over("D %ld\n");
  if (is == kind::file) note_sync(sync, descriptor, before);
  return done;
}

int opened(const char* path, int flags, mode_t mode, auto open_it) {
  const auto name = name_in_directory(path);
  if (!name) {
    const int descriptor = open_it(path, flags, mode);
    note_kind(descriptor, path == setting("INJECT_DATA") ? kind::directory : kind::foreign);
    return descriptor;
  }
  const bool empties = (flags & O_CREAT) != 0 && ((flags & O_TRUNC) != 0 || ::access(path, F_OK) != 0);
  if (empties && call_fails(settings().write_error)) return -1;
  const event creation;
  const int descriptor = open_it(path, flags, mode);
  note_kind(descriptor, kind::file);
  struct stat about {};
  if (descriptor >= 0 && empties && ::fstat(descriptor, &about) == 0)
    creation.over("C %ld %lu %s\n", static_cast<unsigned long>(about.st_ino), name->c_str());
  return descriptor;
}

mode_t mode_of(int flags, va_list rest) { return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  INJECT_NEXT(open);
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return opened(path, flags, mode, open_);
}

int open64(const char* path, int flags, ...) {
  INJECT_NEXT(open64);
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return opened(path, flags, mode, open64_);
}

int close(int descriptor) {
  INJECT_NEXT(close);
  note_kind(descriptor, kind::foreign);
  return close_(descriptor);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  INJECT_NEXT(write);
  return written(descriptor, size, [&](std::size_t part) { return write_(descriptor, bytes, part); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  INJECT_NEXT(pwrite);
  return written(descriptor, size, [&](std::size_t part) { return pwrite_(descriptor, bytes, part, at); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  INJECT_NEXT(pwrite64);
  return written(descriptor, size, [&](std::size_t part) { return pwrite64_(descriptor, bytes, part, at); });
}

int fsync(int descriptor) {
  INJECT_NEXT(fsync);
  return synced(descriptor, [&] { return fsync_(descriptor); });
}

int fdatasync(int descriptor) {
  INJECT_NEXT(fdatasync);
  return synced(descriptor, [&] { return fdatasync_(descriptor); });
}

int rename(const char* from, const char* to) noexcept {
  INJECT_NEXT(rename);
  const auto old_name = name_in_directory(from);
  const auto new_name = name_in_directory(to);
  if (!old_name || !new_name) return rename_(from, to);
  if (call_fails(settings().write_error)) return -1;
  bury(to);
  const event change;
  const int done = rename_(from, to);
  if (done == 0) change.over("R %ld %s %s\n", old_name->c_str(), new_name->c_str());
  return done;
}

int unlink(const char* path) noexcept {
  INJECT_NEXT(unlink);
  const auto name = name_in_directory(path);
  if (!name) return unlink_(path);
  if (call_fails(0)) return -1;
  bury(path);
  const event removal;
  const int done = unlink_(path);
  if (done == 0) removal.over("U %ld %s\n", name->c_str());
  return done;
}

}  // extern "C"
