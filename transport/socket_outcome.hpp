// How an attempt to read from a peer, or to write to it, went; plain or with TLS.
#pragma once

#include <cstddef>

namespace tidewire::transport {

enum class socket_outcome : unsigned char {
  done,     // flush: all is written; receive: bytes have arrived
  blocked,  // wait until the socket is ready
  ended,    // the peer will send no more
  broken,   // the connection is lost
};

struct received {
  socket_outcome what;
  std::size_t bytes = 0;
};

}  // namespace tidewire::transport
