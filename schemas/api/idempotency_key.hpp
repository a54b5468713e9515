// The request header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): the whole request applies once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// The key: a string in quotes (RFC 8941 §3.3.3), or the same characters without quotes, unless there are spaces, commas or quotes among
// them. Errors: bad_request.
result<std::string> parse_idempotency_key(std::string_view field, const limits& bounds);

// Makes the operations of a request apply once, all of them under that key. `form` as for fingerprint_of().
// Errors: bad_request if one of them has an id of its own.
result<void> make_idempotent(std::vector<operation>& operations, std::string_view form, std::string_view caller, std::string key);

}  // namespace tidewire::api
