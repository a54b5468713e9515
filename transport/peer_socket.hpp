// A connected socket, written from a queue of ready frames; all calls are non-blocking and belong to its I/O thread.
// Both protocols write through it: an HTTP response is a frame too. With TLS or without.
#pragma once

#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "transport/application.hpp"
#include "transport/frame_queue.hpp"
#include "transport/socket_outcome.hpp"
#include "transport/tls_stream.hpp"

namespace tidewire::transport {

// TCP, or a socket of this machine (unix(7)).
using stream_socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;

// Of the other end, without port, or unix_peer; empty if it is gone.
std::string address_of(const stream_socket& socket);

class peer_socket {
 public:
  using outcome = socket_outcome;

  // `tls` is of that socket; null: the peer speaks plainly.
  explicit peer_socket(stream_socket socket, std::unique_ptr<tls_stream> tls = nullptr)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  // Call back with an error code when it is worth while to receive, or to flush, again. REQUIRES: the handler keeps this alive.
  template <class Handler>
  void wait_readable(Handler ready) {
    if (tls_ && tls_->has_buffered())
      boost::asio::post(socket_.get_executor(), [ready = std::move(ready)]() mutable { ready(boost::system::error_code{}); });
    else
      socket_.async_wait(tls_ && tls_->waits_to_write() ? stream_socket::wait_write : stream_socket::wait_read, std::move(ready));
  }
  template <class Handler>
  void wait_writable(Handler ready) {
    socket_.async_wait(stream_socket::wait_write, std::move(ready));
  }

  received receive(std::span<char> into);
  // Writes what is queued with as few system calls as possible.
  outcome flush(frame_queue& queue);
  // At most about that many bytes wait in the kernel to be sent; the rest waits in the queue.
  void limit_unsent(std::size_t bytes) noexcept;
  // See address_of().
  std::string address() const { return address_of(socket_); }
  // What the peer's system has acknowledged of all that was written here.
  std::uint64_t acknowledged() const noexcept;
  bool all_acknowledged() const noexcept;
  // Tells the peer that nothing more will be written; reading goes on.
  void end_writing();
  // The descriptor, which is the caller's from now on. REQUIRES: no TLS, and nobody waits for it.
  int release();
  // Closes it; the kernel drops what it has not sent yet, instead of trying on, and resets the peer.
  void abort();

 private:
  // Bytes that the kernel keeps until then.
  std::uint64_t unacknowledged() const noexcept;

  mutable stream_socket socket_;
  std::unique_ptr<tls_stream> tls_;
  std::uint64_t written_ = 0;  // bytes, without TLS
};

}  // namespace tidewire::transport
