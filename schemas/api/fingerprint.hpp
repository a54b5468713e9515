// Digests of what was asked, by which a repetition under an idempotency id is told from another request under the same id.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "schemas/operation.hpp"

namespace tidewire::api {

// Of one operation, without its id.
std::string fingerprint_of(const operation& what);

// Of a whole request. `form` is what else makes it another one: its method, or that it is an array.
std::string fingerprint_of(std::string_view form, std::span<const operation> operations);

}  // namespace tidewire::api
