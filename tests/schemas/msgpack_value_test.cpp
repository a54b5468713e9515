#include <rapidcheck.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "schemas/protocol/msgpack_object.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;
using namespace std::string_literals;

namespace {

std::string packed(std::string_view json) {
  std::string out;
  append_msgpack_value(out, json);
  return out;
}

// The JSON of one value that takes all bytes, or why there is none.
std::string unpacked(std::string_view bytes, std::size_t depth_max = 64) {
  std::string out;
  const auto used = append_json_of_msgpack(out, bytes, depth_max);
  if (!used) return used.error().detail;
  return *used == bytes.size() ? out : "more follows";
}

}  // namespace

TEST_CASE("JSON and the MessagePack of the same meaning, both ways") {
  const std::array<std::pair<std::string_view, std::string>, 24> pairs{{
      {"null", "\xc0"},
      {"false", "\xc2"},
      {"true", "\xc3"},
      {"0", "\0"s},
      {"127", "\x7f"},
      {"128", "\xcc\x80"},
      {"-1", "\xff"},
      {"-33", "\xd0\xdf"},
      {"65536", "\xce\0\1\0\0"s},
      {"9223372036854775807", "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"},
      {"18446744073709551615", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"},
      {"-9223372036854775808", "\xd3\x80\0\0\0\0\0\0\0"s},
      {"1.0", "\xcb\x3f\xf0\0\0\0\0\0\0"s},
      {"-0.0", "\xcb\x80\0\0\0\0\0\0\0"s},
      {"0.1", "\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"},
      {"1e+300", "\xcb\x7e\x37\xe4\x3c\x88\x00\x75\x9c"s},
      {R"("")", "\xa0"},
      {R"("é\n")", "\xa3\xc3\xa9\n"},
      {"[]", "\x90"},
      {"{}", "\x80"},
      {"[1,[2,3],[]]", "\x93\1\x92\2\3\x90"},
      {R"({"a":{"b":null},"c":[true]})", "\x82\xa1"s + "a\x81\xa1" + "b\xc0\xa1" + "c\x91\xc3"},
      {R"({"a":1,"a":2})", "\x82\xa1"s + "a\1\xa1" + "a\2"},
      {R"({"{":"[","":{}})", "\x82\xa1{\xa1[\xa0\x80"},
  }};
  for (const auto& [json, bytes] : pairs) {
    INFO(json);
    CHECK((packed(json) == bytes));
    CHECK(unpacked(bytes) == json);
  }
}

TEST_CASE("Numbers keep their kind: what has a fraction or an exponent is the nearest double") {
  CHECK((packed("1e2") == packed("100.0")));
  CHECK((packed("0.1000000000000000055511151231257827") == packed("0.1")));
  CHECK(unpacked("\xca\x3f\x80\0\0"s) == "1.0");  // a float of 32 bits
  CHECK(unpacked("\xca\x3d\xcc\xcc\xcd"s) == "0.10000000149011612");
  CHECK(unpacked("\xd3\0\0\0\0\0\0\0\5"s) == "5");  // more bytes than it takes
}

TEST_CASE("Long strings, arrays and maps have longer headers") {
  const auto array_of = [](std::size_t items) {
    std::string json = "[";
    for (std::size_t i = 0; i < items; ++i) json += i == 0 ? "1" : ",1";
    return json + "]";
  };
  CHECK((packed(array_of(15)).substr(0, 2) == "\x9f\1"));
  CHECK((packed(array_of(16)).substr(0, 4) == "\xdc\0\x10\1"s));
  CHECK((packed(array_of(65'536)).substr(0, 6) == "\xdd\0\1\0\0\1"s));
  std::string json = "{";
  for (int i = 0; i < 16; ++i) json += (i == 0 ? "\"" : ",\"") + std::to_string(10 + i) + "\":[{}]";
  json += '}';
  CHECK((packed(json).substr(0, 5) == "\xde\0\x10\xa2\x31"s));
  CHECK((packed('"' + std::string(32, 'x') + '"').substr(0, 3) == "\xd9\x20x"));
  for (const auto& each : {array_of(15), array_of(16), array_of(65'536), json, '"' + std::string(70'000, 'x') + '"'})
    CHECK((unpacked(packed(each)) == each));
}

TEST_CASE("What has no JSON is refused, and so is what is malformed") {
  const std::array<std::pair<std::string, std::string_view>, 17> refused{{
      {"\xc4\1x"s, "bin has no counterpart in JSON"},
      {"\xd4\1x"s, "ext has no counterpart in JSON"},
      {"\xd6\xff\0\0\0\0"s, "ext has no counterpart in JSON"},
      {"\xcb\x7f\xf8\0\0\0\0\0\0"s, "NaN and infinities have no counterpart in JSON"},
      {"\xca\xff\x80\0\0"s, "NaN and infinities have no counterpart in JSON"},
      {"\x81\1\2", "the keys of a map are str"},
      {"\x81\xc0\2", "the keys of a map are str"},
      {"\x81\x80\2", "the keys of a map are str"},
      {"\x81\x91\1\2", "the keys of a map are str"},
      {"\x81\xcb\x3f\xf0\0\0\0\0\0\0\1"s, "the keys of a map are str"},
      {"\xa1\xff", "a str is not UTF-8"},
      {"\x81\xa2\xc0\xaf\1", "a str is not UTF-8"},
      {"\xa3\xed\xa0\x80", "a str is not UTF-8"},
      {"", "not MessagePack, or cut short"},
      {"\xc1", "not MessagePack, or cut short"},
      {"\x92\1", "not MessagePack, or cut short"},
      {"\xc9\xff\xff\xff\xff\1"s, "not MessagePack, or cut short"},
  }};
  for (const auto& [bytes, why] : refused) CHECK(unpacked(bytes) == why);
}

TEST_CASE("A header that announces more than there is costs nothing") {
  for (const auto* header : {"\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff"}) {
    std::string bytes;
    for (int i = 0; i < 60; ++i) bytes += "\xdd\xff\xff\xff\xff";
    std::string out;
    CHECK_FALSE(append_json_of_msgpack(out, bytes + header, 64));
    CHECK(out.capacity() < 1'000);
  }
}

TEST_CASE("Levels are counted as in JSON: empty maps and arrays are none") {
  CHECK(unpacked("\x91\x91\x90", 2) == "[[[]]]");
  CHECK(unpacked("\x91\x91\x91\1", 2) == "more than 2 levels of maps and arrays");
  CHECK(unpacked("\x93\x91\1\x80\x91\1", 2) == "[[1],{},[1]]");
}

TEST_CASE("Text that is no JSON becomes nil, and what is not UTF-8 the replacement character") {
  CHECK(packed("{") == "\xc0");
  CHECK(packed("") == "\xc0");
  std::string out;
  append_msgpack_string(out, "a\xff");
  CHECK(out == "\xa4"s + "a\uFFFD");
}

TEST_CASE("Another library reads our MessagePack as the same value") {
  CHECK(
      rc::check("numbers of every kind", [](std::int64_t whole, std::uint64_t natural, double real, const std::vector<std::int32_t>& many) {
        const nlohmann::json value = {{"whole", whole}, {"natural", natural}, {"real", real}, {"many", many}};
        const auto bytes = packed(value.dump());
        RC_ASSERT(nlohmann::json::from_msgpack(bytes) == value);
        RC_ASSERT(nlohmann::json::parse(unpacked(bytes)) == value);
      }));
}
