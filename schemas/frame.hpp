// A ready WebSocket message from the server, header included (RFC 6455 §5.2; server frames are unmasked, so the same
// bytes serve every receiver). Immutable and shared: encoded once, written to many sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tidewire {

struct frame {
  std::string bytes;
};
using frame_ptr = std::shared_ptr<const frame>;

enum class frame_opcode : std::uint8_t { text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

// One unfragmented message of that payload.
frame_ptr make_frame(frame_opcode opcode, std::string_view payload);

}  // namespace tidewire
