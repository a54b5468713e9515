#include "schemas/config/quantity.hpp"

#include <array>
#include <charconv>
#include <span>
#include <system_error>

namespace tidewire::config {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array duration_units{unit{"ms", 1}, unit{"s", 1'000}, unit{"m", 60'000}, unit{"h", 3'600'000}, unit{"d", 86'400'000}};

constexpr std::array size_units{unit{"B", 1},       unit{"kB", 1'000},      unit{"MB", 1'000'000},     unit{"GB", 1'000'000'000},
                                unit{"KiB", 1'024}, unit{"MiB", 1'048'576}, unit{"GiB", 1'073'741'824}};

std::optional<std::uint64_t> parse_amount(std::string_view text, std::span<const unit> units) noexcept {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const auto name = text.substr(static_cast<std::size_t>(rest - text.data()));
  for (const auto& candidate : units) {
    if (candidate.name != name) continue;
    if (number > UINT64_MAX / candidate.factor) return std::nullopt;
    return number * candidate.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) noexcept { return parse_amount(text, duration_units); }

std::optional<std::uint64_t> parse_size_bytes(std::string_view text) noexcept { return parse_amount(text, size_units); }

}  // namespace tidewire::config
