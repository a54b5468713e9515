// A running engine: the actor system and the supervision tree on it. For programs, which need not know CAF.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "actors/edge/config_views.hpp"
#include "actors/gateway/gateway_port.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/observation_options.hpp"
#include "schemas/options.hpp"
#include "storage/store.hpp"
#include "transport/application.hpp"

namespace tidewire {

namespace transport {
class io_threads;
class server;
}  // namespace transport
struct key_source_counts;

struct runtime_parts {
  const server_options& options;
  storage::store& disk;
  storage::store& memory;
  transport::io_threads& io;
  memory_account& held;
  std::function<std::optional<static_file>(std::string_view path)> files;  // the page
  std::function<void()> on_failure;                                        // the tree has given up: once, on any thread
  const key_source_counts* keys = nullptr;                                 // of the public keys of tokens, for the metrics
  config_source config{};                                                  // for operators
  const query_counters* queries = nullptr;                                 // of the database, likewise
  observation_options observed{};
};

class runtime {
 public:
  // Starts the tree. All parts outlive the runtime.
  explicit runtime(runtime_parts parts);
  // Stops the tree, children in reverse order of their start; everything acknowledged is committed then.
  // REQUIRES: no server uses its applications any more.
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  transport::application& public_application();
  transport::application& admin_application();

  // Sessions are found through the servers: that of clients, and that of operators who watch. Null: through none.
  void serves(transport::server* clients, transport::server* operators = nullptr);
  // Whether /readyz says so and connections are taken. When it ends, the rooms that were used most are noted for the next start.
  void set_ready(bool ready);
  // Said in `$sys`, before clients are told to come back.
  void tell_stopping();
  // Which I/O thread or actor has not answered by then (actors/pulse.hpp); empty: all have. Blocks.
  std::string silent_part(std::chrono::steady_clock::time_point deadline);

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace tidewire
