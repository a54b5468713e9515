// The configuration as operators see it, in JSON (docs/operating.md). Any thread; reads the file.
#pragma once

#include <functional>
#include <string>

#include "schemas/options.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// Where the configuration came from.
struct config_source {
  std::string path{};      // empty: there is no file
  std::string at_start{};  // what the file said
  std::function<result<std::string>()> read{};
  std::function<result<void>()> reload{};  // as SIGHUP; errors: the file has a fault, and nothing has happened
};

// What the server runs with: {key: value}, without secrets. What is not in the file has its default (docs/configuration.md).
result<std::string> config_body(const config_source& from, const server_options& options);

// What the file says otherwise now: {"data":[{"key","running"?,"file"?,"restart"}]}
result<std::string> config_diff_body(const config_source& from);

// Has the file read again: {"reloaded":true,"after_restart":[keys]}
result<std::string> config_reload_body(const config_source& from);

}  // namespace tidewire
