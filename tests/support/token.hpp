// Tokens as an application's backend would sign them: a compact JWS with HS256 (RFC 7515).
#pragma once

#include <string>
#include <string_view>

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"

namespace tidewire::test {

// `claims` is the text of a JSON object.
inline std::string sign_token(std::string_view secret, std::string_view claims) {
  const auto signed_text = encode_base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + encode_base64url(claims);
  const auto digest = hmac_sha256(secret, signed_text);
  return signed_text + '.' + encode_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace tidewire::test
