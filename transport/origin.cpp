#include "transport/origin.hpp"

#include <algorithm>

#include "transport/http_text.hpp"

namespace tidewire::transport {
namespace {

std::string_view without_suffix(std::string_view text, std::string_view suffix) noexcept {
  return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

// Browsers leave the scheme's own port out of both headers; others may not.
bool is_same_host(std::string_view origin, std::string_view host) noexcept {
  for (const auto& [scheme, port] : {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
    if (origin.starts_with(scheme))
      return equals_ignoring_case(without_suffix(origin.substr(scheme.size()), port), without_suffix(host, port));
  }
  return false;
}

}  // namespace

bool is_allowed_origin(const http_request& request, std::span<const std::string> allowed) noexcept {
  const auto origin = request.find("origin");
  return origin.empty() || is_same_host(origin, request.find("host")) ||
         std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& one) { return one == "*" || equals_ignoring_case(one, origin); });
}

std::optional<std::vector<header>> cross_origin_headers(const http_request& request, std::span<const std::string> allowed) {
  if (!is_allowed_origin(request, allowed)) return std::nullopt;
  const auto origin = request.find("origin");
  if (origin.empty()) return std::vector<header>{};
  return std::vector<header>{{"access-control-allow-origin", std::string(origin)}, {"vary", "origin"}};
}

}  // namespace tidewire::transport
