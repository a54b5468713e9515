// HTTP/1.1 responses with Content-Length, one behind the other, in what a connection receives. No chunks: servers send them only for what
// they do not know the length of.
#pragma once

#include <cstddef>
#include <string_view>

namespace tidewire::load {

struct http_response {
  int status = 0;
  std::string_view body;
  std::size_t size = 0;  // with the head; 0: it came in part

  bool malformed() const noexcept { return status < 0; }
};

// The response that the text begins with.
http_response read_http_response(std::string_view text) noexcept;

}  // namespace tidewire::load
