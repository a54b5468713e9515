// Headers that a response gets whoever makes it: those for pages of other origins, and those of rate limits.
#pragma once

#include <string_view>
#include <vector>

#include "schemas/access/token_bucket.hpp"
#include "transport/application.hpp"

namespace tidewire {

// The responder itself, but with these headers added to what it is given.
transport::http_responder_ptr with_headers(transport::http_responder_ptr responder, std::vector<transport::header> headers);

// The answer to OPTIONS: which methods there are, and for a page of another origin, which asks first, what else it may send (CORS, in the
// Fetch standard).
std::vector<transport::header> preflight_headers(const transport::http_request& request, std::string_view methods);

// How a rate limit stands (draft-ietf-httpapi-ratelimit-headers-08): RateLimit-Policy and RateLimit. The only place that knows that form.
std::vector<transport::header> rate_headers(std::string_view policy, const rate& allowed, const rate_verdict& verdict);

// 429 with Retry-After and these headers.
transport::http_response too_many_requests(std::string_view policy, const rate& allowed, const rate_verdict& verdict);

}  // namespace tidewire
