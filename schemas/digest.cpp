#include "schemas/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cassert>

namespace tidewire {

namespace {

const unsigned char* octets(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

sha256_bytes hmac_sha256(std::string_view secret, std::string_view message) {
  sha256_bytes code{};
  unsigned int size = 0;
  [[maybe_unused]] const auto* made =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), octets(message), message.size(), code.data(), &size);
  assert(made != nullptr && size == code.size());
  return code;
}

std::string sha256_hex(std::string_view message) {
  sha256_bytes digest{};
  unsigned int size = 0;
  [[maybe_unused]] const int made = EVP_Digest(message.data(), message.size(), digest.data(), &size, EVP_sha256(), nullptr);
  assert(made == 1 && size == digest.size());
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const auto byte : digest) {
    hex.push_back(digits[byte >> 4]);
    hex.push_back(digits[byte & 0xF]);
  }
  return hex;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace tidewire
