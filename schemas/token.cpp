#include "schemas/token.hpp"

#include <cmath>
#include <utility>

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"
#include "schemas/json.hpp"

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

// A NumericDate (RFC 7519 §2): seconds, fractions allowed, rounded down.
std::optional<std::int64_t> numeric_date(std::string_view raw) {
  const auto number = json_number(raw);
  if (!number || !(std::abs(*number) < 1e12)) return std::nullopt;  // what is later than the year 30000 is not in seconds
  return static_cast<std::int64_t>(std::floor(*number));
}

// What the payload said so far.
struct payload_reading {
  token_claims claims;
  std::optional<std::int64_t> exp, nbf, expire_at;
};

bool read_text(std::string_view raw, std::string& target) {
  auto text = json_string(raw);
  if (text) target = std::move(*text);
  return text.has_value();
}

bool read_date(std::string_view raw, std::optional<std::int64_t>& target) { return (target = numeric_date(raw)).has_value(); }

bool read_info(std::string_view raw, std::string& target) {
  if (kind_of(raw) != json_kind::null) target = raw;
  return true;
}

bool read_texts(std::string_view raw, std::vector<std::string>& target) {
  const auto elements = json_elements(raw);
  if (!elements) return false;
  for (const auto element : *elements)
    if (!read_text(element, target.emplace_back())) return false;
  return true;
}

// The claims that matter here; others are left alone (RFC 7519 §4).
struct claim {
  std::string_view name;
  bool (*read)(payload_reading& into, std::string_view raw);  // false: of a wrong type
};

constexpr claim known_claims[] = {
    {"sub", [](payload_reading& into, std::string_view raw) { return read_text(raw, into.claims.sub); }},
    {"exp", [](payload_reading& into, std::string_view raw) { return read_date(raw, into.exp); }},
    {"nbf", [](payload_reading& into, std::string_view raw) { return read_date(raw, into.nbf); }},
    {"expire_at", [](payload_reading& into, std::string_view raw) { return read_date(raw, into.expire_at); }},
    {"info", [](payload_reading& into, std::string_view raw) { return read_info(raw, into.claims.info); }},
    {"channels", [](payload_reading& into, std::string_view raw) { return read_texts(raw, into.claims.channels); }},
    {"scope", [](payload_reading& into, std::string_view raw) { return read_text(raw, into.claims.scope); }},
};

result<payload_reading> read_payload(std::string_view payload) {
  const auto members = json_members(payload);
  if (!members) return tl::unexpected(members.error());
  payload_reading reading;
  for (const auto& [name, raw] : *members) {
    if (name == "channel") return refuse("is for a subscription, not for a connection");
    for (const auto& known : known_claims)
      if (known.name == name && !known.read(reading, raw)) return refuse("has a claim \"" + name + "\" of a wrong type");
  }
  return reading;
}

result<token_claims> check_times(payload_reading reading, std::int64_t now_s) {
  if (reading.nbf && *reading.nbf > now_s + not_before_leeway_s) return refuse("is not valid yet");
  if (reading.exp && *reading.exp <= now_s) return fail(errc::token_expired, "the token expired");
  reading.claims.expires_at_s = reading.expire_at ? reading.expire_at : reading.exp;
  if (reading.expire_at == 0) reading.claims.expires_at_s.reset();
  return std::move(reading.claims);
}

}  // namespace

result<token_claims> verify_connection_token(std::string_view jwt, std::string_view hmac_secret, std::int64_t now_s) {
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

  const auto payload = decode_part(parts->payload, "payload");
  if (!payload) return tl::unexpected(payload.error());
  return read_payload(*payload).and_then([now_s](payload_reading reading) { return check_times(std::move(reading), now_s); });
}

}  // namespace tidewire
