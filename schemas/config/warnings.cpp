#include <algorithm>

#include "schemas/config.hpp"

namespace tidewire {

namespace {

bool is_loopback(std::string_view address) noexcept {
  return address.starts_with("127.") || address.starts_with("localhost:") || address.starts_with("[::1]:");
}

}  // namespace

std::vector<std::string> config_warnings(const server_options& options) {
  std::vector<std::string> warnings;
  const auto warn_if = [&](bool weak, std::string_view sentence) {
    if (weak) warnings.emplace_back(sentence);
  };
  const auto& secret = options.token_hmac_secret;
  const auto& origins = options.allowed_origins;
  warn_if(!trusts_tokens(options) && options.api_keys.empty() && !options.dev,
          "there is no [token] hmac_secret, no public key and no [[api_key]]: nobody can connect");
  warn_if(options.token_jwks_endpoint.starts_with("http://"),
          "token.jwks_public_endpoint is not https: whoever is on the way may sign tokens");
  warn_if(!secret.empty() && secret.size() < 32, "token.hmac_secret is shorter than 32 bytes: it can be guessed (RFC 7518 §3.2)");
  warn_if(options.dev && !is_loopback(options.listen), "--dev lets anybody in, and \"listen\" is not a loopback address");
  warn_if(!options.dev && options.tls_certificate_file.empty() && !is_loopback(options.listen),
          "there is no [tls], and \"listen\" is not a loopback address: tokens and keys pass in the clear, unless a proxy speaks TLS");
  warn_if(!is_loopback(options.admin), "\"admin\" is not a loopback address: whoever reaches it operates this server");
  warn_if(std::find(origins.begin(), origins.end(), "*") != origins.end(), "allowed_origins lets any web page connect");
  warn_if(options.test_echo, "test.echo is on: it is for conformance suites only");
  warn_if(options.test_faults, "test.faults is on: actors throw on request");
  return warnings;
}

}  // namespace tidewire
