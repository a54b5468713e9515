// A line of the log as JSON, for those who collect logs:
//
//   {"time":"2026-11-20T15:13:08.488Z","level":"warn","component":"storage","message":"…"}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire {

struct log_words {
  std::int64_t time_ms = 0;
  std::string_view level;
  std::string_view component;
  std::string_view message;
};

// Appends the object, without a line break. It is valid JSON in one line whatever the words hold: control characters are escaped, what is
// no UTF-8 becomes U+FFFD.
void append_json_log_line(std::string& out, const log_words& of);

}  // namespace tidewire
