// UTF-8 one character at a time (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire {

inline constexpr std::uint32_t replacement_character = 0xFFFD;

// Bytes of the character that `text` begins with; 0 if it begins with none.
std::size_t utf8_length(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

// Appends the character; what is none (a surrogate, above U+10FFFF) becomes U+FFFD.
void append_utf8(std::string& out, std::uint32_t character);

}  // namespace tidewire
