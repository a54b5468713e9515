// A moment of a room as a query parameter: an offset, or a time (RFC 3339).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::api {

struct moment {
  std::optional<std::uint64_t> offset;
  std::int64_t time_ms = 0;  // where there is no offset
};

// Errors: bad_request.
result<moment> parse_moment(std::string_view text);

}  // namespace tidewire::api
