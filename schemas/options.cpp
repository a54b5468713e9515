#include "schemas/options.hpp"

namespace tidewire {

bool trusts_tokens(const server_options& options) noexcept {
  return !options.token_hmac_secret.empty() || !options.token_rsa_public_key.empty() || !options.token_ecdsa_public_key.empty() ||
         !options.token_public_key_files.empty() || !options.token_jwks_file.empty() || !options.token_jwks_endpoint.empty();
}

const namespace_options& options_of(const server_options& options, std::string_view room) noexcept {
  const auto colon = room.find(':');
  const auto name = colon == std::string_view::npos ? std::string_view{} : room.substr(0, colon);
  const namespace_options* unnamed = &options.namespaces.front();
  for (const auto& candidate : options.namespaces) {
    if (candidate.name == name) return candidate;
    if (candidate.name.empty()) unnamed = &candidate;
  }
  return *unnamed;
}

}  // namespace tidewire
