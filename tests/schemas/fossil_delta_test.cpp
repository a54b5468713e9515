// Deltas, against a reader of the format.
#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <vector>

#include "schemas/fossil_delta.hpp"
#include "schemas/utf8.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fossil_reader.hpp"

using namespace tidewire;
using test::apply_delta;

namespace {

bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

TEST_CASE("the delta that the reference server makes") {
  const auto document = [](int n) { return R"({"a":")" + std::string(40, 'x') + R"(","n":)" + std::to_string(n) + "}"; };
  CHECK(make_fossil_delta(document(1), document(2)) == "r\np@0,2:2}2zu5dt;");
}

TEST_CASE("what would not be shorter is no delta") {
  CHECK_FALSE(make_fossil_delta("", R"({"a":1})"));
  CHECK_FALSE(make_fossil_delta(R"({"a":1})", R"({"a":2})"));
  CHECK_FALSE(make_fossil_delta(std::string(100, 'a'), std::string(100, 'b')));
  CHECK_FALSE(make_fossil_delta(std::string(100, 'a'), ""));
}

TEST_CASE("pieces are found wherever they have gone") {
  std::string first, second;
  for (int i = 0; i < 300; ++i) first += "{\"member" + std::to_string(i * 7919 % 1000) + "\":" + std::to_string(i) + "},";
  for (int i = 300; i < 600; ++i) second += "[\"other" + std::to_string(i * 7919 % 1000) + "\"," + std::to_string(i) + "],";
  const auto delta = make_fossil_delta(first + second, second + "something new" + first);
  REQUIRE(delta);
  CHECK(delta->size() < 60);
  CHECK(apply_delta(first + second, *delta) == second + "something new" + first);
}

TEST_CASE("code points are never split") {
  // The two differ in the last byte of one code point: a copy of bytes would end in the middle of it.
  const std::string base = "0123456789abcdef\xC3\xA4 and then the same again for long enough";
  const std::string target = "0123456789abcdef\xC3\xB6 and then the same again for long enough";
  const auto delta = make_fossil_delta(base, target);
  REQUIRE(delta);
  CHECK(valid_utf8(*delta));
  CHECK(apply_delta(base, *delta) == target);
}

TEST_CASE("a long run of one byte does not take long") {
  const std::string base(1'000'000, 'a');
  const auto target = base.substr(0, 500'000) + "b" + base.substr(0, 499'999);
  const auto delta = make_fossil_delta(base, target);
  REQUIRE(delta);
  CHECK(apply_delta(base, *delta) == target);
}

TEST_CASE("a delta makes the target of its base, whatever changed") {
  rc::check("deltas", [] {
    const std::vector<std::string> words{"{\"state\":",      "\"on\"", "attributes", "0123456789", "\xC3\xA4\xC3\xB6",
                                         "\xF0\x9F\x8C\x8A", ",",      "}",          "x"};
    const auto pieces = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, words.size()));
    std::string base;
    for (const auto each : pieces) base += words[each];
    std::string target;
    for (const auto each : pieces) {
      const auto what = *rc::gen::inRange(0, 20);
      if (what == 0) continue;
      target += what == 1 ? words[*rc::gen::inRange<std::size_t>(0, words.size())] : words[each];
    }
    const auto delta = make_fossil_delta(base, target);
    if (!delta) return;
    RC_ASSERT(delta->size() < target.size());
    RC_ASSERT(valid_utf8(*delta));
    RC_ASSERT(apply_delta(base, *delta) == target);
  });
}
