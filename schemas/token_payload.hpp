// The claims of a token, read but not judged: token.cpp does that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"
#include "schemas/token.hpp"

namespace tidewire {

struct token_payload {
  std::string sub;
  std::string iss;
  std::vector<std::string> aud;
  std::string client;
  std::string channel;
  bool for_subscription = false;  // has a channel
  std::string scope;
  room_grants caps;
  claim_texts texts;
  std::optional<std::int64_t> exp, nbf, expire_at;
  std::map<std::string, subscription_claims> subs;
  subscription_claims own;  // info and override of the token itself
};

// REQUIRES: the text of a JSON object. Claims that mean nothing here are left alone (RFC 7519 §4).
// Error: unauthorized, for a claim of a wrong type.
result<token_payload> read_token_payload(std::string_view object);

}  // namespace tidewire
