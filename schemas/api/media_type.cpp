#include "schemas/api/media_type.hpp"

#include <algorithm>

namespace tidewire::api {

namespace {

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::string lower(std::string_view text) {
  std::string made(text);
  for (auto& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
  });
}

bool names_other_charset(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (lower(trimmed(parameter.substr(0, equals))) != "charset" || equals == std::string_view::npos) return false;
  const auto value = lower(trimmed(parameter.substr(equals + 1)));
  return value != "utf-8" && value != "\"utf-8\"";
}

}  // namespace

std::string media_type(std::string_view content_type) {
  const auto essence = trimmed(content_type.substr(0, content_type.find(';')));
  const auto slash = essence.find('/');
  if (slash == std::string_view::npos || !is_token(essence.substr(0, slash)) || !is_token(essence.substr(slash + 1))) return {};
  for (auto at = content_type.find(';'); at != std::string_view::npos; at = content_type.find(';', at + 1)) {
    const auto next = content_type.find(';', at + 1);
    if (names_other_charset(content_type.substr(at + 1, next == std::string_view::npos ? next : next - at - 1))) return {};
  }
  return lower(essence);
}

bool is_json(std::string_view media_type) noexcept { return media_type.ends_with("/json") || media_type.ends_with("+json"); }

}  // namespace tidewire::api
