#include "actors/gateway/access.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace tidewire {

namespace {

// What stands behind the name of the scheme, which is in any case (RFC 9110 §11.1); empty: the header has another scheme.
std::string_view credentials_of(const transport::http_request& request, std::string_view scheme) {
  const auto given = request.find("authorization");
  const bool is_of_scheme = std::ranges::equal(given.substr(0, scheme.size()), scheme, [](char one, char wanted) {
    return std::tolower(static_cast<unsigned char>(one)) == wanted;
  });
  return is_of_scheme ? given.substr(scheme.size()) : std::string_view{};
}

std::string_view name_of(room_action what) {
  switch (what) {
    case room_action::subscribe: return "subscribe to or read";
    case room_action::publish: return "publish to";
    case room_action::presence: return "see the presence of";
    case room_action::history: return "read the history of";
    case room_action::manage: return "manage";
  }
  return {};
}

}  // namespace

std::string_view bearer_token(const transport::http_request& request) noexcept { return credentials_of(request, "bearer "); }

std::string_view api_key_of(const transport::http_request& request) noexcept {
  const auto own = request.find("x-api-key");
  return own.empty() ? credentials_of(request, "apikey ") : own;
}

result<asker> identify(const server_options& options, const transport::http_request& request, std::string_view query_token,
                       std::int64_t now_s) {
  if (options.dev) return asker{};
  if (const auto key = api_key_of(request); !key.empty()) {
    auto known = find_api_key(options, key);
    if (!known) return fail(errc::unauthorized, "no such API key");
    auto may = rights_of(known->options());
    return asker{std::move(may), std::nullopt, std::move(known)};
  }
  auto token = bearer_token(request);
  if (token.empty()) token = query_token;
  if (token.empty()) return fail(errc::unauthorized, "a bearer token or an API key is needed");
  auto claims = verify_connection_token(token, trusted_by(options), now_s);
  if (!claims) return tl::unexpected(std::move(claims.error()));
  return asker{rights_of(options, *claims), claims->expires_at_s, nullptr};
}

result<void> check_may(const server_options& options, const rights& whose, room_action what, const std::string& room) {
  if (may(options, whose, what, room)) return {};
  return fail(errc::permission_denied, "these credentials may not " + std::string(name_of(what)) + " this room");
}

}  // namespace tidewire
