#include "schemas/token.hpp"

#include <algorithm>
#include <utility>

#include "schemas/base64.hpp"
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

struct token_header {
  token_algorithm algorithm;
  std::string key_id;  // empty: none
};

result<token_header> read_header(std::string_view header) {
  const auto members = json_members(header);
  if (!members) return tl::unexpected(members.error());
  std::optional<token_algorithm> algorithm;
  std::string key_id;
  for (const auto& [name, raw] : *members) {
    if (name == "alg") algorithm = token_algorithm_of(json_string(raw).value_or(std::string{}));
    if (name == "kid") {
      auto id = json_string(raw);
      if (!id) return refuse("has a key id that is not a string");
      key_id = std::move(*id);
    }
    // RFC 7515 §4.1.11: extensions listed here must be understood, and none is.
    if (name == "crit") return refuse("has critical header extensions that are not known here");
    // RFC 7797: an unencoded payload only goes with "crit", but some libraries forget it.
    if (name == "b64") return refuse("has an unencoded payload");
  }
  if (!algorithm) return refuse("is not signed with an algorithm that is spoken here");
  return token_header{*algorithm, std::move(key_id)};
}

result<void> check_with_secret(const token_header& header, std::string_view secret, std::string_view text, std::string_view signature) {
  if (secret.empty()) return refuse("is signed with a secret, and this server has none");
  if (!check_hmac(header.algorithm, secret, text, signature)) return refuse("has a wrong signature");
  return {};
}

// A key that bears another name than the token asks for is not tried; one without a name is.
result<void> check_with_keys(const token_header& header, const key_ring* ring, std::string_view text, std::string_view signature) {
  if (ring == nullptr) return refuse("is signed with a public key, and this server knows none");
  bool known = false;
  for (const auto& each : *ring->keys()) {
    known = known || (!header.key_id.empty() && each.id == header.key_id);
    if (!each.key.fits(header.algorithm) || (!header.key_id.empty() && !each.id.empty() && each.id != header.key_id)) continue;
    if (each.key.check(header.algorithm, text, signature)) return {};
  }
  if (!known && ring->may_come(header.key_id)) return fail(errc::unavailable, "the token's key is being looked for; come again");
  return refuse(known ? "has a wrong signature" : "has a wrong signature, or is of a key that is not known here");
}

// The text of the claims of a token that was signed by somebody we trust.
result<std::string> verified_payload(std::string_view jwt, const token_rules& trusted) {
  if (trusted.hmac_secret.empty() && trusted.ring == nullptr) return fail(errc::unauthorized, "this server has no keys for tokens");
  if (jwt.empty()) return fail(errc::unauthorized, "a token is required");
  if (jwt.size() > token_bytes_max) return refuse("is longer than " + std::to_string(token_bytes_max) + " bytes");
  const auto parts = split(jwt);
  if (!parts) return refuse("does not have three parts");

  const auto header = decode_part(parts->header, "header").and_then([](const std::string& text) { return read_header(text); });
  if (!header) return tl::unexpected(header.error());
  const auto signature = decode_base64url(parts->signature);
  if (!signature) return refuse("has a signature that is not base64url");
  const auto checked = is_symmetric(header->algorithm) ? check_with_secret(*header, trusted.hmac_secret, parts->signed_text, *signature)
                                                       : check_with_keys(*header, trusted.ring, parts->signed_text, *signature);
  if (!checked) return tl::unexpected(checked.error());
  return decode_part(parts->payload, "payload");
}

result<void> check_claims(const token_payload& payload, const token_rules& trusted, std::int64_t now_s) {
  if (!trusted.issuer.empty() && payload.iss != trusted.issuer) return refuse("is of another issuer");
  const bool for_us = trusted.audience.empty() || std::find(payload.aud.begin(), payload.aud.end(), trusted.audience) != payload.aud.end();
  if (!for_us) return refuse("is for another audience");
  if (payload.nbf && *payload.nbf > now_s + not_before_leeway_s) return refuse("is not valid yet");
  if (payload.exp && *payload.exp + trusted.leeway_s <= now_s) return fail(errc::token_expired, "the token expired");
  return {};
}

result<token_payload> verify(std::string_view jwt, const token_rules& trusted, bool for_subscription, std::int64_t now_s) {
  auto payload = verified_payload(jwt, trusted).and_then([](const std::string& text) { return read_token_payload(text); });
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
    return token_claims{
        std::move(read.sub),  end, std::move(read.own.info), std::move(read.subs), std::move(read.scope), std::move(read.caps),
        std::move(read.texts)};
  });
}

result<subscription_token> verify_subscription_token(std::string_view jwt, const token_rules& trusted, std::int64_t now_s) {
  return verify(jwt, trusted, true, now_s).map([](token_payload read) {
    const auto end = end_of(read);
    return subscription_token{std::move(read.sub), std::move(read.channel), std::move(read.client), end, std::move(read.own)};
  });
}

}  // namespace tidewire
