#include "schemas/token.hpp"

#include <algorithm>
#include <utility>

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"
#include "schemas/json.hpp"
#include "schemas/token_payload.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t not_before_leeway_s = 60;  // clocks of issuer and server differ

tl::unexpected<failure> refuse(std::string why) { return fail(errc::unauthorized, "the token " + std::move(why)); }

// The compact form's three parts, and what the signature covers.
struct compact_parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;
};

std::optional<compact_parts> split(std::string_view jwt) noexcept {
  const auto first = jwt.find('.');
  const auto last = jwt.rfind('.');
  if (first == last || jwt.find('.', first + 1) != last) return std::nullopt;
  return compact_parts{jwt.substr(0, first), jwt.substr(first + 1, last - first - 1), jwt.substr(last + 1), jwt.substr(0, last)};
}

// The text of a part that holds a JSON object.
result<std::string> decode_part(std::string_view part, std::string_view name) {
  const auto decoded = decode_base64url(part);
  if (!decoded) return refuse("has a " + std::string(name) + " that is not base64url");
  auto json = canonical_json(*decoded, limits{});
  if (!json || kind_of(*json) != json_kind::object) return refuse("has a " + std::string(name) + " that is not a JSON object");
  return json;
}

result<void> check_header(std::string_view header) {
  const auto members = json_members(header);
  if (!members) return tl::unexpected(members.error());
  bool allowed = false;
  for (const auto& [name, raw] : *members) {
    if (name == "alg") allowed = json_string(raw) == "HS256";
    // RFC 7515 §4.1.11: extensions listed here must be understood, and none is.
    if (name == "crit") return refuse("has critical header extensions that are not known here");
    // RFC 7797: an unencoded payload only goes with "crit", but some libraries forget it.
    if (name == "b64") return refuse("has an unencoded payload");
  }
  if (!allowed) return refuse("is not signed with HS256");
  return {};
}

// The text of the claims of a token that we, or somebody with our secret, signed.
result<std::string> verified_payload(std::string_view jwt, std::string_view hmac_secret) {
  if (hmac_secret.empty()) return fail(errc::unauthorized, "this server has no token secret");
  if (jwt.empty()) return fail(errc::unauthorized, "a token is required");
  if (jwt.size() > token_bytes_max) return refuse("is longer than " + std::to_string(token_bytes_max) + " bytes");
  const auto parts = split(jwt);
  if (!parts) return refuse("does not have three parts");

  const auto header = decode_part(parts->header, "header");
  if (!header) return tl::unexpected(header.error());
  if (auto checked = check_header(*header); !checked) return tl::unexpected(checked.error());

  const auto signature = decode_base64url(parts->signature);
  const auto expected = hmac_sha256(hmac_secret, parts->signed_text);
  const std::string_view expected_text(reinterpret_cast<const char*>(expected.data()), expected.size());
  if (!signature || !equal_in_constant_time(*signature, expected_text)) return refuse("has a wrong signature");
  return decode_part(parts->payload, "payload");
}

result<void> check_claims(const token_payload& payload, const token_rules& trusted, std::int64_t now_s) {
  if (!trusted.issuer.empty() && payload.iss != trusted.issuer) return refuse("is of another issuer");
  const bool for_us = trusted.audience.empty() || std::find(payload.aud.begin(), payload.aud.end(), trusted.audience) != payload.aud.end();
  if (!for_us) return refuse("is for another audience");
  if (payload.nbf && *payload.nbf > now_s + not_before_leeway_s) return refuse("is not valid yet");
  if (payload.exp && *payload.exp <= now_s) return fail(errc::token_expired, "the token expired");
  return {};
}

result<token_payload> verify(std::string_view jwt, const token_rules& trusted, bool for_subscription, std::int64_t now_s) {
  auto payload = verified_payload(jwt, trusted.hmac_secret).and_then([](const std::string& text) { return read_token_payload(text); });
  if (!payload) return payload;
  if (payload->for_subscription && !for_subscription) return refuse("is for a subscription, not for a connection");
  if (!payload->for_subscription && for_subscription) return refuse("is for a connection, not for a subscription");
  if (auto checked = check_claims(*payload, trusted, now_s); !checked) return tl::unexpected(std::move(checked.error()));
  return payload;
}

std::optional<std::int64_t> end_of(const token_payload& payload) {
  if (payload.expire_at == 0) return std::nullopt;
  return payload.expire_at ? payload.expire_at : payload.exp;
}

}  // namespace

result<token_claims> verify_connection_token(std::string_view jwt, const token_rules& trusted, std::int64_t now_s) {
  return verify(jwt, trusted, false, now_s).map([](token_payload read) {
    const auto end = end_of(read);
    return token_claims{std::move(read.sub), end, std::move(read.own.info), std::move(read.subs), std::move(read.scope)};
  });
}

result<subscription_token> verify_subscription_token(std::string_view jwt, const token_rules& trusted, std::int64_t now_s) {
  return verify(jwt, trusted, true, now_s).map([](token_payload read) {
    const auto end = end_of(read);
    return subscription_token{std::move(read.sub), std::move(read.channel), std::move(read.client), end, std::move(read.own)};
  });
}

}  // namespace tidewire
