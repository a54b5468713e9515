// A configuration file as a flat list, for who looks at it and compares: "limits.tags_max", "namespace[sensor].durability".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire {

struct config_entry {
  std::string key;
  std::string value;    // as JSON
  bool secret = false;  // not to be shown

  bool operator==(const config_entry&) const = default;
};

// In the order of keys. The tables of an array have their name in brackets, or their place. Errors: it is no TOML.
result<std::vector<config_entry>> config_entries(std::string_view toml, std::string_view source_name);

// Whether a change of that key takes effect when the file is read again; else at the next start.
bool takes_effect_at_reload(std::string_view key) noexcept;

}  // namespace tidewire
