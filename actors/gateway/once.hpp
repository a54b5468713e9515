// Requests that apply once, by the header Idempotency-Key. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"
#include "transport/application.hpp"

namespace tidewire {

// Makes the operations of a request apply once for its caller, if it brings a key. `form`: see schemas/api/fingerprint.hpp.
// Errors: bad_request for a wrong key, two of them, or one beside ids of single operations.
result<void> apply_once(const transport::http_request& request, std::string_view form, std::string_view caller, const limits& bounds,
                        std::vector<operation>& operations);

}  // namespace tidewire
