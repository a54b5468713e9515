// Who may do what over HTTP: a token of our own secret grants the scope "read" or "publish". Pure.
#pragma once

#include <string_view>

#include "schemas/options.hpp"
#include "schemas/result.hpp"
#include "schemas/token.hpp"
#include "transport/application.hpp"

namespace tidewire {

// What the header Authorization brings (RFC 6750 §2.1); empty: nothing of that kind.
std::string_view bearer_token(const transport::http_request& request) noexcept;

// The claims of a token that grants the scope; with --dev nobody needs one. `now_s` is Unix time.
// Errors: unauthorized, token_expired, permission_denied.
result<token_claims> check_access(const server_options& options, std::string_view token, std::string_view scope, std::int64_t now_s);

}  // namespace tidewire
