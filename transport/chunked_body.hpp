// The chunked transfer coding (RFC 9112 §7.1), strictly and byte by byte: any cut of the input gives the same result. Chunk extensions and
// trailer fields are checked for their form, counted and dropped. Beast's own decoder asserts on some inputs, which no peer may provoke.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::transport {

class chunked_body {
 public:
  enum class progress : std::uint8_t {
    more,       // all input is taken and more is needed
    complete,   // what is left of the input belongs to the next request
    malformed,  // not this coding
    too_large,  // the body is over body_bytes_max
    too_long,   // extensions and trailers are over overhead_bytes_max
  };

  chunked_body(std::size_t body_bytes_max, std::size_t overhead_bytes_max) noexcept
      : body_bytes_max_(body_bytes_max), overhead_bytes_max_(overhead_bytes_max) {}

  // Takes bytes from the front of `input` and appends what they decode to. REQUIRES: the last call said `more`.
  progress feed(std::string_view& input, std::string& body);

 private:
  enum class expects : std::uint8_t {
    size,       // of a chunk: hexadecimal digits
    extension,  // until its CR
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,        // a line of the trailers, or the last line, which is empty
    trailer_name,   // until its colon
    trailer_value,  // until its CR
    trailer_lf,
    last_lf,
  };

  progress take(char next);
  progress end_of_size_line();

  std::size_t body_bytes_max_;
  std::size_t overhead_bytes_max_;
  std::size_t body_bytes_ = 0;
  std::size_t overhead_bytes_ = 0;
  std::size_t left_ = 0;  // of the chunk
  unsigned digits_ = 0;
  expects state_ = expects::size;
};

}  // namespace tidewire::transport
