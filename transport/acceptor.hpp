// Listens on one address and deals the sockets out over the I/O threads in turn. Lives on the first of them.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "schemas/result.hpp"
#include "transport/connection_count.hpp"
#include "transport/io_threads.hpp"
#include "transport/peer_socket.hpp"

namespace tidewire::transport {

class acceptor : public std::enable_shared_from_this<acceptor> {
 public:
  // Called on the first I/O thread with a socket of that I/O thread, which is counted already.
  using on_socket = std::function<void(tcp_socket socket, std::size_t thread, connection_count::place place)>;

  // `plain`: who is refused can be told so in plain HTTP.
  acceptor(io_threads& threads, connection_count& count, bool plain, on_socket accepted);

  // See server::start(). Accepting begins in a job of the first thread.
  result<void> start(const std::string& listen);
  // Free of threads; on return nothing more will be accepted. Not to be called on an I/O thread.
  void stop();
  // REQUIRES: started.
  std::uint16_t port() const noexcept { return port_; }

 private:
  void accept_next();
  void on_accept(boost::system::error_code error);
  void let_in(tcp_socket socket);

  io_threads& threads_;
  connection_count& count_;
  bool plain_;
  on_socket accepted_;
  std::optional<boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>> listening_;
  boost::asio::steady_timer pause_;
  std::optional<tcp_socket> next_;
  std::size_t next_thread_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace tidewire::transport
