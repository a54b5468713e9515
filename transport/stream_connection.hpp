// A response that goes on (chunked, RFC 9112 §7.1), and the outbox of its peer. What the peer still sends is dropped; its end is the end.
#pragma once

#include "transport/outbox_connection.hpp"

namespace tidewire::transport {

class stream_connection final : public outbox_connection {
 public:
  stream_connection(shard& home, stream_terms terms);

  void release(std::size_t) override {}

 private:
  void take(std::span<char>) override { wait_readable(); }
  frame_ptr last_frame(close_code code) override;
  bool peer_answers() const noexcept override { return false; }

  const std::function<std::string(close_code)> farewell_;
};

}  // namespace tidewire::transport
