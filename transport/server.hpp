// Listens on one address and serves HTTP/1.1 and WebSocket to an application. Connections are dealt out over the I/O threads in turn;
// two servers (public and admin) may share them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "schemas/access/address_range.hpp"
#include "schemas/errc.hpp"
#include "schemas/limits.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/options.hpp"
#include "schemas/result.hpp"
#include "transport/application.hpp"
#include "transport/io_threads.hpp"

namespace tidewire::transport {

class tls_identity;

struct server_settings {
  std::string listen = "127.0.0.1:8000";  // address and port; "[::1]:8000"; port 0: any free one; "unix:/path": a socket of this machine
  limits limit;
  std::vector<std::string> allowed_origins;  // of WebSocket upgrades, besides the same host: "https://app.example.com"; "*": any
  bool websocket_compression = false;        // permessage-deflate is agreed to
  compression_options http_compression{.enabled = true, .min_size = 1'024, .level = 1};
  std::size_t address_connections_max = 0;       // connections of one address; 0: any number
  std::shared_ptr<const tls_identity> tls;       // null: peers speak plainly
  std::vector<address_range> trusted_proxies{};  // who says in X-Forwarded-For for whom he asks
  bool test_echo = false;                        // a WebSocket at /test/echo that echoes, for conformance suites
  memory_account::part* requests = nullptr;      // what arrives is counted here, with its limit; outlives the server; null: no bound
};

// Its calls are free of threads, except that start() and the destructor must not overlap another call, and that what waits
// (start, stop_accepting, wait_closed, the destructor) must not be called on an I/O thread.
class server {
 public:
  // REQUIRES: the application and the threads outlive the server.
  server(server_settings settings, application& app, io_threads& threads);
  // Stops accepting and aborts the connections that are left; their listeners hear on_close() before it returns.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // WebSockets that come to this server are served by that one, with its settings and its application, on its threads; it need not listen.
  // REQUIRES: not started; no TLS here; `by` outlives this server, and its threads are others.
  void leave_websockets_to(server& by);
  // Listens. Fails with the cause and the remedy: the address is malformed (bad_request), in use or not ours (unavailable).
  result<void> start();
  // The port it listens on, also when the settings left it open. REQUIRES: started.
  std::uint16_t port() const noexcept;

  // Refuses new connections from now on; those that are open go on.
  void stop_accepting();
  // Ends every connection politely: WebSocket peers get the close code, HTTP requests on their way are answered. Evenly over that time,
  // and waits so long; who is not ended yet is served as ever.
  void close_all(close_code code, std::chrono::milliseconds over = {});
  // Waits until no connection is left; false: some were, at the end of the timeout.
  bool wait_closed(std::chrono::milliseconds timeout);

  std::size_t connections() const noexcept;
  // Connections that were refused because their address has too many.
  std::uint64_t refused_of_address() const;
  // Runs the visitor on the I/O threads, soon, for every WebSocket connection that is open then.
  void visit(std::function<void(outbox_listener&)> visitor);
  // The same for those that miss something then, without a look at the others. The visitor must not end connections.
  void visit_behind(std::function<void(outbox_listener&)> visitor);

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace tidewire::transport
