// Times as text (RFC 3339).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

// Appends UTC with milliseconds: "2024-02-29T23:59:59.999Z". REQUIRES: a year from 0 to 9999.
void append_rfc3339(std::string& out, std::int64_t unix_ms);

// The last millisecond of the year 9999.
inline constexpr std::int64_t rfc3339_ms_max = 253'402'300'799'999;

// A full date-time as Unix milliseconds; what is finer is cut. Nothing if it is none.
std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept;

// A full date-time with seconds and an offset. The day exists; second 60 may stand for a leap second anywhere.
bool valid_rfc3339(std::string_view text) noexcept;

}  // namespace tidewire
