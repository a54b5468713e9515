#include "schemas/errc.hpp"

#include <array>
#include <cstddef>

namespace tidewire {

namespace {

constexpr std::array table{
    errc_row{errc::internal, "internal", 100, "internal server error", true, 500},
    errc_row{errc::unauthorized, "unauthorized", 101, "unauthorized", false, 401},
    errc_row{errc::unknown_room, "not-found", 102, "unknown channel", false, 404, "not found"},
    errc_row{errc::permission_denied, "permission-denied", 103, "permission denied", false, 403},
    errc_row{errc::method_not_found, "method-not-found", 104, "method not found", false, 404},
    errc_row{errc::already_subscribed, "already-subscribed", 105, "already subscribed", false, 409},
    errc_row{errc::limit_exceeded, "limit-exceeded", 106, "limit exceeded", false, 422},
    errc_row{errc::bad_request, "bad-request", 107, "bad request", false, 400},
    errc_row{errc::not_available, "not-available", 108, "not available", false, 404},
    errc_row{errc::token_expired, "token-expired", 109, "token expired", false, 401},
    errc_row{errc::expired, "expired", 110, "expired", false, 410},
    errc_row{errc::too_many_requests, "too-many-requests", 111, "too many requests", true, 429},
    errc_row{errc::unrecoverable, "unrecoverable-position", 112, "unrecoverable position", false, 416},
    errc_row{errc::no_longer_kept, "no-longer-kept", 112, "no longer kept", false, 410},
    errc_row{errc::concurrent_pagination, "concurrent-pagination", 113, "concurrent pagination", true, 409},
    errc_row{errc::version_conflict, "version-conflict", 107, "version conflict", false, 412},
    errc_row{errc::conflict, "conflict", 107, "conflict", false, 409},
    errc_row{errc::idempotency_mismatch, "idempotency-mismatch", 107, "idempotency key reused with another payload", false, 422},
    errc_row{errc::idempotency_in_flight, "idempotency-in-flight", 111, "the same request is in flight", true, 409},
    errc_row{errc::unprocessable, "unprocessable", 107, "unprocessable", false, 422},
    errc_row{errc::unsupported_media, "unsupported-media-type", 107, "unsupported media type", false, 415},
    errc_row{errc::payload_too_large, "payload-too-large", 106, "payload too large", false, 413},
    errc_row{errc::method_not_allowed, "method-not-allowed", 104, "method not allowed", false, 405},
    errc_row{errc::storage_refused, "storage-refused", 100, "storage refused the write", true, 503},
    errc_row{errc::unavailable, "unavailable", 100, "temporarily unavailable", true, 503},
    errc_row{errc::timeout, "timeout", 100, "no answer in time", true, 503},
    errc_row{errc::quarantined, "quarantined", 100, "quarantined", false, 500},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return true;
}
static_assert(in_enum_order() && table.size() == static_cast<std::size_t>(errc::quarantined) + 1,
              "every errc needs its row, in the order of the enum");

}  // namespace

const errc_row& describe(errc code) noexcept { return table[static_cast<std::size_t>(code)]; }

std::string_view close_reason(close_code code) noexcept {
  switch (code) {
    case close_code::connection_closed: return "connection closed";
    case close_code::shutdown: return "shutdown";
    case close_code::internal_error: return "internal server error";
    case close_code::connection_expired: return "connection expired";
    case close_code::subscription_expired: return "subscription expired";
    case close_code::slow: return "slow";
    case close_code::write_error: return "write error";
    case close_code::insufficient_state: return "insufficient state";
    case close_code::force_reconnect: return "force reconnect";
    case close_code::no_pong: return "no pong";
    case close_code::too_many_requests: return "too many requests";
    case close_code::invalid_token: return "invalid token";
    case close_code::bad_request: return "bad request";
    case close_code::stale: return "stale";
    case close_code::force_disconnect: return "force disconnect";
    case close_code::connection_limit: return "connection limit";
    case close_code::inappropriate_protocol: return "inappropriate protocol";
    case close_code::permission_denied: return "permission denied";
    case close_code::normal:
    case close_code::going_away:
    case close_code::protocol_error:
    case close_code::unsupported_data:
    case close_code::invalid_payload:
    case close_code::message_too_big: return {};
  }
  return {};
}

}  // namespace tidewire
