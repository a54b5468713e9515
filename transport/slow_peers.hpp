// How often peers did not take what they were sent. Counted by each I/O thread for its own connections, read by anybody.
#pragma once

#include <atomic>
#include <cstdint>

namespace tidewire::transport {

struct slow_peers {
  std::uint64_t behind = 0;        // connections that miss something now
  std::uint64_t missed = 0;        // times that one began to miss what comes of a source
  std::uint64_t spared = 0;        // messages that one did without
  std::uint64_t disconnected = 0;  // connections closed as slow
};

struct slow_peer_counters {
  std::atomic<std::uint64_t> behind{0};
  std::atomic<std::uint64_t> missed{0};
  std::atomic<std::uint64_t> spared{0};
  std::atomic<std::uint64_t> disconnected{0};
};

}  // namespace tidewire::transport
