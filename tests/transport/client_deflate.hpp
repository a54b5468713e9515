// A client's half of permessage-deflate (RFC 7692), of zlib alone: what it reads and writes does not depend on our own compressor.
#pragma once

#include <string>
#include <string_view>

namespace tidewire::test {

// Each message by itself. With `final_block` the last block says that it is the last (BFINAL).
std::string deflate_message(std::string_view text, bool final_block = false);
// Decompresses the messages of one connection. Throws at what is not such a message, or needs a larger window.
class message_inflater {
 public:
  explicit message_inflater(int window_bits = 15);
  ~message_inflater();
  message_inflater(const message_inflater&) = delete;
  message_inflater& operator=(const message_inflater&) = delete;

  std::string read(std::string_view compressed);

 private:
  void* stream_;
};

}  // namespace tidewire::test
