#include "tests/transport/utf8_samples.hpp"

#include <string_view>

namespace tidewire::test {

using namespace std::string_literals;

std::vector<std::string> valid_utf8_samples() {
  return {
      "",
      "Hello, world! This is ASCII, and longer than a few words of eight bytes.",
      "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
      "ASCII, then \xf0\x9d\x84\x9e, then ASCII again",
      // First and last of each length.
      "\x00"s,
      "\x7f",
      "\xc2\x80",
      "\xdf\xbf",
      "\xe0\xa0\x80",
      "\xef\xbf\xbf",
      "\xf0\x90\x80\x80",
      "\xf4\x8f\xbf\xbf",
      // Around the surrogates, the replacement character, non-characters.
      "\xed\x9f\xbf",
      "\xee\x80\x80",
      "\xef\xbf\xbd",
      "\xef\xb7\x90",
      "\xf0\x9f\xbf\xbf",
      "\xf3\xaf\xbf\xbe",
  };
}

std::vector<std::string> invalid_utf8_samples() {
  return {
      // Above U+10FFFF, and sequences of five and six bytes.
      "\xf4\x90\x80\x80",
      "\xf7\xbf\xbf\xbf",
      "\xf8\x88\x80\x80\x80",
      "\xfb\xbf\xbf\xbf\xbf",
      "\xfc\x84\x80\x80\x80\x80",
      "\xfd\xbf\xbf\xbf\xbf\xbf",
      // Continuations alone, leads alone.
      "\x80",
      "\xbf",
      "\x80\xbf\x80",
      "\xc3 ",
      "\xe1 ",
      "\xf1 ",
      "Hello \xce",
      "Hello \xe1\xbd",
      "Hello \xf0\x9d\x84",
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
      "edited",
      // Octets that never occur.
      "\xfe",
      "\xff",
      "\xfe\xfe\xff\xff",
      // Overlong forms: of '/', the largest of each length, of NUL.
      "\xc0\xaf",
      "\xe0\x80\xaf",
      "\xf0\x80\x80\xaf",
      "\xc1\xbf",
      "\xe0\x9f\xbf",
      "\xf0\x8f\xbf\xbf",
      "\xc0\x80",
      "\xe0\x80\x80",
      // Surrogates, alone and in pairs.
      "\xed\xa0\x80",
      "\xed\xad\xbf",
      "\xed\xbf\xbf",
      "\xed\xa0\x80\xed\xb0\x80",
      "\xed\xaf\xbf\xed\xbf\xbf",
  };
}

}  // namespace tidewire::test
