// Reads one HTTP/1.1 request after another from a stream of bytes. Pure: it does no I/O. The grammar is Boost.Beast's, the rules
// are those of request_rules.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "transport/application.hpp"
#include "transport/chunked_body.hpp"

namespace tidewire::transport {

class request_reader {
 public:
  enum class progress : unsigned char {
    more,            // all input is taken and more is needed
    wants_continue,  // the peer waits for "100 Continue" before it sends the body; feed() goes on after it
    complete,        // request() is there; what is left of the input belongs to the next one
    refused,         // refusal() says why; the stream cannot be read any further
  };

  // `takes_body`: of which requests the body is taken as it comes, however long it is; absent: of none.
  request_reader(std::size_t header_bytes_max, std::size_t body_bytes_max, std::function<bool(const http_request&)> takes_body = {});
  ~request_reader();

  // Takes bytes from the front of `input`. REQUIRES: not complete and not refused.
  progress feed(std::string_view& input);

  // REQUIRES: complete, or streamed(). `peer` is not filled in.
  http_request& request() noexcept { return request_; }
  http_response& refusal() noexcept { return refusal_; }
  // The peer wants to send further requests on this connection.
  bool keep_alive() const noexcept { return keep_alive_; }
  bool http_1_1() const noexcept { return http_1_1_; }
  // Nothing of a request has arrived yet.
  bool idle() const noexcept { return !parser_ && head_.empty(); }
  bool in_body() const noexcept { return parser_ != nullptr; }
  // The head is there, and it is a request whose body is taken as it comes: request().body is what has come since it was last taken away.
  bool streamed() const noexcept { return streamed_; }

  // Ready for the next request. REQUIRES: complete.
  void reset();

 private:
  struct parser;

  progress feed_head(std::string_view& input);
  progress take_head(std::string_view head, std::string_view& rest);
  progress parse_head(std::string_view head);
  bool body_is_done() const;
  progress feed_body(std::string_view& input);
  progress feed_chunks(std::string_view& input);
  progress refuse(http_response why);

  std::size_t header_bytes_max_;
  std::size_t body_bytes_max_;
  std::function<bool(const http_request&)> takes_body_;
  std::string head_;                    // so far, if it did not come as a whole
  std::optional<chunked_body> chunks_;  // decodes the body, if it comes in chunks
  std::unique_ptr<parser> parser_;      // from the end of the head to the end of the request
  http_request request_;
  http_response refusal_;
  bool keep_alive_ = false;
  bool http_1_1_ = true;
  bool streamed_ = false;
};

}  // namespace tidewire::transport
