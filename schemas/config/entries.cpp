#include "schemas/config/entries.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "schemas/json.hpp"

namespace tidewire {

namespace {

constexpr std::array<std::string_view, 3> secrets{"hmac_secret", "hash", "admin_token_hash"};
constexpr std::array<std::string_view, 9> reloadable{"log_level",
                                                     "tls.certificate_file",
                                                     "tls.private_key_file",
                                                     "token.rsa_public_key",
                                                     "token.ecdsa_public_key",
                                                     "token.public_key_files",
                                                     "token.jwks_file",
                                                     "token.jwks_public_endpoint",
                                                     "token.jwks_refresh_interval"};

void write_value(std::string& out, const toml::node& node) {
  if (const auto* text = node.as_string()) return append_json_string(out, text->get());
  if (const auto* array = node.as_array()) {
    out += '[';
    for (const auto& each : *array) {
      if (out.back() != '[') out += ',';
      write_value(out, each);
    }
    out += ']';
    return;
  }
  std::ostringstream written;
  node.visit([&](const auto& each) { written << each; });
  const bool is_json = node.is_boolean() || node.is_integer();
  if (is_json) return void(out += written.str());
  append_json_string(out, written.str());
}

bool is_array_of_tables(const toml::node& node) {
  const auto* array = node.as_array();
  return array != nullptr && !array->empty() && array->is_homogeneous<toml::table>();
}

void flatten(std::vector<config_entry>& into, const toml::table& table, const std::string& prefix) {
  for (const auto& [toml_key, node] : table) {
    const auto key = prefix + std::string(toml_key.str());
    if (const auto* inner = node.as_table()) {
      flatten(into, *inner, key + '.');
    } else if (is_array_of_tables(node)) {
      std::size_t place = 0;
      for (const auto& each : *node.as_array()) {
        const auto name = (*each.as_table())["name"].value<std::string>();
        flatten(into, *each.as_table(), key + '[' + name.value_or(std::to_string(place)) + "].");
        ++place;
      }
    } else {
      config_entry entry{key, {}, std::ranges::find(secrets, toml_key.str()) != secrets.end()};
      write_value(entry.value, node);
      into.push_back(std::move(entry));
    }
  }
}

}  // namespace

result<std::vector<config_entry>> config_entries(std::string_view text, std::string_view source_name) {
  try {
    std::vector<config_entry> all;
    flatten(all, toml::parse(text, source_name), "");
    std::ranges::sort(all, {}, &config_entry::key);
    return all;
  } catch (const toml::parse_error& error) {
    return fail(errc::bad_request,
                std::string(source_name) + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
}

bool takes_effect_at_reload(std::string_view key) noexcept {
  return key.starts_with("api_key[") || std::ranges::find(reloadable, key) != reloadable.end();
}

}  // namespace tidewire
