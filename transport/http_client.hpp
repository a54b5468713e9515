// An HTTP/1.1 client for programs that wait: one request after the other over one connection, which is kept alive and opened again when the
// server has closed it meanwhile. Not for the server's own threads. One thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"
#include "transport/application.hpp"

namespace tidewire::transport {

struct client_request {
  std::string method = "GET";
  std::string target;  // origin form, percent-encoded
  std::string content_type{};
  std::string body{};
  std::vector<header> headers{};
  std::size_t answer_bytes_max = 1'073'741'824;  // a longer body is a lost connection
};

class http_client {
 public:
  // HOST:PORT, [ADDRESS]:PORT, or that behind "http://" or "https://", where the port may be missing; unix:PATH. With TLS the server must
  // prove its name. Errors of what it is asked: bad_request when it is none of these.
  http_client(std::string server, std::chrono::milliseconds timeout);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  // Any status is an answer. Errors: unavailable when the server cannot be reached or the connection is lost, timeout: then the outcome is
  // unknown.
  result<http_response> ask(const client_request& request);

  const std::string& server() const noexcept { return server_; }

 private:
  class connection;

  const std::string server_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<connection> connection_;
};

}  // namespace tidewire::transport
