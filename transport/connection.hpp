// What the server knows of a connection, and where connections live. Everything here belongs to one I/O thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "schemas/errc.hpp"
#include "transport/application.hpp"
#include "transport/connection_count.hpp"
#include "transport/handover.hpp"
#include "transport/io_thread.hpp"
#include "transport/server.hpp"

namespace tidewire::transport {

class connection : public std::enable_shared_from_this<connection> {
 public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;

  // Ends it politely: what is on its way is answered first, and a WebSocket peer is told why.
  virtual void shut_down(close_code code) = 0;
  // Ends it at once.
  virtual void abort() = 0;
  // Null for HTTP, and when the connection is closing.
  virtual outbox_listener* listener() noexcept { return nullptr; }

  connection_count::place place;              // among those of its address
  std::unique_ptr<const std::string> client;  // the address for which a proxy speaks; null: the peer's own
};

// The connections of one server on one I/O thread. A connection is kept alive here until it is over;
// after that it touches its shard no more.
struct shard {
  const server_settings& settings;
  application& app;
  io_thread& thread;
  connection_count& count;       // of the whole server
  std::size_t queued_bytes_max;  // of all connections of the thread, in all shards
  std::unordered_set<std::shared_ptr<connection>> connections{};
  std::unordered_set<connection*> behind{};  // of these, those that miss something now
  take_handover websockets_to{};             // who serves them; empty: this server

  // A connection goes, another takes its place (an upgrade) or none.
  void replace(const std::shared_ptr<connection>& old, std::shared_ptr<connection> with) {
    with->place = std::move(old->place);
    with->client = std::move(old->client);
    connections.insert(std::move(with));
    connections.erase(old);
  }
  void remove(const std::shared_ptr<connection>& old) {
    if (connections.erase(old) == 0) return;
    old->place.reset();
    count.remove();
  }
};

}  // namespace tidewire::transport
