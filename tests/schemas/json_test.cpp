#include "schemas/json.hpp"

#include <rapidcheck.h>
#include <nlohmann/json.hpp>
#include <string>

#include "schemas/json_cursor.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using nlohmann::json;

namespace {

std::string canonical(std::string_view text) {
  const auto made = canonical_json(text, limits{});
  REQUIRE(made.has_value());
  return *made;
}

errc refusal(std::string_view text, const limits& bounds = {}) {
  const auto made = canonical_json(text, bounds);
  REQUIRE_FALSE(made.has_value());
  CHECK_FALSE(made.error().detail.empty());
  return made.error().code;
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + '1' + std::string(levels, ']'); }

std::string written(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("canonical_json keeps the publisher's bytes") {
  CHECK(canonical(R"({ "a" : 1.00, "b":"\u00e9" , "a":2 })") == R"({ "a" : 1.00, "b":"\u00e9" , "a":2 })");
  CHECK(canonical(" \n\t 7 \r\n") == "7");
  CHECK(canonical("\"\xC3\xA9\"") == "\"\xC3\xA9\"");
  CHECK(canonical("null") == "null");
}

TEST_CASE("canonical_json takes line breaks out, and white space only with them") {
  CHECK(canonical("{\n  \"a\": [1,\r\n 2],\n \"b c\": \"x  y\\n\"\n}") == R"({"a":[1,2],"b c":"x  y\n"})");
  CHECK(canonical("[1,\r2]") == "[1,2]");
  CHECK(canonical("[1, 2]") == "[1, 2]");
}

TEST_CASE("canonical_json refuses what is not exactly one valid value") {
  for (const std::string_view text : {"",
                                      "  ",
                                      "{",
                                      "}",
                                      "[1,]",
                                      "{\"a\":}",
                                      "{\"a\" 1}",
                                      "{a:1}",
                                      "1 2",
                                      "{} {}",
                                      "{}x",
                                      "tru",
                                      "nul",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "NaN",
                                      "'a'",
                                      "\"a",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"tab\there\"",
                                      "\"line\nbreak\"",
                                      "[1}",
                                      "{]",
                                      "\xEF\xBB\xBF{}",
                                      "\"\xFF\"",
                                      "\"\xC0\xAF\"",
                                      "\"\xED\xA0\x80\"",
                                      "{\"\xF5\":1}",
                                      "[\"\x80\"]",
                                      "{\"a\":{\"b\":tru}}",
                                      "/* c */ 1",
                                      "1e999"}) {
    INFO(text);
    CHECK(refusal(text) == errc::bad_request);
  }
  CHECK(refusal(std::string_view("[1]\0", 4)) == errc::bad_request);
  CHECK(refusal(std::string_view("\"\0\"", 3)) == errc::bad_request);
}

TEST_CASE("canonical_json bounds depth and size") {
  limits bounds;
  bounds.json_depth_max = 5;
  bounds.document_bytes_max = 20;
  CHECK(canonical_json(nested(5), bounds).has_value());
  CHECK(refusal(nested(6), bounds) == errc::bad_request);
  CHECK(canonical_json(R"({"a":{"b":{}}})", bounds).has_value());
  CHECK(canonical_json("\"" + std::string(18, 'x') + "\"", bounds).has_value());
  CHECK(refusal("\"" + std::string(19, 'x') + "\"", bounds) == errc::payload_too_large);
  CHECK(canonical_json(nested(limits{}.json_depth_max), limits{}).has_value());
  CHECK(refusal(nested(limits{}.json_depth_max + 1)) == errc::bad_request);
}

TEST_CASE("json_members gives unescaped names and raw values, the last of a repeated name") {
  const auto members = json_members(R"({ "a" : {"x": [1, "}"]} ,"b\n\"":"\\", "a":  2 ,"c":null})");
  REQUIRE(members.has_value());
  REQUIRE(members->size() == 3);
  CHECK((*members)[0].name == "a");
  CHECK((*members)[0].raw == "2");
  CHECK((*members)[1].name == "b\n\"");
  CHECK((*members)[1].raw == R"("\\")");
  CHECK((*members)[2].raw == "null");
  CHECK(json_members("{}")->empty());
}

TEST_CASE("json_members with many members") {
  std::string text = "{";
  for (int round = 0; round < 2; ++round) {
    for (int at = 0; at < 100; ++at) {
      if (text.size() > 1) text += ',';
      text += "\"m" + std::to_string(at) + "\":" + std::to_string(at + round);
    }
  }
  text += '}';
  const auto members = json_members(text);  // views of it
  REQUIRE(members.has_value());
  REQUIRE(members->size() == 100);
  for (std::size_t at = 0; at < 100; ++at) {
    CHECK((*members)[at].name == "m" + std::to_string(at));
    CHECK((*members)[at].raw == std::to_string(at + 1));
  }
}

TEST_CASE("Slicing what is not the wanted container fails") {
  for (const std::string_view text : {"", "1", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\":1}}",
                                      "{\"a\":[1}", "{1:2}", "{\"a\":\"", "{\"a\":\"\\"}) {
    INFO(text);
    CHECK_FALSE(json_members(text).has_value());
  }
  CHECK_FALSE(json_elements("{}").has_value());
  CHECK_FALSE(json_elements("[1,]").has_value());
  CHECK_FALSE(json_elements("[1 2]").has_value());
}

TEST_CASE("json_elements") {
  CHECK(json_elements(R"( [1, "a,]" ,{"b":[]} , [ ]] )") == std::vector<std::string_view>{"1", R"("a,]")", R"({"b":[]})", "[ ]"});
  CHECK(json_elements("[]")->empty());
}

TEST_CASE("Scalars") {
  CHECK(json_string(R"("a\/\"\\\b\f\n\r\t")") == "a/\"\\\b\f\n\r\t");
  CHECK(json_string(R"("\u0041\u00e9\u20ac\ud83d\ude00")") == "A\u00e9\u20ac\U0001F600");
  CHECK(json_string(R"("\ud83dx\ude00\ud83d\u0041")") == "\uFFFDx\uFFFD\uFFFDA");
  CHECK(json_string(R"("\u0000")") == std::string(1, '\0'));
  CHECK_FALSE(json_string("1"));
  CHECK_FALSE(json_string("\""));
  CHECK_FALSE(json_string(R"("\")"));
  CHECK_FALSE(json_string(R"("\u12")"));
  CHECK(json_boolean("true") == true);
  CHECK(json_boolean("false") == false);
  CHECK_FALSE(json_boolean("null"));
  CHECK(json_unsigned("18446744073709551615") == 18'446'744'073'709'551'615ULL);
  CHECK_FALSE(json_unsigned("18446744073709551616"));
  CHECK_FALSE(json_unsigned("-1"));
  CHECK_FALSE(json_unsigned("1.0"));
  CHECK_FALSE(json_unsigned("1e2"));
  CHECK_FALSE(json_unsigned("\"1\""));
  CHECK(json_signed("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(json_number("-1.5e3") == -1500.0);
  CHECK_FALSE(json_number("nan"));
  CHECK_FALSE(json_number("inf"));
  CHECK(kind_of("-1") == json_kind::number);
  CHECK(kind_of("null") == json_kind::null);
}

TEST_CASE("append_json_string escapes what must be, and nothing else") {
  CHECK(written("") == R"("")");
  CHECK(written("plain /text\x7F") == "\"plain /text\x7F\"");
  CHECK(written("a\"b\\c\n\r\t\x01\x1F") == R"("a\"b\\c\n\r\t\u0001\u001f")");
  CHECK(written(std::string_view("\0", 1)) == R"("\u0000")");
  CHECK(written("\u00e9\u20ac\U0001F600") == "\"\u00e9\u20ac\U0001F600\"");
}

TEST_CASE("append_json_string replaces what is not UTF-8") {
  CHECK(written("a\xFFz") == "\"a\uFFFDz\"");
  CHECK(written("\xC3") == "\"\uFFFD\"");
  CHECK(written("\xC0\xAF") == "\"\uFFFD\uFFFD\"");
  CHECK(written("\xED\xA0\x80") == "\"\uFFFD\uFFFD\uFFFD\"");
  CHECK(written("\xF0\x9F\x98") == "\"\uFFFD\uFFFD\uFFFD\"");
  CHECK(written("\xF4\x90\x80\x80") == "\"\uFFFD\uFFFD\uFFFD\uFFFD\"");
}

TEST_CASE("What append_json_string writes is read back, by us and by another library") {
  CHECK(rc::check("any bytes", [](const std::string& bytes) {
    const auto text = written(bytes);
    RC_ASSERT(canonical_json(text, limits{}).has_value());
    RC_ASSERT(text.find('\n') == std::string::npos);
    const auto read = json::parse(text).get<std::string>();
    RC_ASSERT(json_string(text) == read);
  }));
  CHECK(rc::check("any characters", [](const std::vector<std::uint32_t>& characters) {
    std::string escaped = "\"";
    for (const auto each : characters) {
      char unit[8];
      std::snprintf(unit, sizeof unit, "\\u%04X", each & 0xFFFF);
      escaped += unit;
    }
    escaped += '"';
    const auto read = json_string(escaped);
    RC_ASSERT(read.has_value());
    const auto valid = json::parse(escaped, nullptr, false);
    if (!valid.is_discarded()) RC_ASSERT(valid.get<std::string>() == *read);
    RC_ASSERT(json_string(written(*read)) == *read);
  }));
}
