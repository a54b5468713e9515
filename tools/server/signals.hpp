// The signals the server listens to, taken by one thread in order.
#pragma once

#include <cstdint>

namespace tidewire {

enum class server_signal : std::uint8_t {
  stop,    // SIGTERM, SIGINT
  reload,  // SIGHUP
  failed,  // raise_failed(): the engine has given up
};

// Before any thread starts: from now on these signals wait for next_signal(); a peer that goes away raises none, nor does a
// file that may not grow.
void block_signals();
server_signal next_signal();
// Any thread.
void raise_failed();
void raise_reload();

}  // namespace tidewire
