// Deflate (RFC 1951) for whole messages. Pure. A compressor or decompressor is costly to make and cheap to use again: it forgets everything
// between two messages, so what one message becomes depends on no other, and the same compressed bytes serve every receiver.
//
// A WebSocket message (RFC 7692 §7.2) is a run of blocks without the last four bytes, 00 00 FF FF, of the empty block that flushes it. It
// may be put together from blocks that stand for its parts, when each of these ends at a byte and looks back at nothing before it:
//
//   message = part* 00                 the last block is empty (00 00 00 FF FF), of which its end is left out
//   part    = compressed | stored*
//   compressed                         blocks of zlib, ended by Z_SYNC_FLUSH: an empty stored block up to the next byte
//   stored  = 00 LEN NLEN byte*        a stored block (RFC 1951 §3.2.4): LEN bytes as they are, LEN and its complement as 16 bits, low byte
//                                      first
#pragma once

#include <cstddef>
#include <cstdint>
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

  // Appends one part of a message: compressed if that makes it shorter, else stored.
  void append_blocks(std::string_view bytes, std::string& out);

  // Bytes that it was given to compress so far.
  std::uint64_t taken() const noexcept { return taken_; }

 private:
  void compress(std::string_view bytes, std::string& out);

  std::unique_ptr<z_stream_s> stream_;
  std::uint64_t taken_ = 0;
};

// Appends one part of a message, stored.
void append_stored(std::string_view bytes, std::string& out);
// Appends what comes behind the last part of a message.
inline void end_message(std::string& out) { out.push_back('\0'); }

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
