// What may reach a terminal.
#include "tools/ctl/shown.hpp"

#include "tests/support/catch.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/publication_line.hpp"
#include "tools/ctl/text_table.hpp"

using namespace tidewire::ctl;

namespace {

// Whether a terminal would only write it: no byte of a control character, nor what turns text round.
bool is_safe(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7F) return false;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return text.find("\u202e") == std::string::npos;
}

const std::string hostile = "a\x1b]0;title\x07\x1b[31m\x7f\u009b2J\u202e\xff\r\n\tz";

}  // namespace

TEST_CASE("control characters, broken UTF-8 and turned text become visible") {
  CHECK(shown(hostile) == "a\\x1b]0;title\\x07\\x1b[31m\\x7f\\x9b2J\\u202e\\xff\\x0d\\n\\tz");
  CHECK(is_safe(shown(hostile)));
  CHECK(shown("größer \\ 漢字 😀") == "größer \\ 漢字 😀");
  CHECK(shown("") == "");
}

TEST_CASE("JSON means what it meant, with escapes") {
  CHECK(shown_json("{\"a\x7f\":\"\u009b\u202e\u2028\"}") == R"({"a\u007f":"\u009b\u202e\u2028"})");
  CHECK(shown_json(R"({"a":"\u001b[31m é"})") == R"({"a":"\u001b[31m é"})");
  CHECK(is_safe(shown_json("\"" + hostile + "\"").substr(0, 5)));
}

TEST_CASE("pretty JSON keeps values as they are written, and empty ones short") {
  CHECK(pretty_json(R"({"a":[1.50,{}],"b":"x","c":[]})") == "{\n  \"a\": [\n    1.50,\n    {}\n  ],\n  \"b\": \"x\",\n  \"c\": []\n}");
  CHECK(pretty_json("5") == "5");
  CHECK(is_safe(pretty_json("{\"k\u009b\":\"\u202e\"}")));
}

TEST_CASE("what is cut ends with dots, and no character is broken") {
  CHECK(cut_to("größer", 6) == "größer");
  CHECK(cut_to("größer", 4) == "grö…");
  CHECK(cut_to("größer", 0) == "");
  CHECK(width_of("größer") == 6);
}

TEST_CASE("columns are as wide as what stands in them") {
  text_table table{"NAME", ">N", "REST"};
  table.add({"ä", "1,000", "x"});
  table.add({"long name", "2", "y"});
  CHECK(table.text() == "NAME           N  REST\nä          1,000  x\nlong name      2  y\n");
  CHECK(table.lines(8)[1] == "ä      …");
  CHECK(fact_line("offset", "3") == "offset        3\n");
}

TEST_CASE("a publication is a line, whatever stands in it") {
  CHECK(publication_line(R"({"offset":4,"time":"2026-01-01T00:00:00.000Z","key":"k","data":{"a":1},"tags":{}})") ==
        "4  2026-01-01T00:00:00.000Z  k  {\"a\":1}");
  CHECK(publication_line(R"({"offset":5,"time":"t","key":"k","removed":true})") == "5  t  k  (removed)");
  CHECK(publication_line(R"({"offset":6,"time":"t","data":"\u001b"})") == "6  t  -  \"\\u001b\"");
  CHECK(publication_line(R"({"offset":6,"time":"t","key":"\u001b[2J","data":1})") == "6  t  \\x1b[2J  1");
}

TEST_CASE("a row reads what is there, and nothing of what is not") {
  const json_row row(R"({"a":"x","n":5,"f":1.5,"t":true,"l":[1,2],"o":{"b":"\u00e9"},"z":null})");
  CHECK(row.text("a") == "x");
  CHECK(row.number("n") == 5);
  CHECK(row.real("f") == 1.5);
  CHECK(row.flag("t"));
  CHECK(row.list("l").size() == 2);
  CHECK(row.inner("o").text("b") == "é");
  CHECK(row.text("z").empty());
  CHECK(row.number("a") == 0);
  CHECK(row.list("n").empty());
  const json_row none("[1]");
  CHECK(none.members().empty());
}
