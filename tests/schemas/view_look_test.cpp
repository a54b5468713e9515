// How a change looks through a view: what is hidden, shown, shown as removed, and when a delta is enough.
#include <string>

#include "schemas/fossil_delta.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/view.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;
using kind = sight::kind;

namespace {

const std::string long_note(60, 'n');

std::string lamp(const std::string& state, int level) {
  return R"({"state":")" + state + R"(","level":)" + std::to_string(level) + R"(,"note":")" + long_note + R"("})";
}

publication changed(const std::string& state, int level, const std::string& state_before) {
  publication made;
  made.offset = 7;
  made.key = "lamp";
  made.data = lamp(state, level);
  made.tags = {{"state", state}};
  if (!state_before.empty()) made.tags_before = {{"state", state_before}};
  return made;
}

publication removed(const std::string& state_before) {
  auto made = changed("", 0, state_before);
  made.removed = true;
  made.data.clear();
  made.tags.clear();
  return made;
}

view through(subscription_type type) { return {type, {}, {}, false}; }

view only_on(subscription_type type) {
  auto made = through(type);
  made.filter = read_tag_filter(R"({"key":"state","cmp":"eq","val":"on"})", {}).value();
  return made;
}

view levels(subscription_type type) {
  auto made = through(type);
  made.fields = field_mask::of({"level"}, {}).value();
  return made;
}

view deltas(view of) {
  of.delta = true;
  return of;
}

constexpr auto map = subscription_type::map;
constexpr auto stream = subscription_type::stream;

}  // namespace

TEST_CASE("a filtered map shows who enters, hides who stays outside, and removes who leaves") {
  const auto seen = [](const publication& told) { return look(only_on(map), told).what; };
  CHECK(seen(changed("on", 1, "")) == kind::document);
  CHECK(seen(changed("on", 1, "on")) == kind::document);
  CHECK(seen(changed("on", 1, "off")) == kind::document);
  CHECK(seen(changed("off", 1, "on")) == kind::removal);
  CHECK(seen(changed("off", 1, "off")) == kind::hidden);
  CHECK(seen(changed("off", 1, "")) == kind::hidden);
  CHECK(seen(removed("on")) == kind::removal);
  CHECK(seen(removed("off")) == kind::hidden);
}

TEST_CASE("a filtered stream shows what passes, a removal by what was removed") {
  const auto seen = [](const publication& told) { return look(only_on(stream), told).what; };
  CHECK(seen(changed("on", 1, "off")) == kind::document);
  CHECK(seen(changed("off", 1, "on")) == kind::hidden);
  CHECK(seen(removed("on")) == kind::removal);
  CHECK(seen(removed("off")) == kind::hidden);
}

TEST_CASE("a map shows nothing of publications without a key") {
  publication keyless;
  keyless.data = "1";
  CHECK(look(only_on(map), keyless).what == kind::hidden);
  CHECK(look(levels(map), keyless).what == kind::hidden);
  CHECK(look(levels(stream), keyless).data == "{}");
}

TEST_CASE("a change that touches nothing chosen is hidden, unless what was before is not known") {
  const auto before = lamp("off", 5);
  const auto told = changed("on", 5, "off");
  CHECK(look(levels(map), told, {&before, nullptr}).what == kind::hidden);
  CHECK(look(levels(stream), told, {&before, nullptr}).what == kind::hidden);
  CHECK(look(levels(map), told).data == R"({"level":5})");
  const auto other = lamp("on", 4);
  CHECK(look(levels(map), told, {&other, nullptr}).data == R"({"level":5})");
  CHECK(look(levels(map), removed("on"), {&before, nullptr}).what == kind::removal);
}

TEST_CASE("who enters a filter is shown though nothing chosen changed") {
  auto wanted = levels(map);
  wanted.filter = only_on(map).filter;
  const auto before = lamp("off", 5);
  CHECK(look(wanted, changed("on", 5, "off"), {&before, nullptr}).data == R"({"level":5})");
}

TEST_CASE("a map's delta is against the document before, a stream's against what was sent last") {
  const auto before = lamp("off", 1);
  const auto sent = lamp("on", 1);
  const auto told = changed("on", 2, "off");
  const auto on_map = look(deltas(through(map)), told, {&before, nullptr});
  CHECK(on_map.delta);
  CHECK(on_map.data == make_fossil_delta(before, told.data));
  const auto on_stream = look(deltas(through(stream)), told, {&before, &sent});
  CHECK(on_stream.delta);
  CHECK(on_stream.data == make_fossil_delta(sent, told.data));
}

TEST_CASE("without a base, and where a delta would not be shorter, the whole document is shown") {
  const auto told = changed("on", 2, "off");
  const std::string other = R"({"x":1})";
  for (const auto* base : {static_cast<const std::string*>(nullptr), &other}) {
    const auto seen = look(deltas(through(map)), told, {base, nullptr});
    CHECK_FALSE(seen.delta);
    CHECK(seen.data == told.data);
  }
}

TEST_CASE("who enters a filter has no base") {
  const auto before = lamp("off", 1);
  CHECK_FALSE(look(deltas(only_on(map)), changed("on", 2, "off"), {&before, nullptr}).delta);
  CHECK(look(deltas(only_on(map)), changed("on", 2, "on"), {&before, nullptr}).delta);
}

TEST_CASE("a delta is of what was chosen") {
  auto wanted = deltas(through(map));
  wanted.fields = field_mask::of({"level", "note"}, {}).value();
  const auto before = lamp("off", 1);
  const auto seen = look(wanted, changed("on", 2, "off"), {&before, nullptr});
  CHECK(seen.delta);
  CHECK(seen.data == make_fossil_delta(wanted.fields->project(before), wanted.fields->project(lamp("on", 2))));
}

TEST_CASE("where deltas are granted, every document is a string, a removal in a stream too") {
  const auto one = [](const view& of, const publication& told) {
    std::string out;
    publication_ptr last;
    encode_run(dialect::json, of, {"c"}, std::vector<change>{{std::make_shared<const publication>(told), nullptr}}, last, 1'000, out);
    return out;
  };
  publication short_one;
  short_one.offset = 1;
  short_one.key = "k";
  short_one.data = R"({"a":1})";
  CHECK(one(deltas(through(map)), short_one) == R"({"push":{"channel":"c","pub":{"data":"{\"a\":1}","offset":1,"key":"k"}}})");
  CHECK(one(deltas(through(stream)), removed("on")) == R"({"push":{"channel":"c","pub":{"data":"null","offset":7}}})");
  CHECK(one(deltas(through(map)), removed("on")) == R"({"push":{"channel":"c","pub":{"offset":7,"key":"lamp","removed":true}}})");
}

TEST_CASE("a stream's deltas make a chain from one publication to the next, also across the cut of a run") {
  std::vector<change> run;
  for (int level = 1; level <= 4; ++level) run.push_back({std::make_shared<const publication>(changed("on", level, "on")), nullptr});
  publication_ptr last;
  std::string first, second;
  const auto part = encode_run(dialect::json, deltas(through(stream)), {"c"}, std::span(run).first(2), last, 10'000, first);
  CHECK(part.shown == 2);
  CHECK(last == run[1].told);
  encode_run(dialect::json, deltas(through(stream)), {"c"}, std::span(run).subspan(2), last, 10'000, second);
  const auto deltas_in = [](const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find(R"("delta":true)"); at != std::string::npos; at = text.find(R"("delta":true)", at + 1)) ++count;
    return count;
  };
  CHECK(deltas_in(first) == 1);
  CHECK(deltas_in(second) == 2);
}

TEST_CASE("replies show state and what was missed through the view, and hide nothing that fields would") {
  subscribe_result told;
  told.type = map;
  told.epoch = "e";
  told.offset = 7;
  auto wanted = std::make_shared<view>(levels(map));
  wanted->filter = only_on(map).filter;
  told.through = wanted;
  told.publications = std::vector<publication_ptr>{std::make_shared<const publication>(changed("on", 2, "on")),
                                                   std::make_shared<const publication>(changed("off", 2, "on")),
                                                   std::make_shared<const publication>(changed("off", 2, "off"))};
  told.state = std::vector{std::make_shared<const entity_document>(entity_document{"a", 3, 0, lamp("on", 3), {{"state", "on"}}}),
                           std::make_shared<const entity_document>(entity_document{"b", 4, 0, lamp("off", 3), {{"state", "off"}}})};
  std::string out;
  encode_reply(dialect::json, 1, told, out);
  CHECK(out ==
        R"({"id":1,"subscribe":{"type":1,"epoch":"e","state":[{"data":{"level":3},"offset":3,"key":"a","tags":{"state":"on"}}],)"
        R"("publications":[{"data":{"level":2},"offset":7,"key":"lamp","tags":{"state":"on"}},{"offset":7,"key":"lamp","removed":true}],)"
        R"("offset":7}})");
}

TEST_CASE("a view that is restricted shows what of it may be read, and no tag that tells more") {
  const auto mask = [](const std::vector<std::string>& paths) { return field_mask::of(paths, {}).value(); };
  protocol::view wanted;
  REQUIRE(protocol::restrict_to(mask({"state", "a.b"}), wanted));
  CHECK(wanted.fields == mask({"state", "a.b"}));
  CHECK_FALSE(wanted.plain());
  CHECK(protocol::shown_tags(wanted, {{"mine", "1"}, {"state", "on"}, {"type", "lamp"}}) == tag_map{{"state", "on"}});

  protocol::view choosy;
  choosy.fields = mask({"a", "c"});
  REQUIRE(protocol::restrict_to(mask({"state", "a.b"}), choosy));
  CHECK(choosy.fields == mask({"a.b"}));

  protocol::view greedy;
  greedy.fields = mask({"secret"});
  CHECK(protocol::restrict_to(mask({"state"}), greedy).error().code == errc::permission_denied);

  protocol::view asking;
  asking.filter = read_tag_filter(R"({"op":"and","nodes":[{"key":"state","cmp":"eq","val":"on"},{"key":"type","cmp":"ex"}]})", {}).value();
  CHECK(protocol::restrict_to(mask({"state"}), asking).error().code == errc::permission_denied);
  asking.filter = read_tag_filter(R"({"key":"state","cmp":"eq","val":"on"})", {}).value();
  CHECK(protocol::restrict_to(mask({"state"}), asking));
}
