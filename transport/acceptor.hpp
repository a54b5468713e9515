// Listens on one address and deals the sockets out over the I/O threads in turn. Lives on the first of them.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "schemas/access/address_range.hpp"
#include "schemas/result.hpp"
#include "transport/connection_count.hpp"
#include "transport/io_threads.hpp"
#include "transport/peer_socket.hpp"

namespace tidewire::transport {

class acceptor : public std::enable_shared_from_this<acceptor> {
 public:
  // Called on the first I/O thread with a socket of that I/O thread, which is counted already.
  using on_socket = std::function<void(stream_socket socket, std::size_t thread, connection_count::place place)>;

  // `plain`: who is refused can be told so in plain HTTP. `proxies`: have as many connections as they like; outlive this.
  acceptor(io_threads& threads, connection_count& count, bool plain, std::span<const address_range> proxies, on_socket accepted);

  // See server::start(). Accepting begins in a job of the first thread.
  result<void> start(const std::string& listen);
  // Free of threads; on return nothing more will be accepted. Not to be called on an I/O thread.
  void stop();
  // REQUIRES: started. 0 of a socket of this machine.
  std::uint16_t port() const noexcept { return port_; }

 private:
  using executor = boost::asio::io_context::executor_type;
  using tcp_acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor>;
  using local_acceptor = boost::asio::basic_socket_acceptor<boost::asio::local::stream_protocol, executor>;

  result<void> listen_on_address(const std::string& listen);
  result<void> listen_on_path(const std::string& path);
  bool listens() const noexcept { return listening_.index() != 0; }
  void accept_next();
  void on_accept(boost::system::error_code error);
  void let_in(stream_socket socket);

  io_threads& threads_;
  connection_count& count_;
  bool plain_;
  std::span<const address_range> proxies_;
  on_socket accepted_;
  std::variant<std::monostate, tcp_acceptor, local_acceptor> listening_;
  std::string path_;  // of the socket's file
  boost::asio::steady_timer pause_;
  std::optional<stream_socket> next_;
  std::size_t next_thread_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace tidewire::transport
