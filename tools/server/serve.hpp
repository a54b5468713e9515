// `tidewire serve`: builds the engine from its parts, listens, and stops in order.
#pragma once

#include <functional>
#include <string>

#include "schemas/observation_options.hpp"
#include "schemas/options.hpp"
#include "schemas/result.hpp"

namespace tidewire {

struct serve_command {
  server_options options;
  observation_options observed;
  bool recover = false;                            // --recover: open a damaged database with what is whole
  std::function<result<server_options>()> reload;  // reads the configuration again
  std::string config_path{};                       // empty: there is no file
};

// Until a signal ends it. The process's exit status.
int serve(const serve_command& command);

}  // namespace tidewire
