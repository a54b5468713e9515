// Addresses of the Internet protocol, and who is asking when he comes through proxies. Both versions are held as version 6: an address of
// version 4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire {

using ip_address = std::array<std::uint8_t, 16>;

// "10.0.0.1", "2001:db8::1"; without brackets, port or zone.
std::optional<ip_address> parse_address(std::string_view text);
std::string format_address(const ip_address& address);

// The addresses that share their first bits.
class address_range {
 public:
  // "10.0.0.0/8", "fd00::/8", or one address. Error: bad_request, also if bits behind the prefix are set.
  static result<address_range> parse(std::string_view text);

  bool contains(const ip_address& address) const noexcept;

  bool operator==(const address_range&) const = default;

 private:
  ip_address first_{};
  unsigned bits_ = 128;
};

bool contains(std::span<const address_range> ranges, std::string_view address);

// Who is behind the proxies. Each of them appends to X-Forwarded-For whom it got the request from, so the list is believed from its end for
// as long as it was written by a proxy of ours: the client is the first one who is none. What is no address ends the list.
// `forwarded`: the header's values, in order. REQUIRES: the peer is one of the proxies.
std::string client_behind(std::span<const address_range> proxies, std::string_view peer, std::span<const std::string_view> forwarded);

}  // namespace tidewire
