// A response that goes on (server-sent events), for programs that wait: its bytes as they come. One connection for each. Not for the
// server's own threads. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/result.hpp"
#include "transport/http_client.hpp"

namespace tidewire::transport {

class http_stream {
 public:
  enum class outcome : std::uint8_t { bytes, end, silence, woken };
  struct piece {
    outcome what = outcome::end;
    std::string_view bytes{};  // until the next call
  };

  // `server` as of http_client; `timeout` is for the connection and for the head of the answer. Whatever waits ends when the descriptor
  // `wake` can be read, and from then on at once; -1: nothing does.
  http_stream(std::string server, std::chrono::milliseconds timeout, int wake = -1);
  ~http_stream();
  http_stream(const http_stream&) = delete;
  http_stream& operator=(const http_stream&) = delete;

  // Sends the request and reads the head of the answer. With status 200 the body is what read() gives; that of another one is short, and
  // here. Errors: as of http_client::ask().
  result<http_response> open(const client_request& request);

  // What comes next. `end`: the response is over, or the connection is lost. `silence`: nothing came for so long, and it is given up.
  piece read(std::chrono::milliseconds at_most);

 private:
  class connection;

  const std::string server_;
  const std::chrono::milliseconds timeout_;
  const int wake_;
  std::unique_ptr<connection> connection_;
};

}  // namespace tidewire::transport
