#include "transport/utf8.hpp"

#include "tests/support/catch.hpp"
#include "tests/transport/utf8_samples.hpp"

namespace tidewire::transport {

TEST_CASE("UTF-8 is told from what is not, at every cut") {
  for (const auto& sample : test::valid_utf8_samples()) {
    for (std::size_t cut = 0; cut <= sample.size(); ++cut) {
      utf8_validator validator;
      CHECK(validator.feed(std::string_view(sample).substr(0, cut)));
      CHECK(validator.feed(std::string_view(sample).substr(cut)));
      CHECK(validator.complete());
    }
  }
  for (const auto& sample : test::invalid_utf8_samples()) CHECK_FALSE(is_utf8(sample));
}

TEST_CASE("A hopeless sequence is refused at its first wrong byte") {
  const auto refused_at = [](std::string_view bytes) {
    utf8_validator validator;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (!validator.feed(bytes.substr(i, 1))) return i;
    }
    return bytes.size();
  };
  CHECK(refused_at("\xf4\x90\x80\x80") == 1);
  CHECK(refused_at("\xed\xa0\x80") == 1);
  CHECK(refused_at("\xe0\x9f\xbf") == 1);
  CHECK(refused_at("\xf0\x8f\xbf\xbf") == 1);
  CHECK(refused_at("\xc1\xbf") == 0);
  CHECK(refused_at("\xf5") == 0);
  CHECK(refused_at("\xe1\xbd\x41") == 2);
}

// Every code point, against the definition.
TEST_CASE("Exactly the scalar values have a UTF-8 form") {
  for (std::uint32_t point = 0; point <= 0x11'0FFF; ++point) {
    std::string text;
    const auto put = [&](std::uint32_t octet) { text.push_back(static_cast<char>(octet)); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 | point >> 6);
      put(0x80 | (point & 0x3F));
    } else if (point < 0x1'0000) {
      put(0xE0 | point >> 12);
      put(0x80 | (point >> 6 & 0x3F));
      put(0x80 | (point & 0x3F));
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
      put(0x80 | (point >> 6 & 0x3F));
      put(0x80 | (point & 0x3F));
    }
    const bool scalar = point <= 0x10'FFFF && (point < 0xD800 || point > 0xDFFF);
    if (is_utf8(text) != scalar) FAIL("U+" << std::hex << point);
  }
}

}  // namespace tidewire::transport
