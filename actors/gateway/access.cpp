#include "actors/gateway/access.hpp"

#include <algorithm>
#include <cctype>

namespace tidewire {

namespace {

constexpr std::string_view bearer_scheme = "bearer ";

bool has_scope(std::string_view granted, std::string_view wanted) {
  while (!granted.empty()) {
    const auto space = granted.find(' ');
    if (granted.substr(0, space) == wanted) return true;
    if (space == std::string_view::npos) break;
    granted.remove_prefix(space + 1);
  }
  return false;
}

// RFC 9110 §11.1: the name of the scheme is in any case.
bool is_bearer(std::string_view credentials) {
  return std::ranges::equal(credentials.substr(0, bearer_scheme.size()), bearer_scheme,
                            [](char given, char wanted) { return std::tolower(static_cast<unsigned char>(given)) == wanted; });
}

}  // namespace

std::string_view bearer_token(const transport::http_request& request) noexcept {
  const auto given = request.find("authorization");
  return is_bearer(given) ? given.substr(bearer_scheme.size()) : std::string_view{};
}

result<token_claims> check_access(const server_options& options, std::string_view token, std::string_view scope, std::int64_t now_s) {
  if (options.dev) return token_claims{};
  if (token.empty()) return fail(errc::unauthorized, "a bearer token is needed");
  auto claims = verify_connection_token(token, {options.token_hmac_secret, options.token_audience, options.token_issuer}, now_s);
  if (!claims) return fail(claims.error().code, claims.error().detail);
  if (!has_scope(claims->scope, scope)) return fail(errc::permission_denied, "the token lacks the scope \"" + std::string(scope) + "\"");
  return claims;
}

}  // namespace tidewire
