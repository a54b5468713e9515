#include "storage/restore.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "storage/kv.hpp"
#include "storage/lifecycle.hpp"

namespace tidewire::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t small_cache_bytes = 8'388'608;

fs::path sign_of(const std::string& data) { return fs::path(data) / unfinished_restore_file; }

failure disk_failure(const std::string& what, const fs::path& path, int error) {
  return {errc::internal, "cannot " + what + ' ' + path.string() + ": " + std::generic_category().message(error)};
}

result<void> sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return tl::unexpected(disk_failure("open", path, errno));
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0) return tl::unexpected(disk_failure("sync", path, error));
  return {};
}

// The sign is a directory: RocksDB begins a restore by removing all files.
result<void> write_sign(const std::string& data) {
  const auto path = sign_of(data);
  std::error_code error;
  fs::create_directory(path, error);
  if (error) return tl::unexpected(disk_failure("write", path, error.value()));
  return sync(data);
}

// RocksDB locks its file with fcntl: whoever has it open can be asked for.
bool in_use(const std::string& data) {
  const int file = ::open((fs::path(data) / "LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(file);
  return held;
}

}  // namespace

result<void> check_restore_target(const std::string& data) {
  std::error_code error;
  const auto what = fs::status(data, error);
  if (what.type() == fs::file_type::not_found) return {};
  if (what.type() != fs::file_type::directory) return fail(errc::conflict, data + " is no directory: name another one with --data");
  const bool empty = fs::is_empty(data, error);
  if (error) return fail(errc::internal, "cannot look into " + data + ": " + error.message());
  if (empty) return {};
  if (in_use(data)) return fail(errc::conflict, "the database in " + data + " is in use: stop the server first");
  if (fs::exists(sign_of(data), error)) return {};
  return fail(errc::conflict, data + " is not empty: move what is there away, or restore into another directory with --data");
}

result<void> begin_restore(const std::string& data) {
  if (auto free = check_restore_target(data); !free) return free;
  std::error_code error;
  if (auto written = write_sign(data); !written) return written;
  for (const auto& each : fs::directory_iterator(data, error)) {
    if (each.path().filename() != unfinished_restore_file) fs::remove_all(each.path(), error);
    if (error) return fail(errc::internal, "cannot empty " + data + ": " + error.message());
  }
  if (error) return fail(errc::internal, "cannot look into " + data + ": " + error.message());
  return {};
}

result<void> finish_restore(const std::string& data, std::uint32_t backup) {
  {
    const auto db = open_rocksdb_kv({.path = data, .block_cache_bytes = small_cache_bytes, .being_restored = true});
    if (!db) return tl::unexpected(db.error());
    if (auto marked = mark_restored(**db, backup); !marked) return marked;
  }
  for (const auto& each : fs::directory_iterator(data))
    if (each.is_regular_file())
      if (auto synced = sync(each.path()); !synced) return synced;
  if (auto synced = sync(data); !synced) return synced;
  std::error_code error;
  fs::remove(sign_of(data), error);
  if (error) return fail(errc::internal, "cannot remove " + sign_of(data).string() + ": " + error.message());
  return sync(data);
}

}  // namespace tidewire::storage
