// SHA-256 and what is made of it (OpenSSL).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire {

using sha256_bytes = std::array<unsigned char, 32>;

sha256_bytes hmac_sha256(std::string_view secret, std::string_view message);

// Lower-case hexadecimal.
std::string sha256_hex(std::string_view message);

// Takes the same time wherever the two differ; their lengths are no secret.
bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept;

}  // namespace tidewire
