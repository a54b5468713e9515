#include "storage/commit_mark.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace tidewire::storage {

namespace {

enum word : std::size_t { magic, kernel, written, synced, word_count };
using words = std::array<std::uint64_t, word_count>;

constexpr std::uint64_t magic_value = 0x6b72'616d'6564'6974;  // "tidemark"
constexpr int value_bits = 56;                                // as many as a sequence number of RocksDB has
constexpr std::uint64_t value_max = (std::uint64_t{1} << value_bits) - 1;

std::uint64_t sealed(std::uint64_t value) noexcept { return (value << 8) | ((value * 0x9e37'79b9'7f4a'7c15 + magic_value) >> value_bits); }

bool is_sealed(std::uint64_t word) noexcept { return word == sealed(word >> 8); }

// FNV-1a.
std::uint64_t digest(std::string_view boot_id) noexcept {
  if (boot_id.empty()) return 0;
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char each : boot_id) hash = (hash ^ static_cast<unsigned char>(each)) * 0x100'0000'01b3;
  return std::max<std::uint64_t>(hash & value_max, 1);
}

std::string file_in(const std::string& directory) { return directory + "/acknowledged"; }

class descriptor {
 public:
  descriptor(const std::string& path, int flags) noexcept : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int operator*() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

tl::unexpected<failure> cannot(const char* what, const std::string& path) {
  return fail(errc::unavailable, std::string("cannot ") + what + ' ' + path + ": " + std::generic_category().message(errno));
}

void store(void* at, word which, std::uint64_t value) noexcept {
  std::atomic_ref(static_cast<std::uint64_t*>(at)[which]).store(sealed(value), std::memory_order_release);
}

}  // namespace

bool commit_mark::is_in(const std::string& directory) {
  std::error_code ignored;
  return std::filesystem::exists(file_in(directory), ignored);
}

result<std::optional<std::uint64_t>> commit_mark::promised(const std::string& directory, std::string_view boot_id) {
  const auto path = file_in(directory);
  const descriptor file(path, O_RDONLY);
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return cannot("read", path);
  words found{};
  std::array<char, sizeof found + 1> bytes{};
  const auto size = ::read(*file, bytes.data(), bytes.size());
  if (size < 0) return cannot("read", path);
  std::memcpy(found.data(), bytes.data(), sizeof found);
  const bool whole = size == sizeof found && found[magic] == magic_value && is_sealed(found[kernel]) && is_sealed(found[written]) &&
                     is_sealed(found[synced]);
  if (!whole) return fail(errc::internal, path + " is damaged, which says how far changes were acknowledged");
  const bool same_kernel = !boot_id.empty() && found[kernel] == sealed(digest(boot_id));
  return (same_kernel ? std::max(found[written], found[synced]) : found[synced]) >> 8;
}

// A new file that takes the place of the old one: whatever moment the power fails at, one of them is there as a whole.
result<std::unique_ptr<commit_mark>> commit_mark::begin(const std::string& directory, std::string_view boot_id, std::uint64_t sequence) {
  const auto path = file_in(directory);
  const auto fresh = path + ".new";
  const descriptor file(fresh, O_RDWR | O_CREAT | O_TRUNC);
  if (!file) return cannot("create", fresh);
  const words first{magic_value, sealed(digest(boot_id)), sealed(sequence), sealed(sequence)};
  if (::write(*file, first.data(), sizeof first) != sizeof first || ::fdatasync(*file) != 0) return cannot("write", fresh);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("replace", path);
  const descriptor folder(directory, O_RDONLY | O_DIRECTORY);
  if (!folder || ::fsync(*folder) != 0) return cannot("sync", directory);
  void* const mapped = ::mmap(nullptr, sizeof first, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
  if (mapped == MAP_FAILED) return cannot("map", path);
  return std::make_unique<commit_mark>(mapped);
}

commit_mark::~commit_mark() { ::munmap(words_, sizeof(words)); }

void commit_mark::advance(std::uint64_t sequence, bool is_synced) noexcept {
  store(words_, written, sequence);
  if (is_synced) store(words_, synced, sequence);
}

}  // namespace tidewire::storage
