// The bodies of POST /api/v1/rooms/{room}/events and /api/v1/events: plain JSON or CloudEvents 1.0, as operations on one room.
//
//   application/json                    {"key"?, "op"?, "data", "tags"?, "if_version"?, "ttl"? or "expires_at"?,
//                                       "idempotency_key"?} or an array of them
//   application/cloudevents+json        one event: `subject` is the key, `data` the operand, the extension attribute `op` the operation,
//                                       the extension attribute `room` the room, `ttl` the ttl, `ifversion` the if_version;
//                                       `source` and `id` make it idempotent
//   application/cloudevents-batch+json  an array of such events
//   any, with headers `ce-…`            one such event in binary mode (binary_event.hpp)
//
// `op` is "merge" (default with a key), "set" (default and only choice without), "remove" (takes no data), "increment" or
// "patch" (RFC 6902).
// `if_version` is the version that must be there, 0: the key must not exist. `ttl` is in seconds, 0: the entity stays;
// `expires_at` is the time itself (RFC 3339).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/api/binary_event.hpp"
#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

struct publish_context {
  std::string_view content_type;
  std::string_view room;    // of the path; empty: events must name theirs, plain JSON cannot be taken
  std::string_view caller;  // whose idempotency ids these are
  event_attributes event_headers = {};
};

struct publish_body {
  std::string room;                   // may be published to
  std::vector<operation> operations;  // in order; empty only for an empty batch of CloudEvents
  bool as_array = false;              // the answer is an array too
};

// Checks everything that can be known without the room. The detail of a failure begins with a JSON pointer to what is wrong: "/3/data: …".
// Errors: unsupported_media; bad_request (syntax, members, names, two different rooms, an id twice); payload_too_large (a document over
// document_bytes_max); limit_exceeded (items, tags); permission_denied (a room that is kept by the server).
result<publish_body> parse_publish(const publish_context& from, std::string_view body, const limits& bounds);

}  // namespace tidewire::api
