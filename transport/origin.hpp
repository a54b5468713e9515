// Which pages may speak to us: those of our own host, and those that are allowed (RFC 6454, and the cross-origin rules of the Fetch
// standard). Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "transport/application.hpp"

namespace tidewire::transport {

// No page is behind the request, or one of our own host, or of an origin in the list; "*" in it allows all.
bool is_allowed_origin(const http_request& request, std::span<const std::string> allowed) noexcept;

// The headers with which a response may be read by the page that asked; nothing if it may not.
std::optional<std::vector<header>> cross_origin_headers(const http_request& request, std::span<const std::string> allowed);

}  // namespace tidewire::transport
