// Tokens of clients and integrations: JSON Web Tokens in compact form (RFC 7515, RFC 7519), with the claims of the Centrifuge client
// protocol. HS256, HS384 and HS512 are checked with the secret and nothing else; RS256, RS384, RS512, ES256, ES384, ES512 and EdDSA with
// public keys of that kind. Other algorithms are refused, "none" above all; keys in the token's own header are ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/access/key_ring.hpp"
#include "schemas/access/room_grants.hpp"
#include "schemas/result.hpp"

namespace tidewire {

inline constexpr std::size_t token_bytes_max = 8'192;

// Whose tokens are trusted. An empty secret verifies nothing, nor does no ring; an empty audience or issuer is not asked for.
struct token_rules {
  std::string_view hmac_secret;
  std::string_view audience;
  std::string_view issuer;
  std::int64_t leeway_s = 0;  // so long after `exp` a token is still good
  const key_ring* ring = nullptr;
};

// What a token says of one subscription instead of the options of its namespace.
struct subscription_override {
  std::optional<bool> force_recovery;
  std::optional<bool> force_positioning;
  std::optional<bool> join_leave;
  std::optional<bool> force_push_join_leave;

  bool operator==(const subscription_override&) const = default;
};

// What a token says of one subscription. Raw JSON is empty if absent.
struct subscription_claims {
  std::string info;  // raw JSON for others to see (chan_info)
  std::string data;  // raw JSON for the subscriber
  subscription_override instead;

  bool operator==(const subscription_claims&) const = default;
};

struct token_claims {
  std::string sub;                                  // the user; empty: anonymous
  std::optional<std::int64_t> expires_at_s;         // when the connection ends: `expire_at` if given (0: never), else `exp`
  std::string info;                                 // raw JSON for others to see (conn_info); empty if absent
  std::map<std::string, subscription_claims> subs;  // server-side subscriptions: those of the claims `channels` and `subs`
  std::string scope;                                // space separated, what it lets do everywhere (RFC 8693 §4.2)
  room_grants caps{};                               // capabilities: what it lets do in some rooms
  claim_texts texts{};                              // all top-level claims that are texts

  bool operator==(const token_claims&) const = default;
};

struct subscription_token {
  std::string sub;                           // the user it is for
  std::string channel;                       // the room it is for
  std::string client;                        // the connection it is for; empty: any of the user's
  std::optional<std::int64_t> expires_at_s;  // when the subscription ends, as in token_claims
  subscription_claims grants;

  bool operator==(const subscription_token&) const = default;
};

// Checks form, signature, claims and times, in this order. `now_s` is Unix time.
// Errors: token_expired when `exp` has come, unavailable when it is signed with a key that is being looked for: come again; unauthorized
// for everything else: malformed, too long, another algorithm, an unknown `crit`, a wrong signature, another audience or issuer, `nbf` in
// the future, a claim of a wrong type, or a `channel` claim, which makes it a subscription token. The detail never repeats the token.
result<token_claims> verify_connection_token(std::string_view jwt, const token_rules& trusted, std::int64_t now_s);

// The same for a token that must have a `channel`. Whether that is the right one, and the user, is up to the caller.
result<subscription_token> verify_subscription_token(std::string_view jwt, const token_rules& trusted, std::int64_t now_s);

}  // namespace tidewire
