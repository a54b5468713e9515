// Tokens. An input as it stands must be refused (nobody guesses the secret); then its first line is signed as the header and the rest as
// the payload, so that the fuzzer gets behind the signature.
#include "schemas/token.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"
#include "schemas/json.hpp"

namespace {

constexpr std::string_view secret = "only known to this fuzz target…";
constexpr std::int64_t now = 1'700'000'000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidewire;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto unsigned_claims = verify_connection_token(input, {secret, {}, {}}, now);
  assert(!unsigned_claims && unsigned_claims.error().code == errc::unauthorized);

  if (const auto decoded = decode_base64url(input)) assert(encode_base64url(*decoded) == input);
  assert(decode_base64url(encode_base64url(input)) == input);

  const auto line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const auto text = encode_base64url(input.substr(0, line)) + "." + encode_base64url(input.substr(line + 1));
  const auto code = hmac_sha256(secret, text);
  const auto jwt = text + "." + encode_base64url({reinterpret_cast<const char*>(code.data()), code.size()});
  const auto granted = verify_subscription_token(jwt, {secret, {}, {}}, now);
  if (granted && !granted->grants.info.empty()) assert(canonical_json(granted->grants.info, limits{}));
  const auto claims = verify_connection_token(jwt, {secret, {}, {}}, now);
  assert(!claims || !granted);
  if (!claims) {
    assert(claims.error().code == errc::unauthorized || claims.error().code == errc::token_expired);
    return 0;
  }
  assert(jwt.size() <= token_bytes_max);
  if (!claims->info.empty()) assert(canonical_json(claims->info, limits{}));
  for (const auto& [channel, wanted] : claims->subs)
    if (!wanted.data.empty()) assert(canonical_json(wanted.data, limits{}));
  return 0;
}
