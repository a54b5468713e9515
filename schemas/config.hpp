// The configuration: where server_options and observation_options come from. Flags > environment > file > defaults; the main program
// composes them by calling parse_config, then apply_environment, then setting what its flags say.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/observation_options.hpp"
#include "schemas/options.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// Reads a TOML document over `base`. Every fault found is in the failure's detail, one per line: "source:line: what and why".
// An unknown key is a fault and names the nearest known one. The result always holds the default namespace, first.
result<server_options> parse_config(std::string_view toml, std::string_view source_name, server_options base = {});

// The same document, and the same faults: what it says of how the server looks at itself.
result<observation_options> parse_observation(std::string_view toml, std::string_view source_name);

// Looks up a variable of the environment; absent: not set.
using environment_lookup = std::function<std::optional<std::string>(std::string_view name)>;

// TIDEWIRE_LISTEN, TIDEWIRE_ADMIN, TIDEWIRE_DATA, TIDEWIRE_LOG_LEVEL, TIDEWIRE_TOKEN_HMAC_SECRET over `base`, under the rules of the file.
result<server_options> apply_environment(server_options base, const environment_lookup& lookup);

// TIDEWIRE_LOG_FORMAT over `base`.
result<observation_options> apply_log_environment(observation_options base, const environment_lookup& lookup);

// Settings that work but that an operator should know of (a short secret, test switches, …), a sentence each, without secrets.
std::vector<std::string> config_warnings(const server_options& options);

}  // namespace tidewire
