// The one table of errors. Every refusal in the engine is an errc; its row says how each outside interface tells it:
// the client protocol's error code and message, the HTTP status and problem type (RFC 9457), or the WebSocket close code.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidewire {

enum class errc : std::uint8_t {
  internal,               // we are wrong; the requester may try again
  unauthorized,           // no or wrong credentials
  unknown_room,           // the room, key or route does not exist
  permission_denied,      // known, but not allowed
  method_not_found,       // the client protocol has no such method
  already_subscribed,     // one subscription per room and connection
  limit_exceeded,         // a limit of schemas/limits.hpp or of the namespace
  bad_request,            // malformed or contradictory input
  not_available,          // this namespace or server does not offer it
  token_expired,          // a new token will do
  expired,                // the thing itself is over
  too_many_requests,      // back off and try again
  unrecoverable,          // the position is not in the retained history
  no_longer_kept,         // what was at that moment cannot be told from what is kept (HTTP 410)
  concurrent_pagination,  // one page flow per room and connection
  version_conflict,       // a version condition did not hold (HTTP 412)
  conflict,               // a constraint of the operation was broken, e.g. increment below its minimum (HTTP 409)
  idempotency_mismatch,   // the id was used with another payload (HTTP 422)
  idempotency_in_flight,  // the same id is being applied right now (HTTP 409)
  unprocessable,          // well formed, but cannot be applied (HTTP 422)
  unsupported_media,      // the content type is not understood (HTTP 415)
  payload_too_large,      // the body or document is over its limit (HTTP 413)
  method_not_allowed,     // the HTTP method does not exist there (HTTP 405)
  storage_refused,        // a write failed: the outcome is unknown, retry with the same id (HTTP 503)
  unavailable,            // a part is restarting or overloaded; the outcome is unknown, retry (HTTP 503)
  timeout,                // no answer in time; the outcome is unknown, retry (HTTP 503)
  quarantined,            // it killed its actor twice and was set aside; nothing was changed (HTTP 500)
};

// One row of the table.
struct errc_row {
  errc code;
  std::string_view slug;        // stable name: logs, metrics, problem type "/problems/<slug>"
  std::uint16_t protocol_code;  // client protocol error code (PROTOCOL: Centrifuge v2)
  std::string_view message;     // client protocol message, and the problem's title unless it has its own
  bool temporary;               // the client may retry with backoff
  std::uint16_t http_status;
  std::string_view title{};  // of the problem; empty: the message
};

const errc_row& describe(errc code) noexcept;

// Close codes of the client protocol. 3000–3499: the client reconnects; 3500–3999: it does not.
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  message_too_big = 1009,
  connection_closed = 3000,
  shutdown = 3001,
  internal_error = 3004,
  connection_expired = 3005,
  subscription_expired = 3006,
  slow = 3008,
  write_error = 3009,
  insufficient_state = 3010,
  force_reconnect = 3011,
  no_pong = 3012,
  too_many_requests = 3013,
  invalid_token = 3500,
  bad_request = 3501,
  stale = 3502,
  force_disconnect = 3503,
  connection_limit = 3504,
  inappropriate_protocol = 3506,
  permission_denied = 3507,
};

// The reason text that goes with a close code; empty for the codes below 3000.
std::string_view close_reason(close_code code) noexcept;

}  // namespace tidewire
