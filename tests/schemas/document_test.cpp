#include "schemas/document.hpp"

#include <rapidcheck.h>
#include <nlohmann/json.hpp>
#include <string>

#include "schemas/json.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using nlohmann::json;

namespace {

std::string merged(std::string_view document, std::string_view patch) {
  const auto made = merge_patch(document, patch, limits{});
  if (!made) FAIL(made.error().detail);
  return *made;
}

std::string incremented(std::string_view document, std::string_view operand) {
  const auto made = increment(document, operand, limits{});
  if (!made) FAIL(made.error().detail);
  return *made;
}

failure refused(std::string_view document, std::string_view operand) {
  const auto made = increment(document, operand, limits{});
  INFO(operand);
  REQUIRE_FALSE(made.has_value());
  return made.error();
}

// A small random value over few names, so that a patch often meets its document.
json random_value(int levels) {
  static const std::vector<std::string> names{"a", "b", "c\"", "d\n", "\u00e9", "ff", "g", "h", "i", "j", "k", "l"};
  const auto kind = *rc::gen::inRange(0, levels > 0 ? 8 : 5);
  if (kind == 0) return nullptr;
  if (kind == 1) return *rc::gen::arbitrary<bool>();
  if (kind == 2) return *rc::gen::inRange(-1000, 1000);
  if (kind == 3) return *rc::gen::elementOf(names);
  if (kind == 4) return *rc::gen::inRange(-100, 100) / 8.0;
  const auto size = *rc::gen::inRange(0, 12);
  auto made = kind == 5 ? json::array() : json::object();
  for (int at = 0; at < size; ++at) {
    if (kind == 5) {
      made.push_back(random_value(levels - 1));
    } else {
      made[*rc::gen::elementOf(names)] = random_value(levels - 1);
    }
  }
  return made;
}

}  // namespace

TEST_CASE("RFC 7396, appendix A") {
  struct row {
    std::string_view original, patch, result;
  };
  for (const auto& [original, patch, result] : {
           row{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
           row{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
           row{R"({"a":"b"})", R"({"a":null})", R"({})"},
           row{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
           row{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
           row{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
           row{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
           row{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
           row{R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
           row{R"({"a":"b"})", R"(["c"])", R"(["c"])"},
           row{R"({"a":"foo"})", R"(null)", R"(null)"},
           row{R"({"a":"foo"})", R"("bar")", R"("bar")"},
           row{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
           row{R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
           row{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
       }) {
    INFO(original << " + " << patch);
    CHECK(merged(original, patch) == result);
  }
}

TEST_CASE("A missing document is created") {
  CHECK(merged("", R"({"a":1,"b":null,"c":{"d":null,"e":[null]}})") == R"({"a":1,"c":{"e":[null]}})");
  CHECK(merged("", "7") == "7");
}

TEST_CASE("A merge keeps bytes and order of what it does not touch") {
  CHECK(merged(R"({ "z" : 1.00 , "y":{ "p" : 1e2 }, "x":"\u00e9", "w":[ 1 ] })", R"({"y":{"q":2},"new":{ "k" : 1 }})") ==
        R"({"z" : 1.00,"y":{"p" : 1e2,"q":2},"x":"\u00e9", "w":[ 1 ],"new":{"k":1}})");
  CHECK(merged(R"({"a": 1 , "b" : 2})", "{}") == R"({"a": 1 , "b" : 2})");
}

TEST_CASE("Names are the same however they are escaped") {
  CHECK(merged(R"({"\u0061":1,"b":2})", R"({"a":3})") == R"({"\u0061":3,"b":2})");
  CHECK(merged(R"({"a":1,"b":2})", R"({"\u0061":null,"\u0062":5})") == R"({"b":5})");
}

TEST_CASE("Of repeated names the last value counts") {
  CHECK(merged(R"({"a":1,"b":2,"a":{"x":3}})", R"({"a":{"y":4}})") == R"({"a":{"x":3,"y":4},"b":2})");
  CHECK(merged(R"({"a":1,"b":2,"a":3})", R"({"a":null})") == R"({"b":2})");
  CHECK(merged(R"({"a":1,"b":2,"a":3,"c":4})", R"({"a":5})") == R"({"a":5,"b":2,"c":4})");
  CHECK(merged(R"({})", R"({"a":1,"a":2})") == R"({"a":2})");
}

TEST_CASE("A merge gives what another library's gives") {
  CHECK(rc::check("merge_patch", [] {
    auto document = random_value(4);
    const auto patch = random_value(4);
    const auto indent = *rc::gen::element(-1, 1);  // with white space, once compact
    const auto ours = merge_patch(*canonical_json(document.dump(indent), limits{}), patch.dump(), limits{});
    RC_ASSERT(ours.has_value());
    RC_ASSERT(canonical_json(*ours, limits{}).has_value());
    document.merge_patch(patch);
    RC_ASSERT(json::parse(*ours) == document);
  }));
}

TEST_CASE("A merge of many members") {
  json document = json::object();
  json patch = json::object();
  for (int at = 0; at < 1'000; ++at) {
    document["m" + std::to_string(at)] = at;
    if (at % 3 == 0) patch["m" + std::to_string(at)] = nullptr;
    if (at % 3 == 1) patch["m" + std::to_string(at)] = "changed";
    if (at % 3 == 2) patch["n" + std::to_string(at)] = "new";
  }
  const auto ours = merged(document.dump(), patch.dump());
  document.merge_patch(patch);
  CHECK(json::parse(ours) == document);
}

TEST_CASE("A merge is bounded") {
  limits bounds;
  bounds.document_bytes_max = 20;
  CHECK(merge_patch(R"({"a":"123456"})", R"({"b":1})", bounds).value() == R"({"a":"123456","b":1})");
  bounds.document_bytes_max = 19;
  const auto large = merge_patch(R"({"a":"123456"})", R"({"b":1})", bounds);
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().code == errc::payload_too_large);

  bounds = {};
  std::string deep = "1";
  for (std::size_t level = 0; level < bounds.json_depth_max; ++level) deep = R"({"a":)" + deep + "}";
  CHECK(merge_patch(deep, deep, bounds).value() == deep);
  const auto deeper = R"({"a":{"a":)" + deep + "}}";
  const auto refused_deep = merge_patch("", deeper, bounds);
  REQUIRE_FALSE(refused_deep.has_value());
  CHECK(refused_deep.error().code == errc::bad_request);
}

TEST_CASE("Broken text fails") {
  for (const std::string_view text : {"{", "{\"a\"", "{\"a\":1", "{\"a\":1,}"}) {
    CHECK_FALSE(merge_patch(text, R"({"a":2})", limits{}).has_value());
    CHECK_FALSE(merge_patch("{}", text, limits{}).has_value());
  }
  CHECK_FALSE(merge_patch("{}", "", limits{}).has_value());
}

TEST_CASE("increment adds, from zero where nothing is") {
  CHECK(incremented(R"({"n":41, "s":"x"})", R"({"n":1})") == R"({"n":42,"s":"x"})");
  CHECK(incremented("", R"({"n":-3,"m":{"by":2}})") == R"({"n":-3,"m":2})");
  CHECK(incremented(R"({"a\n":1})", R"({"a\n":1,"\u00e9":1})") == "{\"a\\n\":2,\"\u00e9\":1}");
  CHECK(incremented(R"({"n":1})", "{}") == R"({"n":1})");
}

TEST_CASE("Whole numbers stay whole, fractions stay fractions") {
  CHECK(incremented(R"({"n":9007199254740993})", R"({"n":2})") == R"({"n":9007199254740995})");
  CHECK(incremented(R"({"n":9223372036854775806})", R"({"n":1})") == R"({"n":9223372036854775807})");
  CHECK(incremented(R"({"n":1})", R"({"n":0.5})") == R"({"n":1.5})");
  CHECK(incremented(R"({"n":1.5})", R"({"n":0.5})") == R"({"n":2.0})");
  CHECK(incremented(R"({"n":1e2})", R"({"n":1})") == R"({"n":101.0})");
  CHECK(incremented(R"({"n":0.1})", R"({"n":0.2})") == R"({"n":0.30000000000000004})");
}

TEST_CASE("increment keeps to its bounds") {
  CHECK(incremented(R"({"n":1})", R"({"n":{"by":-1,"min":0,"max":1}})") == R"({"n":0})");
  CHECK(incremented(R"({"n":1})", R"({"n":{"by":1.5,"max":2.5}})") == R"({"n":2.5})");
  const auto below = refused(R"({"stock":1})", R"({"stock":{"by":-2,"min":0}})");
  CHECK(below.code == errc::conflict);
  CHECK(below.detail == R"(member "stock" would be -1, below its minimum 0)");
  const auto above = refused("", R"({"seats":{"by":3,"max":2.5}})");
  CHECK(above.code == errc::conflict);
  CHECK(above.detail == R"(member "seats" would be 3, above its maximum 2.5)");
  CHECK(refused(R"({"n":9223372036854775807})", R"({"n":1})").code == errc::conflict);
  CHECK(refused(R"({"n":-9223372036854775808})", R"({"n":-1})").code == errc::conflict);
  CHECK(refused(R"({"n":18446744073709551615})", R"({"n":-1})").code == errc::conflict);
  CHECK(refused(R"({"n":1.7e308})", R"({"n":1.7e308})").code == errc::conflict);
}

TEST_CASE("increment refuses what it cannot add") {
  for (const std::string_view document : {R"({"n":"1"})", R"({"n":null})", R"({"n":[1]})", "[]", "1", "null"}) {
    INFO(document);
    CHECK(refused(document, R"({"n":1})").code == errc::unprocessable);
  }
  CHECK(refused(R"({"n":"1"})", R"({"n":1})").detail == R"(member "n" is no number)");
  for (const std::string_view operand :
       {"1", "[]", R"({"n":"1"})", R"({"n":null})", R"({"n":{}})", R"({"n":{"min":1}})", R"({"n":{"by":"1"}})",
        R"({"n":{"by":1,"minimum":0}})", R"({"n":{"by":1,"min":null}})", R"({"n":18446744073709551616})"}) {
    CHECK(refused("{}", operand).code == errc::bad_request);
  }
}

TEST_CASE("One refused member refuses the increment") { CHECK(refused(R"({"b":"x"})", R"({"a":1,"b":1})").code == errc::unprocessable); }

TEST_CASE("index_tags mirrors type, source and state where they are strings") {
  CHECK(index_tags(R"({"type":"sensor","attributes":{"state":"deep"},"state":"o\"n","source":"\u00e9"})") ==
        tag_map{{"source", "\u00e9"}, {"state", "o\"n"}, {"type", "sensor"}});
  CHECK(index_tags(R"({"type":1,"state":null,"source":["x"]})").empty());
  CHECK(index_tags(R"({"\u0074ype":"a","type":"b"})") == tag_map{{"type", "b"}});
  CHECK(index_tags(R"({"type":"a","type":1})").empty());
  CHECK(index_tags("[\"type\"]").empty());
  CHECK(index_tags("").empty());
  const auto most = std::string(limits{}.tag_bytes_max, 'x');
  CHECK(index_tags(R"({"type":")" + most + "\"}") == tag_map{{"type", most}});
  CHECK(index_tags(R"({"type":")" + most + "x\"}").empty());
}
