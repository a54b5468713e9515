// The server's side of one TLS connection over a non-blocking socket. All calls belong to its I/O thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "transport/frame_queue.hpp"
#include "transport/socket_outcome.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace tidewire::transport {

class tls_stream {
 public:
  // `socket` stays open for as long. Null: there is no memory.
  static std::unique_ptr<tls_stream> accept(ssl_ctx_st& context, int socket);

  // What peer_socket has by these names. The handshake is made while receiving.
  received receive(std::span<char> into);
  socket_outcome flush(frame_queue& queue);
  void end_writing();

  // Bytes have been read from the socket and wait here: the socket need not become readable.
  bool has_buffered() const noexcept;
  // receive() goes on when the socket is writable.
  bool waits_to_write() const noexcept { return waits_to_write_; }
  // Nothing is held back here that was taken out of a queue.
  bool all_written() const noexcept { return held_.empty(); }
  // Bytes that the socket has taken, with all that TLS adds.
  std::uint64_t written() const noexcept { return traffic_->written; }

 private:
  // What our BIO works on.
  struct traffic {
    int socket;
    std::uint64_t written = 0;
  };
  struct bio_methods;
  struct free_ssl {
    void operator()(ssl_st* over) const noexcept;
  };

  tls_stream(std::unique_ptr<traffic> over, std::unique_ptr<ssl_st, free_ssl> made);
  socket_outcome unread(int returned);
  socket_outcome write(std::string_view record);

  std::unique_ptr<traffic> traffic_;
  std::unique_ptr<ssl_st, free_ssl> ssl_;
  std::string held_;  // a record that was begun: it is encrypted already, so its bytes stay as they are
  bool waits_to_write_ = false;
};

}  // namespace tidewire::transport
