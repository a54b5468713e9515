// A publication in plain JSON, as an operation: {"key"?, "op"?, "data", "tags"?, "if_version"?, "ttl"? or "expires_at"?,
// "idempotency_key"?}.
#pragma once

#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// `raw` is JSON that came through canonical_json, `pointer` its own: "" or "/3". `caller` is whose idempotency ids these are.
// Errors: those of parse_publish (publish_body.hpp).
result<operation> read_plain_publication(std::string_view pointer, std::string_view raw, std::string_view caller, const limits& bounds);

// The same with one member more, "room": a room that somebody outside may change. It must be there unless `room` has a name already;
// then it must not be another one.
result<operation> read_room_publication(std::string_view pointer, std::string_view raw, std::string_view caller, const limits& bounds,
                                        std::string& room);

}  // namespace tidewire::api
