// The examples of RFC 6902, appendix A, and what else a patch may meet.
#include <rapidcheck.h>
#include <nlohmann/json.hpp>
#include <string>

#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using nlohmann::json;

namespace {

std::string patched(std::string_view document, std::string_view patch, const limits& bounds = {}) {
  INFO(document << " " << patch);
  const auto made = json_patch(document, patch, bounds);
  if (!made) FAIL(made.error().detail);
  return *made;
}

failure refused(std::string_view document, std::string_view patch, const limits& bounds = {}) {
  INFO(document << " " << patch);
  const auto made = json_patch(document, patch, bounds);
  REQUIRE_FALSE(made.has_value());
  return made.error();
}

errc code(std::string_view document, std::string_view patch) { return refused(document, patch).code; }

}  // namespace

TEST_CASE("the examples of RFC 6902, appendix A") {
  SECTION("A.1 adding an object member") {
    CHECK(patched(R"({ "foo": "bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])") == R"({ "foo": "bar","baz":"qux"})");
  }
  SECTION("A.2 adding an array element") {
    CHECK(patched(R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])") == R"({"foo":["bar","qux","baz"]})");
  }
  SECTION("A.3 removing an object member") {
    CHECK(patched(R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])") == R"({"foo":"bar"})");
  }
  SECTION("A.4 removing an array element") {
    CHECK(patched(R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])") == R"({"foo":["bar","baz"]})");
  }
  SECTION("A.5 replacing a value") {
    CHECK(patched(R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])") == R"({"baz":"boo","foo":"bar"})");
  }
  SECTION("A.6 moving a value") {
    CHECK(patched(R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
                  R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])") ==
          R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})");
  }
  SECTION("A.7 moving an array element") {
    CHECK(patched(R"({"foo":["all","grass","cows","eat"]})", R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])") ==
          R"({"foo":["all","cows","eat","grass"]})");
  }
  SECTION("A.8 testing a value: success") {
    CHECK(patched(R"({"baz":"qux","foo":["a",2,"c"]})",
                  R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])") ==
          R"({"baz":"qux","foo":["a",2,"c"]})");
  }
  SECTION("A.9 testing a value: error") {
    CHECK(code(R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])") == errc::conflict);
  }
  SECTION("A.10 adding a nested member object") {
    CHECK(patched(R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])") ==
          R"({"foo":"bar","child":{"grandchild":{}}})");
  }
  SECTION("A.11 ignoring unrecognized elements") {
    CHECK(patched(R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])") == R"({"foo":"bar","baz":"qux"})");
  }
  SECTION("A.12 adding to a nonexistent target") {
    CHECK(code(R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])") == errc::conflict);
  }
  SECTION("A.13 invalid JSON patch document: of an operation that stands twice the last counts here, as in any object") {
    CHECK(code(R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","op":"remove"}])") == errc::conflict);
  }
  SECTION("A.14 ~ escape ordering") {
    CHECK(patched(R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])") == R"({"/":9,"~1":10})");
  }
  SECTION("A.15 comparing strings and numbers") {
    CHECK(code(R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])") == errc::conflict);
  }
  SECTION("A.16 adding an array value") {
    CHECK(patched(R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])") == R"({"foo":["bar",["abc","def"]]})");
  }
}

TEST_CASE("what a patch does not touch keeps its bytes") {
  CHECK(patched(R"({"n": 1.000, "big":123456789012345678, "e":1E+2,"s":"\u00e9\/" ,"z":[ 1 , 2 ]})",
                R"([{"op":"replace","path":"/e","value":7},{"op":"add","path":"/z/1","value":3},{"op":"remove","path":"/s"}])") ==
        R"({"n": 1.000, "big":123456789012345678, "e":7,"z":[ 1 , 3,2 ]})");
  CHECK(patched(R"({"a":1})", R"([])") == R"({"a":1})");
  CHECK(patched(R"({"a":1})", R"([{"op":"move","from":"/a","path":"/a"}])") == R"({"a":1})");
}

TEST_CASE("the edges of containers") {
  CHECK(patched("{}", R"([{"op":"add","path":"/a","value":1}])") == R"({"a":1})");
  CHECK(patched("[]", R"([{"op":"add","path":"/-","value":1},{"op":"add","path":"/0","value":0},{"op":"add","path":"/2","value":2}])") ==
        "[0,1,2]");
  CHECK(patched("[1]", R"([{"op":"remove","path":"/0"}])") == "[]");
  CHECK(patched("[1,2]", R"([{"op":"remove","path":"/1"}])") == "[1]");
  CHECK(patched(R"({"a":1})", R"([{"op":"remove","path":"/a"}])") == "{}");
  CHECK(patched(R"({"a":1,"b":2})", R"([{"op":"remove","path":"/b"}])") == R"({"a":1})");
  CHECK(patched("1", R"([{"op":"add","path":"","value":{"a":2}},{"op":"replace","path":"/a","value":3}])") == R"({"a":3})");
  CHECK(patched(R"({"a":1})", R"([{"op":"copy","from":"","path":"/self"}])") == R"({"a":1,"self":{"a":1}})");
  CHECK(patched(R"({"":{"":1}})", R"([{"op":"replace","path":"//","value":2}])") == R"({"":{"":2}})");
  CHECK(patched(R"({"a/b":1,"m~n":2,"q\"":3})",
                R"([{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"},{"op":"remove","path":"/q\""}])") == "{}");
  CHECK(patched(R"({"\u0061":1})", R"([{"op":"replace","path":"/a","value":2}])") == R"({"\u0061":2})");
  CHECK(patched(R"({"0":1})", R"([{"op":"remove","path":"/0"}])") == "{}");
}

TEST_CASE("of a name that stands twice the last value is the value") {
  CHECK(patched(R"({"a":1,"b":2,"a":3})", R"([{"op":"test","path":"/a","value":3},{"op":"replace","path":"/a","value":4}])") ==
        R"({"a":1,"b":2,"a":4})");
  CHECK(patched(R"({"a":1,"b":2,"a":3})", R"([{"op":"remove","path":"/a"}])") == R"({"b":2})");
}

TEST_CASE("a path that leads to nothing is a conflict, and says which step it was") {
  for (const auto* patch :
       {R"([{"op":"remove","path":"/b"}])", R"([{"op":"replace","path":"/b","value":1}])", R"([{"op":"test","path":"/b","value":null}])",
        R"([{"op":"copy","from":"/b","path":"/c"}])", R"([{"op":"add","path":"/l/3","value":1}])",
        R"([{"op":"add","path":"/l/01","value":1}])", R"([{"op":"add","path":"/l/x","value":1}])",
        R"([{"op":"replace","path":"/l/-","value":1}])", R"([{"op":"remove","path":"/l/-1"}])", R"([{"op":"remove","path":"/a/b"}])",
        R"([{"op":"add","path":"/a/b","value":1}])", R"([{"op":"remove","path":"/l/1e0"}])"})
    CHECK(code(R"({"a":"text","l":[1,2]})", patch) == errc::conflict);
  CHECK(refused(R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"remove","path":"/b~1c"}])").detail ==
        R"(/1: the path "/b~1c" leads to nothing)");
}

TEST_CASE("a test compares by value") {
  const auto same = [](std::string_view left, std::string_view right) {
    CHECK(json_equal(left, right) == json_equal(right, left));
    return json_equal(left, right);
  };
  CHECK(same("1", "1.0"));
  CHECK(same("1e2", "100"));
  CHECK(same("100e-2", "1"));
  CHECK(same("-0", "0.00"));
  CHECK(same("0.1", "1E-1"));
  CHECK_FALSE(same("9007199254740993", "9007199254740992.0"));
  CHECK_FALSE(same("1", "-1"));
  CHECK_FALSE(same("1", "\"1\""));
  CHECK_FALSE(same("true", "false"));
  CHECK(same("null", "null"));
  CHECK_FALSE(same("null", "0"));
  CHECK(same(R"("\u00e9\/")", "\"\u00e9/\""));
  CHECK(same(R"({"a":[1,{"b":2}],"c":null})", R"({ "c":null, "a":[1.0,{"b":2}]})"));
  CHECK_FALSE(same(R"({"a":1})", R"({"a":1,"b":1})"));
  CHECK_FALSE(same("[1,2]", "[2,1]"));
  CHECK_FALSE(same("[1]", "[1,1]"));
}

TEST_CASE("what is no patch is refused with the place") {
  const auto place = [](std::string_view patch) {
    INFO(patch);
    const auto checked = check_json_patch(patch);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == errc::bad_request);
    CHECK(refused("{}", patch).detail == checked.error().detail);
    return checked.error().detail.substr(0, checked.error().detail.find(':'));
  };
  CHECK(place("{}") == "a JSON patch is an array of steps");
  CHECK(place("[1]") == "/0");
  CHECK(place(R"([{"path":"/a"}])") == "/0/op");
  CHECK(place(R"([{"op":"spam","path":"/a"}])") == "/0/op");
  CHECK(place(R"([{"op":1,"path":"/a"}])") == "/0/op");
  CHECK(place(R"([{"op":"test","path":"","value":{}},{"op":"remove"}])") == "/1/path");
  CHECK(place(R"([{"op":"remove","path":"a"}])") == "/0/path");
  CHECK(place(R"([{"op":"remove","path":"/a~"}])") == "/0/path");
  CHECK(place(R"([{"op":"remove","path":"/a~2"}])") == "/0/path");
  CHECK(place(R"([{"op":"remove","path":null}])") == "/0/path");
  CHECK(place(R"([{"op":"remove","path":""}])") == "/0/path");
  CHECK(place(R"([{"op":"add","path":"/a"}])") == "/0/value");
  CHECK(place(R"([{"op":"test","path":"/a"}])") == "/0/value");
  CHECK(place(R"([{"op":"replace","path":"/a"}])") == "/0/value");
  CHECK(place(R"([{"op":"copy","path":"/a"}])") == "/0/from");
  CHECK(place(R"([{"op":"move","path":"/a","from":"b"}])") == "/0/from");
  CHECK(place(R"([{"op":"move","path":"/a/b","from":"/a"}])") == "/0/path");
  CHECK(check_json_patch("[]"));
}

TEST_CASE("a patch is bounded in what it makes and in how much it does") {
  limits bounds;
  bounds.document_bytes_max = 40;
  CHECK(refused(R"({"a":"0123456789"})", R"([{"op":"copy","from":"","path":"/b"},{"op":"copy","from":"","path":"/c"}])", bounds).code ==
        errc::payload_too_large);
  bounds = {};
  bounds.patch_work_bytes_max = 100;
  std::string patch = "[";
  for (int at = 0; at < 20; ++at) patch += R"({"op":"test","path":"/a","value":1},)";
  patch.back() = ']';
  CHECK(refused(R"({"a":1})", patch, bounds).code == errc::limit_exceeded);
  bounds = {};
  bounds.json_depth_max = 3;
  CHECK(refused(R"({"a":{"b":{"c":1}}})", R"([{"op":"add","path":"/a/b/c","value":[1]}])", bounds).code == errc::unprocessable);
}

namespace {

json random_value(int levels) {
  const auto kind = *rc::gen::inRange(0, levels > 0 ? 6 : 4);
  if (kind == 0) return nullptr;
  if (kind == 1) return *rc::gen::arbitrary<bool>();
  if (kind == 2) return *rc::gen::inRange(-1000, 1000);
  if (kind == 3) return *rc::gen::elementOf(std::vector<std::string>{"", "x", "~", "\u00e9\""});
  auto made = kind == 4 ? json::array() : json::object();
  for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
    if (kind == 4)
      made.push_back(random_value(levels - 1));
    else
      made[*rc::gen::elementOf(std::vector<std::string>{"a", "b/", "~c", "0", "-", "\""})] = random_value(levels - 1);
  }
  return made;
}

}  // namespace

TEST_CASE("the way from one value to another is found by another implementation, and walked by this one") {
  CHECK(rc::check("diff, then patch", [] {
    const auto from = random_value(4);
    const auto to = random_value(4);
    const auto patch = json::diff(from, to);
    const auto made = json_patch(from.dump(), patch.dump(), {});
    RC_ASSERT(made.has_value());
    RC_ASSERT(json::parse(*made) == to);
    RC_ASSERT(json_equal(*made, to.dump()));
  }));
}

TEST_CASE("random steps do what they do in another implementation") {
  CHECK(rc::check("steps", [] {
    auto document = random_value(3);
    if (document.is_primitive()) return;  // the other one takes it for granted that a path leads through containers
    const auto flat = document.flatten();
    std::vector<std::string> paths{"", "/a", "/0", "/-", "/b~1"};
    for (const auto& each : flat.items()) paths.push_back(each.key());
    const auto path = *rc::gen::elementOf(paths);
    const auto from = *rc::gen::elementOf(paths);
    const auto op = *rc::gen::elementOf(std::vector<std::string>{"add", "remove", "replace", "copy", "test"});
    if (op == "remove" && path.empty()) return;
    const auto patch = json::array({{{"op", op}, {"path", path}, {"from", from}, {"value", random_value(1)}}});
    const auto made = json_patch(document.dump(), patch.dump(), {});
    try {
      const auto wanted = document.patch(patch);
      RC_ASSERT(made.has_value());
      RC_ASSERT(json::parse(*made) == wanted);
    } catch (const json::exception&) {
      RC_ASSERT_FALSE(made.has_value());
    }
  }));
}
