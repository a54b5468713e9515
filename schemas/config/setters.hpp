// The setters that the table of keys is made of. Each takes the way to the member it sets as member pointers:
// count<1, 64, &server_options::io_threads>, bytes<1, 255, &server_options::limit, &limits::key_bytes_max>.
// Contract of them all: see key::set in keys.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "schemas/config/keys.hpp"
#include "schemas/config/quantity.hpp"

namespace tidewire::config {

template <class Member>
struct member_of;
template <class Owner, class Type>
struct member_of<Type Owner::*> {
  using owner = Owner;
};
template <auto Member>
using owner_of = typename member_of<decltype(Member)>::owner;

template <auto... Path>
auto& member_at(auto& target) noexcept {
  return (target.*....*Path);
}

inline std::string range_text(std::string_view what, std::uint64_t min, std::uint64_t max) {
  return "must be " + std::string(what) + " from " + std::to_string(min) + " to " + std::to_string(max);
}

// A plain integer, or else a string that `parse` understands.
template <class Parse>
std::optional<std::uint64_t> amount(const value& given, Parse parse) {
  if (const auto* number = std::get_if<std::int64_t>(&given); number && *number >= 0) return static_cast<std::uint64_t>(*number);
  if (const auto* text = std::get_if<std::string>(&given)) return parse(*text);
  return std::nullopt;
}

template <std::uint64_t Min, std::uint64_t Max, auto First, auto... Rest>
bool store_in_range(owner_of<First>& target, std::optional<std::uint64_t> number) {
  if (!number || *number < Min || *number > Max) return false;
  auto& member = member_at<First, Rest...>(target);
  member = static_cast<std::remove_reference_t<decltype(member)>>(*number);
  return true;
}

template <std::uint64_t Min, std::uint64_t Max, auto First, auto... Rest>
std::string count(owner_of<First>& target, const value& given) {
  const auto number = amount(given, [](std::string_view) -> std::optional<std::uint64_t> { return std::nullopt; });
  if (store_in_range<Min, Max, First, Rest...>(target, number)) return {};
  return range_text("an integer", Min, Max);
}

template <std::uint64_t Min, std::uint64_t Max, auto First, auto... Rest>
std::string bytes(owner_of<First>& target, const value& given) {
  if (store_in_range<Min, Max, First, Rest...>(target, amount(given, parse_size_bytes))) return {};
  return range_text("a size like 65536 or \"64KiB\", in bytes", Min, Max);
}

template <std::uint64_t Min, std::uint64_t Max, auto First, auto... Rest>
std::string millis(owner_of<First>& target, const value& given) {
  if (store_in_range<Min, Max, First, Rest...>(target, amount(given, parse_duration_ms))) return {};
  return range_text("a duration like 500 or \"500ms\", in milliseconds", Min, Max);
}

template <std::uint64_t Min, std::uint64_t Max, auto First, auto... Rest>
std::string seconds(owner_of<First>& target, const value& given) {
  const auto whole_seconds = [](std::string_view text) -> std::optional<std::uint64_t> {
    const auto ms = parse_duration_ms(text);
    if (!ms || *ms % 1'000 != 0) return std::nullopt;
    return *ms / 1'000;
  };
  if (store_in_range<Min, Max, First, Rest...>(target, amount(given, whole_seconds))) return {};
  return range_text("a duration like 90 or \"90s\", in whole seconds", Min, Max);
}

template <auto First, auto... Rest>
std::string flag(owner_of<First>& target, const value& given) {
  const auto* on = std::get_if<bool>(&given);
  if (!on) return "must be true or false";
  member_at<First, Rest...>(target) = *on;
  return {};
}

// A string for which `Check` has no objection (empty text).
template <auto Check, auto First, auto... Rest>
std::string text(owner_of<First>& target, const value& given) {
  const auto* string = std::get_if<std::string>(&given);
  if (!string) return "must be a string";
  if (auto objection = Check(*string); !objection.empty()) return objection;
  member_at<First, Rest...>(target) = *string;
  return {};
}

// One of the names in `Choices`, an array of pairs (name, value).
template <const auto& Choices, auto First, auto... Rest>
std::string choice(owner_of<First>& target, const value& given) {
  const auto* name = std::get_if<std::string>(&given);
  std::string objection = "must be one of";
  for (const auto& [allowed, meaning] : Choices) {
    if (name && *name == allowed) {
      member_at<First, Rest...>(target) = meaning;
      return {};
    }
    objection.append(" \"").append(allowed).append("\"");
  }
  return objection;
}

}  // namespace tidewire::config
