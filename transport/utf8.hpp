// Incremental UTF-8 validation (RFC 3629): state carries across fragments, and a sequence is refused at the first byte
// that no continuation can repair.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidewire::transport {

class utf8_validator {
 public:
  // False: whatever follows, the text is not UTF-8. REQUIRES: no earlier call returned false.
  bool feed(std::string_view bytes) noexcept;
  // The text does not end inside a code point.
  bool complete() const noexcept { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;  // continuation bytes still to come
  std::uint8_t low_ = 0x80;   // bounds of the next of them: they exclude overlong forms, surrogates and what is above U+10FFFF
  std::uint8_t high_ = 0xBF;
};

inline bool is_utf8(std::string_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace tidewire::transport
