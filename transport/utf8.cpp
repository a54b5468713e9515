#include "transport/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace tidewire::transport {
namespace {

// Length of the run of ASCII at the front, in whole words; what is left is for the caller to look at byte by byte.
std::size_t ascii_words(std::string_view bytes) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if ((word & 0x8080'8080'8080'8080U) != 0) break;
  }
  return at;
}

}  // namespace

bool utf8_validator::feed(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (missing_ == 0) {
      at += ascii_words(bytes.substr(at));
      if (at == bytes.size()) return true;
    }
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    if (missing_ > 0) {
      if (byte < low_ || byte > high_) return false;
      --missing_;
      low_ = 0x80;
      high_ = 0xBF;
    } else if (byte >= 0x80) {
      if (byte < 0xC2 || byte > 0xF4) return false;  // a continuation, an overlong lead or a lead above U+10FFFF
      missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
      if (byte == 0xE0) low_ = 0xA0;   // overlong
      if (byte == 0xED) high_ = 0x9F;  // surrogates
      if (byte == 0xF0) low_ = 0x90;   // overlong
      if (byte == 0xF4) high_ = 0x8F;  // above U+10FFFF
    }
  }
  return true;
}

}  // namespace tidewire::transport
