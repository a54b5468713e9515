// What may be a name. Names are UTF-8 and are compared byte by byte: no normalisation, no folding of case.
#pragma once

#include <cstddef>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire {

bool valid_utf8(std::string_view text) noexcept;

// A room: "rest" (default namespace) or "namespace:rest". 1 to bytes_max bytes of UTF-8 without control characters (C0, DEL, C1),
// a name after its colon. The failure says which rule was broken.
result<void> check_room_name(std::string_view name, std::size_t bytes_max);

// One room: as above, and no "*". Those are patterns, which can only be subscribed to.
result<void> check_single_room(std::string_view name, std::size_t bytes_max);

// A room that somebody outside may change: as above, and not beginning with "$". Those are kept by the server itself.
result<void> check_publishable_room(std::string_view name, std::size_t bytes_max);

// Whose name begins with "$".
inline bool is_kept_by_server(std::string_view room) noexcept { return room.starts_with('$'); }

// An entity's key: 1 to bytes_max bytes of UTF-8 without control characters. "/" and ":" are ordinary characters.
result<void> check_key(std::string_view key, std::size_t bytes_max);

// The id of a request that applies once: 1 to bytes_max bytes of UTF-8 without control characters.
result<void> check_idempotency_id(std::string_view id, std::size_t bytes_max);

// A namespace: 1 to 64 ASCII letters, digits, "_", "-" and ".".
bool valid_namespace_name(std::string_view name) noexcept;

}  // namespace tidewire
