// How the server looks at itself and what it writes down of that. No actor asks for these, so they are apart from options.hpp, which all
// of them include. config.hpp reads them from TOML.
#pragma once

#include <cstdint>

namespace tidewire {

struct observation_options {
  bool json_log = false;                  // [log] format
  bool access_log = false;                // [log] access: every request is written down
  std::uint32_t slow_request_ms = 1'000;  // [statistics] slow_request: what takes longer is in the log
  std::uint32_t slow_query_ms = 100;      // [statistics] slow_query: the same of the database
};

}  // namespace tidewire
