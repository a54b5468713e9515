#include "tools/server/service_manager.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <utility>

namespace tidewire {

namespace {

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (!text) return std::nullopt;
  const auto* const end = text->data() + text->size();
  const auto [at, failed] = std::from_chars(text->data(), end, value);
  return failed == std::errc{} && at == end ? std::optional(value) : std::nullopt;
}

// A path, or "@" and a name without a file; other kinds of sockets are for virtual machines.
bool is_address(std::string_view text) {
  return (text.starts_with('/') || text.starts_with('@')) && text.size() < sizeof(sockaddr_un::sun_path);
}

std::uint64_t monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

service_manager::service_manager(const look_up& environment) : path_(environment("NOTIFY_SOCKET").value_or("")) {
  if (!is_address(path_)) {
    path_.clear();
    return;
  }
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto us = number_in(environment("WATCHDOG_USEC"));
  const auto pid = number_in(environment("WATCHDOG_PID"));
  if (us && *us != 0 && (!pid || *pid == static_cast<std::uint64_t>(::getpid()))) watchdog_ = std::chrono::microseconds(*us);
}

service_manager::~service_manager() {
  if (socket_ >= 0) ::close(socket_);
}

void service_manager::ready(std::string_view status) const { tell("READY=1\nSTATUS=" + std::string(status)); }

void service_manager::reloading() const { tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_us())); }

void service_manager::stopping() const { tell("STOPPING=1\nSTATUS=Clients are told to come back"); }

void service_manager::keep_alive() const { tell("WATCHDOG=1"); }

void service_manager::tell(const std::string& message) const {
  if (path_.empty()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, path_.data(), path_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  if (::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), bytes) < 0)
    spdlog::warn("the service manager was not told: message={} error={}", message.substr(0, message.find('\n')), std::strerror(errno));
}

watchdog_feeder::watchdog_feeder(const service_manager& manager, find_silent silent) : manager_(manager), silent_(std::move(silent)) {
  if (const auto within = manager.watchdog()) thread_ = std::thread([this, pause = *within / 4] { feed(pause); });
}

watchdog_feeder::~watchdog_feeder() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(guard_);
    over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void watchdog_feeder::feed(std::chrono::microseconds pause) {
  std::unique_lock lock(guard_);
  while (!over_) {
    lock.unlock();
    const auto silent = silent_(std::chrono::steady_clock::now() + pause);
    silent.empty() ? manager_.keep_alive() : spdlog::error("watchdog: no answer of {}", silent);
    lock.lock();
    wake_.wait_for(lock, pause, [this] { return over_; });
  }
}

}  // namespace tidewire
