// Base64 (RFC 4648). The url-safe alphabet without padding is for tokens and cursors, the standard one for CloudEvents' data_base64.
// Decoding is strict: no white space, no foreign character, no bits left over (each text has one value, each value one text).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

std::string encode_base64url(std::string_view bytes);
std::optional<std::string> decode_base64url(std::string_view text);

// Padding is required.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tidewire
