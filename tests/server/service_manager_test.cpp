// What a service manager hears, on a real socket.
#include "tools/server/service_manager.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>

#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

using namespace tidewire;

namespace {

// The service manager's end.
class ear {
 public:
  explicit ear(const std::string& name) : name_(name) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name.data(), name.size());
    if (at.sun_path[0] == '@') at.sun_path[0] = '\0';
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&at), bytes) == 0);
    const timeval patience{30, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~ear() { ::close(socket_); }
  ear(const ear&) = delete;
  ear& operator=(const ear&) = delete;

  // The next message; empty after half a minute without one.
  std::string hear() const {
    std::array<char, 1'024> bytes{};
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
  }
  bool is_empty() const {
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
  }

 private:
  const std::string name_;
  const int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

service_manager::look_up variables(std::map<std::string, std::string, std::less<>> all) {
  return [all = std::move(all)](std::string_view name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string own_pid() { return std::to_string(::getpid()); }

}  // namespace

TEST_CASE("a service manager hears of each step, by path and by abstract name") {
  const test::temp_directory folder;
  const auto name = (GENERATE(false, true) ? "@" : "") + (folder.path() / "notify").string();
  const ear there(name);
  const service_manager manager(variables({{"NOTIFY_SOCKET", name}, {"WATCHDOG_PID", own_pid()}}));
  CHECK_FALSE(manager.watchdog());
  manager.ready("Serving");
  CHECK(there.hear() == "READY=1\nSTATUS=Serving");
  manager.reloading();
  CHECK(there.hear().rfind("RELOADING=1\nMONOTONIC_USEC=", 0) == 0);
  manager.stopping();
  CHECK(there.hear().rfind("STOPPING=1\n", 0) == 0);
  manager.keep_alive();
  CHECK(there.hear() == "WATCHDOG=1");
}

TEST_CASE("without a service manager nothing happens") {
  const auto name = GENERATE(as<std::string>{}, "", "notify", "vsock:2:1234", std::string(200, '/'));
  const service_manager manager(variables({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "1000"}}));
  manager.ready("Serving");
  CHECK_FALSE(manager.watchdog());
}

TEST_CASE("a service manager that is away is no failure") {
  const service_manager manager(variables({{"NOTIFY_SOCKET", "/nowhere/notify"}, {"WATCHDOG_USEC", "1000"}}));
  manager.ready("Serving");
  CHECK(manager.watchdog());
}

TEST_CASE("the watchdog's time is read if it is for this process") {
  const auto within = [](std::string us, std::string pid) {
    return service_manager(variables({{"NOTIFY_SOCKET", "/notify"}, {"WATCHDOG_USEC", std::move(us)}, {"WATCHDOG_PID", std::move(pid)}}))
        .watchdog();
  };
  CHECK(within("60000000", own_pid()) == std::chrono::seconds(60));
  CHECK_FALSE(within("60000000", "1"));
  CHECK_FALSE(within("0", own_pid()));
  CHECK_FALSE(within("soon", own_pid()));
  CHECK_FALSE(within("1s", own_pid()));
  CHECK(service_manager(variables({{"NOTIFY_SOCKET", "/notify"}, {"WATCHDOG_USEC", "1000"}})).watchdog() == std::chrono::milliseconds(1));
}

TEST_CASE("the watchdog is fed while nobody is silent, and only then") {
  const test::temp_directory folder;
  const auto name = (folder.path() / "notify").string();
  const ear there(name);
  const service_manager manager(variables({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "4000"}}));
  std::atomic<bool> stuck{false};
  std::atomic<int> asked{0};
  const watchdog_feeder feeder(manager, [&](auto) {
    const auto answer = stuck ? std::string("gateway") : std::string();
    ++asked;
    return answer;
  });
  CHECK(there.hear() == "WATCHDOG=1");
  CHECK(there.hear() == "WATCHDOG=1");
  stuck = true;
  const auto wait_for_questions = [&](int more) {
    for (const int until = asked + more; asked < until;) std::this_thread::yield();
  };
  wait_for_questions(2);  // the first may have been under way
  while (!there.is_empty()) there.hear();
  wait_for_questions(5);
  CHECK(there.is_empty());
  stuck = false;
  CHECK(there.hear() == "WATCHDOG=1");
}
