// Deflate (RFC 1951) for whole messages. Pure. A compressor or decompressor is costly to make and cheap to use again: it forgets everything
// between two messages, so what one message becomes depends on no other, and the same compressed bytes serve every receiver.
//
// A WebSocket message (RFC 7692 §7.2) is a run of blocks without the last four bytes, 00 00 FF FF, of the empty block that flushes it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace tidewire {

class deflater {
 public:
  // 1 (fast) to 9 (small).
  explicit deflater(int level);
  ~deflater();
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  // Appends the compressed payload of one WebSocket message; of an empty one the single byte 00. Never a final block (BFINAL): undici
  // misreads the message behind one.
  void append_message(std::string_view payload, std::string& out);

 private:
  std::unique_ptr<z_stream_s> stream_;
};

class inflater {
 public:
  enum class outcome : unsigned char { done, invalid, too_big };

  inflater();
  ~inflater();
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  // What the compressed payload of one WebSocket message stands for; stops behind `bytes_max` bytes of it. Final blocks are accepted.
  // REQUIRES: out.empty().
  outcome read_message(std::string_view payload, std::size_t bytes_max, std::string& out);

 private:
  outcome feed(std::string_view part, std::size_t bytes_max, std::string& out);

  std::unique_ptr<z_stream_s> stream_;
  bool at_boundary_ = false;  // between two blocks
};

// The whole as one gzip member (RFC 1952).
std::string gzip(std::string_view bytes, int level);

}  // namespace tidewire
