#include "schemas/access/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace tidewire {

namespace {

constexpr std::array<std::uint8_t, 12> version_4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t text_bytes_max = 45;  // of an address of version 6 that ends in one of version 4

bool is_version_4(const ip_address& address) { return std::equal(version_4_prefix.begin(), version_4_prefix.end(), address.begin()); }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// An address with a port too, as some proxies write it: "10.0.0.1:4711", "[::1]:4711", "[::1]".
std::optional<ip_address> parse_hop(std::string_view text) {
  if (text.starts_with('[')) return parse_address(text.substr(1, text.find(']') - 1));
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return parse_address(text);
}

}  // namespace

std::optional<ip_address> parse_address(std::string_view text) {
  if (text.size() > text_bytes_max) return std::nullopt;
  const std::string ended(text);
  ip_address made{};
  if (::inet_pton(AF_INET6, ended.c_str(), made.data()) == 1) return made;
  std::copy(version_4_prefix.begin(), version_4_prefix.end(), made.begin());
  if (::inet_pton(AF_INET, ended.c_str(), made.data() + version_4_prefix.size()) == 1) return made;
  return std::nullopt;
}

std::string format_address(const ip_address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_version_4(address))
    ::inet_ntop(AF_INET, address.data() + version_4_prefix.size(), text.data(), text.size());
  else
    ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return text.data();
}

result<address_range> address_range::parse(std::string_view text) {
  const auto refuse = [&](const char* why) { return fail(errc::bad_request, "\"" + std::string(text) + "\" " + why); };
  const auto slash = text.find('/');
  const auto first = parse_address(text.substr(0, slash));
  if (!first) return refuse("is no address like 10.0.0.1 or fd00::1, nor a range like 10.0.0.0/8");
  address_range made;
  made.first_ = *first;
  if (slash == std::string_view::npos) return made;
  const auto digits = text.substr(slash + 1);
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), made.bits_);
  const unsigned before = is_version_4(*first) && text.find(':') == std::string_view::npos ? 96 : 0;
  if (error != std::errc{} || rest != digits.data() + digits.size() || made.bits_ > 128 - before)
    return refuse("has no length of a prefix");
  made.bits_ += before;
  for (unsigned bit = made.bits_; bit < 128; ++bit)
    if ((made.first_[bit / 8] >> (7 - bit % 8)) & 1) return refuse("has bits behind its prefix");
  return made;
}

bool address_range::contains(const ip_address& address) const noexcept {
  const auto whole = bits_ / 8;
  if (!std::equal(first_.begin(), first_.begin() + whole, address.begin())) return false;
  const auto rest = bits_ % 8;
  return rest == 0 || (first_[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool contains(std::span<const address_range> ranges, std::string_view address) {
  if (ranges.empty()) return false;
  const auto wanted = parse_address(address);
  return wanted && std::ranges::any_of(ranges, [&](const auto& each) { return each.contains(*wanted); });
}

std::string client_behind(std::span<const address_range> proxies, std::string_view peer, std::span<const std::string_view> forwarded) {
  std::string client(peer);
  for (auto line = forwarded.rbegin(); line != forwarded.rend(); ++line) {
    for (auto rest = *line;;) {
      const auto comma = rest.rfind(',');
      const auto hop = parse_hop(trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1)));
      if (!hop) return client;
      client = format_address(*hop);
      if (std::ranges::none_of(proxies, [&](const auto& each) { return each.contains(*hop); })) return client;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace tidewire
