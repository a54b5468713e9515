// The WebSocket subprotocols (RFC 6455 §1.9) by which a client chooses its dialect. Who offers none speaks JSON.
#pragma once

#include <array>
#include <string_view>

namespace tidewire::protocol {

inline constexpr std::string_view json_subprotocol = "centrifuge-json";
inline constexpr std::string_view msgpack_subprotocol = "tidewire.msgpack.v1";
inline constexpr std::array subprotocols{json_subprotocol, msgpack_subprotocol};

}  // namespace tidewire::protocol
