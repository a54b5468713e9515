// One connection of a program that waits: TCP, or TLS over it. Inside of http_client and http_stream; one thread at a time.
#pragma once

#include <utility>  // Boost 1.74 forgets it in C++20

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/result.hpp"
#include "transport/http_client.hpp"

namespace tidewire::transport {

struct client_address {
  std::string host;
  std::string port;
  bool secure = false;
  std::string path{};  // of a socket of this machine; empty: TCP
};

// As http_client's constructor says. Errors: bad_request when it is none of these.
result<client_address> read_client_address(std::string_view server);

// The request as it goes out to that address.
boost::beast::http::request<boost::beast::http::string_body> compose(const client_request& request, const client_address& to);

class client_socket {
 public:
  explicit client_socket(std::chrono::milliseconds timeout);

  boost::beast::error_code open(const client_address& to);

  // What waits ends with operation_aborted as soon as this descriptor can be read. The caller keeps it.
  void wake_by(int descriptor);

  // Starts an operation and waits for its end, at most so long; then the outcome is beast::error::timeout.
  template <class Start>
  void wait(Start start, boost::beast::error_code& outcome, std::chrono::milliseconds at_most) {
    plain().expires_after(at_most);
    if (wake_)
      wake_->async_wait(boost::asio::posix::descriptor_base::wait_read, [this](boost::beast::error_code failed) {
        if (!failed) plain().cancel();
      });
    start([this, &outcome](boost::beast::error_code failed) {
      outcome = failed;
      if (wake_) wake_->cancel();
    });
    io_.restart();
    io_.run();
  }
  template <class Start>
  void wait(Start start, boost::beast::error_code& outcome) {
    wait(std::move(start), outcome, timeout_);
  }

  // Calls `with` with the stream that bytes go over.
  template <class With>
  auto over(With with) {
    return secure_ ? with(stream_) : with(plain());
  }

 private:
  using plain_stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

  plain_stream& plain() { return stream_.next_layer(); }
  boost::beast::error_code connect(const boost::asio::generic::stream_protocol::endpoint& to);
  void shake_hands(const std::string& host, boost::beast::error_code& error);

  boost::asio::io_context io_;
  boost::asio::ssl::context context_;
  boost::beast::ssl_stream<plain_stream> stream_;  // or only what is below it
  std::optional<boost::asio::posix::stream_descriptor> wake_;
  const std::chrono::milliseconds timeout_;
  bool secure_ = false;
};

// Why there is no connection to this server, and why one was lost.
failure not_connected(const std::string& server, boost::beast::error_code error);
failure connection_lost(const std::string& server, boost::beast::error_code error, std::chrono::milliseconds timeout);

}  // namespace tidewire::transport
