// Every key of the configuration, as a table: name → setter. Where a value comes from (TOML, the environment) is no matter here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schemas/observation_options.hpp"
#include "schemas/options.hpp"

namespace tidewire::config {

// monostate: a type that no key takes (a float, a date, a mixed array).
using value = std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>>;

// `set` stores a valid value and returns an empty string, or leaves the target alone and returns what the value must be.
template <class Target>
struct key {
  std::string_view name;  // dotted, with its section: "io.threads"
  std::string (*set)(Target& target, const value& given);
};

std::span<const key<server_options>> server_keys() noexcept;
std::span<const key<observation_options>> observation_keys() noexcept;  // beside those of the server
std::span<const key<namespace_options>> namespace_keys() noexcept;
std::span<const key<permission_options>> permission_keys() noexcept;
std::span<const key<api_key_options>> api_key_keys() noexcept;

// Null if there is none of that name.
template <class Target>
const key<Target>* find_key(std::span<const key<Target>> keys, std::string_view name) noexcept {
  for (const auto& candidate : keys)
    if (candidate.name == name) return &candidate;
  return nullptr;
}

}  // namespace tidewire::config
