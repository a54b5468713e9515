// What the texts of a configuration must look like. Each says what is wrong, behind the name of the key; nothing: the text is good.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "schemas/access/signature.hpp"
#include "schemas/names.hpp"

namespace tidewire::config {

inline std::string check_address(std::string_view given) {
  constexpr auto objection = "must be an address and a port like \"127.0.0.1:8000\" or \"[::1]:8000\"";
  const auto colon = given.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return objection;
  const auto host = given.substr(0, colon);
  const auto port = given.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (!bracketed && host.find_first_of(":[] /") != std::string_view::npos) return objection;
  std::uint16_t number = 0;
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && rest == port.data() + port.size() ? "" : objection;
}

inline std::string check_path(std::string_view given) {
  return given.empty() || given.find('\0') != std::string_view::npos ? "must be the path of a directory" : "";
}

inline std::string check_file(std::string_view given) {
  return given.empty() || given.find('\0') != std::string_view::npos ? "must be the path of a file" : "";
}

inline std::string check_anything(std::string_view) { return {}; }

inline std::string check_url(std::string_view given) {
  const bool web = given.starts_with("https://") || given.starts_with("http://");
  return web && given.find_first_of(" \t\r\n#@") == std::string_view::npos ? "" : "must be a URL that begins with https:// or http://";
}

template <token_algorithm... Algorithms>
std::string check_public_key(std::string_view given) {
  const auto key = public_key::from_pem(given);
  if (!key) return key.error().detail;
  return (key->fits(Algorithms) || ...) ? "" : "is a key of another kind";
}
inline constexpr auto check_elliptic_key = check_public_key<token_algorithm::es256, token_algorithm::es384, token_algorithm::es512>;

inline std::string check_name(std::string_view given) {
  return valid_namespace_name(given) ? "" : "must be 1 to 64 letters, digits, \"_\", \"-\" or \".\"";
}

inline std::string check_scope(std::string_view given) {
  return given.empty() || given.find(' ') != std::string_view::npos ? "must be one word" : "";
}

inline std::string check_hash(std::string_view given) {
  const bool hex = given.size() == 64 && given.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex ? "" : "must be a SHA-256 in 64 lower-case hexadecimal digits, as \"tidewire hash-key\" prints it";
}

inline std::string check_namespace(std::string_view given) {
  return given.empty() || valid_namespace_name(given) ? "" : "must be 1 to 64 letters, digits, \"_\", \"-\" or \".\"";
}

// What begins with a namespace; whether there is one of that name is seen when all have been read.
inline std::string check_prefix(std::string_view given) {
  const auto colon = given.find(':');
  return given.empty() || (colon != std::string_view::npos && valid_namespace_name(given.substr(0, colon)))
             ? ""
             : "must be a namespace and a colon, like \"clients:\"";
}

}  // namespace tidewire::config
