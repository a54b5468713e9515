// What a WebSocket endpoint that echoes must do with the bytes of a client: the case families 1–7 and 10 of the well-known
// conformance suite, as a table. The same table drives the frame reader alone and the server over real sockets.
#pragma once

#include <string>
#include <vector>

#include "tests/transport/raw_client.hpp"

namespace tidewire::test {

struct conformance_case {
  std::string name;
  std::string sent;                    // by the client, after the handshake
  std::size_t piece = 0;               // bytes per segment; 0: all at once
  std::vector<server_frame> answered;  // everything the server sends; the last is its close frame
};

std::vector<conformance_case> conformance_cases();

}  // namespace tidewire::test
