// Publishes many changes over HTTP: batches on a few connections, the changes of a room in their order on one of them. What is on its way
// is bounded, and who adds more waits.
//
// A batch that is refused is halved until what is refused stands alone. A batch that may have been applied is sent again, with the same
// idempotency keys.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "schemas/result.hpp"
#include "transport/http_client.hpp"

namespace tidewire::ctl {

struct published_line {
  std::uint64_t number = 0;
  std::string room;
  std::string operation;  // an item of api/publish_body.hpp
};

class publishing {
 public:
  struct terms {
    std::string server;
    std::string token;
    std::size_t connections = 4;
    bool keep_going = false;                                                 // past what is refused
    std::chrono::seconds patience{30};                                       // how long a server that is away is waited for
    std::function<void(std::uint64_t line, const failure& why)> on_refused;  // one at a time, on any thread
  };

  explicit publishing(terms how);
  ~publishing();
  publishing(const publishing&) = delete;
  publishing& operator=(const publishing&) = delete;

  // False: it has given up, and finish() says why.
  bool add(published_line line);
  // Waits for all that was added.
  result<void> finish();

  std::uint64_t applied() const { return applied_; }
  std::uint64_t refused() const { return refused_; }

 private:
  // One connection and what waits for it.
  struct lane {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<published_line> lines;
    std::size_t bytes = 0;
    bool ended = false;
    std::unique_ptr<transport::http_client> server;
    std::thread thread;
  };

  void run(lane& of);
  std::vector<published_line> take(lane& of);
  void publish(transport::http_client& server, std::span<const published_line> lines);
  result<void> send(transport::http_client& server, std::span<const published_line> lines);
  void give_up(failure why);

  const terms how_;
  std::vector<std::unique_ptr<lane>> lanes_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::optional<failure> why_;
};

}  // namespace tidewire::ctl
