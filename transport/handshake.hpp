// The server's half of the WebSocket opening handshake (RFC 6455 §4.2). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "schemas/frame.hpp"
#include "transport/application.hpp"

namespace tidewire::transport {

// The request wants to leave HTTP for WebSocket.
bool asks_for_websocket(const http_request& request) noexcept;

// The first subprotocol that the client offers and the engine speaks (schemas/protocol/subprotocol.hpp), which the answer names; or an
// empty view: it names none.
std::string_view choose_subprotocol(const http_request& request) noexcept;

struct websocket_answer {
  frame_ptr bytes;                    // the ready 101
  framing form = framing::websocket;  // deflated_websocket: permessage-deflate was agreed to
};

// The answer; or why not: a malformed request (400), another version of the protocol (426), a page of another
// origin (403). allowed_origins: besides that of the Host header; "*" allows all. `compression`: permessage-deflate may be agreed to.
tl::expected<websocket_answer, http_response> accept_websocket(const http_request& request, std::span<const std::string> allowed_origins,
                                                               bool compression);

}  // namespace tidewire::transport
