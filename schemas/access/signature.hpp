// Signatures of tokens (RFC 7518 §3, RFC 8037), checked with OpenSSL. A key says itself which algorithms it is for, so what a token claims
// of its algorithm can never make a public key a secret, or the other way round.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "schemas/result.hpp"

struct evp_pkey_st;

namespace tidewire {

enum class token_algorithm : std::uint8_t { hs256, hs384, hs512, rs256, rs384, rs512, es256, es384, es512, eddsa };

// By its name in a token's header, "Ed25519" (RFC 9864) being another one of EdDSA. Nothing: not spoken here, "none" above all.
std::optional<token_algorithm> token_algorithm_of(std::string_view name) noexcept;

// With a secret that both sides know: HS256, HS384, HS512.
bool is_symmetric(token_algorithm algorithm) noexcept;

// Whether that is the code of the text. Takes the same time wherever the two codes differ. REQUIRES: is_symmetric.
bool check_hmac(token_algorithm algorithm, std::string_view secret, std::string_view text, std::string_view code);

// An RSA key of 2,048 to 8,192 bits, an elliptic one of the curves P-256, P-384 and P-521, or Ed25519. Copies share it; any thread.
class public_key {
 public:
  // "-----BEGIN PUBLIC KEY-----" (RFC 7468 §13), or a certificate, of which nothing but the key counts.
  // Error: bad_request, also for private keys, which have no business here.
  static result<public_key> from_pem(std::string_view text);

  // A JSON Web Key (RFC 7517); `alg`, `use` and `key_ops` narrow what it is for.
  // Errors: not_available for keys of a kind that is not spoken here or that are not for signatures, bad_request for broken ones.
  static result<public_key> from_jwk(std::string_view object);

  bool fits(token_algorithm algorithm) const noexcept { return (algorithms_ >> static_cast<unsigned>(algorithm) & 1U) != 0; }

  // Whether the signature is of that text. REQUIRES: fits(algorithm).
  bool check(token_algorithm algorithm, std::string_view text, std::string_view signature) const;

 private:
  using shared_key = std::shared_ptr<evp_pkey_st>;
  static result<public_key> of(shared_key key);

  shared_key key_;
  std::uint32_t algorithms_ = 0;  // a bit each
};

}  // namespace tidewire
