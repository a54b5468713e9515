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

// How a peer takes its messages.
enum class framing : std::uint8_t {
  websocket,           // each in a frame
  deflated_websocket,  // the same, and frames may be compressed (RFC 7692)
  // In chunks of an HTTP/1.1 response (RFC 9112 §7.1):
  text,    // as they are
  lines,   // with a line break behind each
  events,  // each of their lines as the data of one server-sent event
};

enum class frame_opcode : std::uint8_t { text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

// One unfragmented message of that payload.
frame_ptr make_frame(frame_opcode opcode, std::string_view payload);
// The same of a payload that was compressed (deflate.hpp), for peers that agreed to permessage-deflate: RSV1 says so. REQUIRES: no control
// frame.
frame_ptr make_deflated_frame(frame_opcode opcode, std::string_view compressed);

// One chunk of a response that goes on. REQUIRES: `form` is one of these, the message is not empty.
frame_ptr make_stream_frame(framing form, std::string_view message);

}  // namespace tidewire
