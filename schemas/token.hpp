// Tokens of clients and integrations: JSON Web Tokens in compact form (RFC 7515, RFC 7519), signed with HS256, with the claims of the
// Centrifuge client protocol. Other algorithms are refused, "none" above all; keys in the token's own header are ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire {

inline constexpr std::size_t token_bytes_max = 8'192;

struct token_claims {
  std::string sub;                           // the user; empty: anonymous
  std::optional<std::int64_t> expires_at_s;  // when the connection ends: `expire_at` if given (0: never), else `exp`
  std::string info;                          // raw JSON for others to see (conn_info); empty if absent
  std::vector<std::string> channels;         // server-side subscriptions
  std::string scope;                         // space separated, what HTTP requests may do (RFC 8693 §4.2)

  bool operator==(const token_claims&) const = default;
};

// Checks form, signature and times, in this order. `now_s` is Unix time.
// Errors: token_expired when `exp` has come (no leeway: the client brings a new one), unauthorized for everything else:
// malformed, too long, another algorithm, an unknown `crit`, a wrong signature, `nbf` in the future, a claim of a wrong type, or a
// `channel` claim, which makes it a subscription token. An empty secret verifies nothing. The detail never repeats the token.
result<token_claims> verify_connection_token(std::string_view jwt, std::string_view hmac_secret, std::int64_t now_s);

}  // namespace tidewire
