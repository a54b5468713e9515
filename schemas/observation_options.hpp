// How the server looks at itself and what it writes down of that. No actor asks for these, so they are apart from options.hpp, which all
// of them include. config.hpp reads them from TOML.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidewire {

// [leak_watch]: when something that grows is called a leak (actors/ops/leak_watch.hpp).
struct leak_options {
  std::uint32_t window_s = 600;  // 0: nothing is watched
  std::uint32_t windows = 6;
  std::size_t growth_bytes = std::size_t{64} * 1'024 * 1'024;  // key: growth
  std::uint32_t growth_percent = 25;
};

struct observation_options {
  bool json_log = false;                  // [log] format
  bool access_log = false;                // [log] access: every request is written down
  std::uint32_t slow_request_ms = 1'000;  // [statistics] slow_request: what takes longer is in the log
  std::uint32_t slow_query_ms = 100;      // [statistics] slow_query: the same of the database
  leak_options leaks;
};

}  // namespace tidewire
