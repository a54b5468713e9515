// Whose work a request is part of: the header traceparent (W3C Trace Context, https://www.w3.org/TR/trace-context/).
//
//   version "-" trace-id "-" parent-id "-" trace-flags       00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
#pragma once

#include <optional>
#include <string_view>

namespace tidewire {

struct trace_parent {
  std::string_view trace_id;   // 32 hexadecimal digits in lower case
  std::string_view parent_id;  // 16 of them
  bool sampled = false;
};

// Looks at the first 56 bytes alone. Nothing if it is none: then it is as if the header were not there. Of a later version than 00 the
// parts known here are read, and more may follow behind a dash.
std::optional<trace_parent> parse_traceparent(std::string_view text) noexcept;

}  // namespace tidewire
