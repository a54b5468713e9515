// What a service manager is told of this process, in the protocol of sd_notify(3): one datagram for each message, to the socket that
// $NOTIFY_SOCKET names. Without that variable nothing is sent. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace tidewire {

class service_manager {
 public:
  using look_up = std::function<std::optional<std::string>(std::string_view variable)>;

  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  explicit service_manager(const look_up& environment);
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  void ready(std::string_view status) const;  // also at the end of a reload
  void reloading() const;
  void stopping() const;
  void keep_alive() const;

  // How soon a message must follow the one before, or the process is killed; none: nobody waits for them.
  std::optional<std::chrono::microseconds> watchdog() const noexcept { return watchdog_; }

 private:
  void tell(const std::string& message) const;

  std::string path_;  // of the socket; empty: there is none
  int socket_ = -1;
  std::optional<std::chrono::microseconds> watchdog_;
};

// A thread that says "alive" to the service manager's watchdog a few times in its time, but only while `silent` finds nobody: it answers
// who has not answered by the deadline, or nothing. Without a watchdog there is no thread.
class watchdog_feeder {
 public:
  using find_silent = std::function<std::string(std::chrono::steady_clock::time_point deadline)>;

  // `manager` outlives it, and whatever `silent` asks.
  watchdog_feeder(const service_manager& manager, find_silent silent);
  ~watchdog_feeder();
  watchdog_feeder(const watchdog_feeder&) = delete;
  watchdog_feeder& operator=(const watchdog_feeder&) = delete;

 private:
  void feed(std::chrono::microseconds pause);

  const service_manager& manager_;
  const find_silent silent_;
  std::mutex guard_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace tidewire
