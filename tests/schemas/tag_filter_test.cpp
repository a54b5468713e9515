// The filter over tags: every comparison on a present and an absent tag, the operators, and what is refused.
#include <string>
#include <vector>

#include "schemas/tag_filter.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

const tag_map tags{{"empty", ""}, {"level", "7"}, {"room", "kitchen"}};

bool holds(const std::string& filter) {
  const auto read = read_tag_filter(filter, {});
  if (!read) FAIL(filter << ": " << read.error().detail);
  return matches(*read, tags);
}

bool refused(const std::string& filter, const limits& bounds = {}) {
  const auto read = read_tag_filter(filter, bounds);
  return !read && read.error().code == errc::bad_request;
}

std::string node(const std::string& key, const std::string& cmp, const std::string& val = {}) {
  return R"({"key":")" + key + R"(","cmp":")" + cmp + R"(","val":")" + val + R"("})";
}

}  // namespace

TEST_CASE("every comparison, of a tag that is there and of one that is not") {
  struct row {
    std::string cmp, val;
    bool room, absent;
  };
  const std::vector<row> rows{
      {"eq", "kitchen", true, false}, {"eq", "attic", false, false}, {"neq", "kitchen", false, true}, {"neq", "attic", true, true},
      {"ex", "", true, false},        {"nex", "", false, true},      {"sw", "kit", true, false},      {"sw", "chen", false, false},
      {"ew", "chen", true, false},    {"ew", "kit", false, false},   {"ct", "tch", true, false},      {"ct", "x", false, false},
      {"lt", "8", false, false},      {"gte", "0", false, false},
  };
  for (const auto& each : rows) {
    CAPTURE(each.cmp, each.val);
    CHECK(holds(node("room", each.cmp, each.val)) == each.room);
    CHECK(holds(node("nowhere", each.cmp, each.val)) == each.absent);
  }
}

TEST_CASE("a set of values") {
  CHECK(holds(R"({"key":"room","cmp":"in","vals":["hall","kitchen"]})"));
  CHECK_FALSE(holds(R"({"key":"room","cmp":"in","vals":["hall"]})"));
  CHECK_FALSE(holds(R"({"key":"room","cmp":"nin","vals":["hall","kitchen"]})"));
  CHECK(holds(R"({"key":"nowhere","cmp":"nin","vals":["hall"]})"));
  CHECK_FALSE(holds(R"({"key":"nowhere","cmp":"in","vals":["hall"]})"));
}

TEST_CASE("numbers compare as numbers, and nothing else does") {
  CHECK(holds(node("level", "lt", "10")));  // as text it would not
  CHECK(holds(node("level", "lte", "7.0")));
  CHECK(holds(node("level", "gt", "-1e3")));
  CHECK(holds(node("level", "gte", "7")));
  CHECK_FALSE(holds(node("level", "gt", "7")));
  CHECK_FALSE(holds(node("level", "gt", "")));
  CHECK_FALSE(holds(node("level", "gt", "5x")));
  CHECK_FALSE(holds(node("empty", "gte", "0")));
}

TEST_CASE("operators") {
  const auto yes = node("room", "ex");
  const auto no = node("room", "nex");
  CHECK(holds(R"({"op":"and","nodes":[)" + yes + "," + yes + "]}"));
  CHECK_FALSE(holds(R"({"op":"and","nodes":[)" + yes + "," + no + "]}"));
  CHECK(holds(R"({"op":"or","nodes":[)" + no + "," + yes + "]}"));
  CHECK_FALSE(holds(R"({"op":"or","nodes":[)" + no + "]}"));
  CHECK(holds(R"({"op":"not","nodes":[)" + no + "]}"));
  CHECK(holds(R"({"op":"not","nodes":[{"op":"and","nodes":[)" + yes + "," + no + "]}]}"));
}

TEST_CASE("equal filters are equal, whatever the order of members and values") {
  const auto read = [](std::string_view text) { return read_tag_filter(text, {}).value(); };
  CHECK(read(R"({"key":"a","cmp":"in","vals":["x","y"]})") == read(R"({"vals":["y","x"],"cmp":"in","key":"a","new":1})"));
  CHECK_FALSE(read(node("a", "eq", "x")) == read(node("a", "eq", "y")));
  CHECK_FALSE(read(node("a", "lt", "1")) == read(node("a", "lte", "1")));
}

TEST_CASE("what is no filter is refused") {
  for (const auto* each : {"1", "[]", "{}", R"({"key":"a"})", R"({"cmp":"ex"})", R"({"key":"a","cmp":"like","val":"x"})",
                           R"({"key":"a","cmp":"in"})", R"({"key":"a","cmp":"in","vals":[]})", R"({"key":"a","cmp":"in","vals":[1]})",
                           R"({"key":1,"cmp":"ex"})", R"({"op":"and"})", R"({"op":"or","nodes":[]})", R"({"op":"xor","nodes":[{}]})",
                           R"({"op":"and","nodes":[1]})", R"({"op":"not","nodes":[{"key":"a","cmp":"ex"},{"key":"b","cmp":"ex"}]})"}) {
    CAPTURE(each);
    CHECK(refused(each));
  }
}

TEST_CASE("a filter is bounded in depth and in size") {
  limits bounds;
  bounds.filter_depth_max = 3;
  bounds.filter_nodes_max = 5;
  std::string deep = node("a", "ex");
  for (int i = 0; i < 2; ++i) deep = R"({"op":"not","nodes":[)" + deep + "]}";
  CHECK(read_tag_filter(deep, bounds));
  CHECK(refused(R"({"op":"not","nodes":[)" + deep + "]}", bounds));
  CHECK(read_tag_filter(R"({"key":"a","cmp":"in","vals":["1","2","3","4"]})", bounds));
  CHECK(refused(R"({"key":"a","cmp":"in","vals":["1","2","3","4","5"]})", bounds));
  CHECK(refused(R"({"op":"or","nodes":[)" + node("a", "ex") + "," + node("b", "ex") + "," + node("c", "ex") + "," + node("d", "ex") + "," +
                    node("e", "ex") + "]}",
                bounds));
}
