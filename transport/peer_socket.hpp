// A connected socket, written from a queue of ready frames; all calls are non-blocking and belong to its I/O thread.
// Both protocols write through it: an HTTP response is a frame too.
#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

#include "transport/frame_queue.hpp"

namespace tidewire::transport {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class peer_socket {
 public:
  enum class outcome : unsigned char {
    done,     // flush: all is written; receive: bytes have arrived
    blocked,  // wait until the socket is ready
    ended,    // the peer will send no more
    broken,   // the connection is lost
  };
  struct received {
    outcome what;
    std::size_t bytes = 0;
  };

  explicit peer_socket(tcp_socket socket) : socket_(std::move(socket)) {}

  tcp_socket& socket() noexcept { return socket_; }
  // Hands the socket over; REQUIRES: nothing is queued.
  tcp_socket release() { return std::move(socket_); }

  received receive(std::span<char> into);
  // Writes what is queued with as few system calls as possible.
  outcome flush(frame_queue& queue);
  // At most about that many bytes wait in the kernel to be sent; the rest waits in the queue.
  void limit_unsent(std::size_t bytes) noexcept;
  // What the peer's system has acknowledged of all that was written here.
  std::uint64_t acknowledged() const noexcept;
  bool all_acknowledged() const noexcept;
  // Tells the peer that nothing more will be written; reading goes on.
  void end_writing();
  // Closes it; the kernel drops what it has not sent yet, instead of trying on, and resets the peer.
  void abort();

 private:
  // Bytes that the kernel keeps until then.
  std::uint64_t unacknowledged() const noexcept;

  mutable tcp_socket socket_;
  std::uint64_t written_ = 0;  // bytes
};

}  // namespace tidewire::transport
