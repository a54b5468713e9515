// Commands that come beside a connection which only tells: POST /emulation of the client protocol.
#pragma once

#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire::protocol {

struct emulation_request {
  std::string session;
  std::string node;
  std::string data;  // one message: commands, joined by line breaks
};

// {"session": s, "node": s, "data": s}. Errors: bad_request when it is not that; payload_too_large when data is longer than a message.
result<emulation_request> parse_emulation(std::string_view body, const limits& bounds);

}  // namespace tidewire::protocol
