// API keys of backends. The server knows their SHA-256 alone: a key has 256 random bits, so nobody can guess his way back, and a slow hash
// would add nothing (which passwords need, that have few).
#pragma once

#include <string>
#include <string_view>

#include "schemas/options.hpp"

namespace tidewire {

inline constexpr std::size_t api_key_bytes_max = 256;

// A key made of these random bytes. REQUIRES: 32 bytes of a good source.
std::string format_api_key(std::string_view random_bytes);

// What the configuration keeps of it.
std::string hash_api_key(std::string_view key);

// Whose key it is; null: nobody's. Looks at all of them, whichever it is.
const api_key_options* find_api_key(const server_options& options, std::string_view key);

}  // namespace tidewire
