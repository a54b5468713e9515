// Amounts as people write them in a configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidewire::config {

// A duration in milliseconds: digits and one of the units ms, s, m, h, d ("500ms", "90s", "24h"). Nothing else, no sign, no fraction.
std::optional<std::uint64_t> parse_duration_ms(std::string_view text) noexcept;

// A size in bytes: digits and one of the units B, kB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024) ("64MiB").
std::optional<std::uint64_t> parse_size_bytes(std::string_view text) noexcept;

}  // namespace tidewire::config
