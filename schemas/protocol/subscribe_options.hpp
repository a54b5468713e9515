// Tidewire's own options of a subscription, which ride in `data` of the subscribe command:
// {"fields": ["state", "attributes.level"], "slow": "conflate", "max_rate": 5}.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/field_mask.hpp"
#include "schemas/limits.hpp"
#include "schemas/options.hpp"
#include "schemas/result.hpp"

namespace tidewire::protocol {

struct subscribe_options {
  std::optional<field_mask> fields;
  std::optional<slow_consumer> slow;
  std::uint32_t interval_ms = 0;  // from max_rate, messages a second; 0: not asked for
};

// `data`: raw JSON; empty, null and {} are no options. Errors: bad_request for anything else but an object of known options.
result<subscribe_options> read_subscribe_options(std::string_view data, const limits& bounds);

}  // namespace tidewire::protocol
