// Subscriptions to many rooms.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

publication_ptr change_of(std::uint64_t offset, std::string key, int value) {
  auto made = std::make_shared<publication>();
  made->offset = offset;
  made->data = std::to_string(value);
  if (!key.empty()) made->key = std::move(key);
  if (value < 0) {
    made->removed = true;
    made->data.clear();
  }
  return made;
}

storage::indexed_entity row(std::string room, std::string key, int value) {
  return {std::move(room), {std::move(key), 1, 0, std::to_string(value), {}}};
}

// "key=value" or "-key" of each, or "room:value" without a key; `!` begins what has an offset, for it should not.
strings shown(const json& publications) {
  strings all;
  for (const auto& each : publications) {
    std::string text = each.contains("offset") ? "!" : "";
    const auto room = each.contains("tags") ? each["tags"]["room"].get<std::string>() : "";
    if (each.value("removed", false)) {
      text += "-" + each["key"].get<std::string>();
    } else {
      text += each.contains("key") ? each["key"].get<std::string>() + "=" : room + ":";
      text += each["data"].dump();
    }
    all.push_back(text);
  }
  return all;
}

class pattern_stage : public stage {
 public:
  using stage::stage;

  std::shared_ptr<kept_reply<subscribe_step>> subscribe(const listener& who, const std::string& pattern, protocol::view_ptr through,
                                                        protocol::subscribe_command asked = {}) {
    const auto answer = std::make_shared<kept_reply<subscribe_step>>();
    asked.channel = pattern;
    asked.type = static_cast<std::uint32_t>(through->type);
    state.handle(subscribe_pattern{pattern, {who.who, 1, std::move(asked), std::move(through), answer, {}}});
    return answer;
  }
  std::shared_ptr<kept_reply<subscribe_step>> page(const listener& who, const protocol::subscribe_result& after = {},
                                                   std::uint32_t limit = 2) {
    protocol::subscribe_command asked;
    asked.phase = 2;
    asked.limit = limit;
    asked.cursor = after.cursor;
    asked.offset = after.offset;
    asked.epoch = after.epoch;
    return subscribe(who, "a:*", plain_view(subscription_type::map), asked);
  }
  // The reader answers the oldest question.
  void read(std::vector<storage::indexed_entity> rows, bool more) {
    const auto asked = io.reads.front();
    io.reads.erase(io.reads.begin());
    state.on_states(asked.which, storage::states_page{std::move(rows), more});
  }
  void all_told() {
    while (io.questions > 0) {
      --io.questions;
      state.on_all_told();
    }
  }
  strings pushed(const listener& to) {
    settle();
    json all = json::array();
    for (const auto& each : to.heard())
      if (each.contains("push") && each["push"].contains("pub")) all.push_back(each["push"]["pub"]);
    return shown(all);
  }
  // The reply that made it live.
  json live(const listener& who) {
    settle();
    for (const auto& each : who.heard())
      if (each.contains("subscribe")) return each["subscribe"];
    return {};
  }
  bool told_2500(const listener& who) {
    settle();
    for (const auto& each : who.heard())
      if (each.contains("push") && each["push"].contains("unsubscribe")) return each["push"]["unsubscribe"]["code"] == 2500;
    return false;
  }
};

}  // namespace

TEST_CASE("a stream of a pattern is told of every room that matches, without offsets") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto answer = in.subscribe(ann, "a:*", plain_view(subscription_type::stream));
  REQUIRE(answer->got);
  CHECK(answer->got->value().live);
  CHECK(in.live(ann)["offset"].is_null());
  CHECK(in.live(ann)["recoverable"].is_null());

  in.tell("a:1", {change_of(7, "", 1), change_of(8, "k", 2)});
  in.tell("b:1", {change_of(1, "", 3)});
  in.tell("a:2", {change_of(1, "k", 4)});
  CHECK(in.pushed(ann) == strings{"a:1:1", "a:1:2", "a:2:4"});
  CHECK(ann.heard().back()["push"]["channel"] == "a:*");
  CHECK(in.state.statistics().members == 1);

  in.detach(ann, "a:*");
  in.tell("a:1", {change_of(9, "", 5)});
  CHECK(in.pushed(ann).size() == 3);
  CHECK(in.state.statistics().rooms == 0);
}

TEST_CASE("a room and the patterns that it matches are told each for itself") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto bob = in.connect();
  const auto eve = in.connect();
  in.attach(ann, "a:hall", 6);
  in.subscribe(bob, "a:*", plain_view(subscription_type::stream));
  in.subscribe(eve, "a:hall*", plain_view(subscription_type::map));
  in.tell("a:hall", {change_of(7, "k/1", 1)});
  CHECK(in.pushed(ann) == strings{"!:1"});
  CHECK(in.pushed(bob) == strings{"a:hall:1"});
  CHECK(in.pushed(eve) == strings{"a:hall/k/1=1"});
}

TEST_CASE("who is subscribed to a room, or to a pattern that it matches, is its audience") {
  pattern_stage in;
  const auto watched = [&](const std::string& room) {
    const auto answer = std::make_shared<kept_reply<bool>>();
    in.state.handle(ask_audience{room, answer});
    return answer->got->value();
  };
  const auto ann = in.connect();
  in.attach(ann, "b:1", 6);
  for (const auto type : {subscription_type::stream, subscription_type::map}) {
    const auto bob = in.connect();
    CHECK((watched("b:1") && !watched("b:2") && !watched("a:1")));
    in.subscribe(bob, "a:*", plain_view(type));
    CHECK((watched("a:1") && watched("a:") && !watched("a") && !watched("b:2")));
    in.detach(bob, "a:*");
  }
  in.detach(ann, "b:1");
  CHECK_FALSE(watched("b:1"));
}

TEST_CASE("a snapshot of many rooms goes live with what changed meanwhile") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto first = in.page(ann);
  REQUIRE(in.io.reads.size() == 1);
  CHECK(in.io.reads[0].pattern == "a:*");
  CHECK(in.io.reads[0].limit.rows == 2);
  in.tell("a:1", {change_of(5, "x", 51)});
  in.read({row("a:1", "w", 1), row("a:1", "x", 51)}, true);
  CHECK_FALSE(first->got);  // until all that was read is told

  in.all_told();
  REQUIRE(first->got);
  const auto page = first->got->value().page;
  CHECK_FALSE(first->got->value().live);
  REQUIRE(page.state.size() == 1);  // the other one comes as a change
  CHECK(page.state[0]->key == "a:1/w");
  CHECK(page.cursor == "a:1/x");

  const auto last = in.page(ann, page);
  CHECK(in.io.reads.at(0).after_room == "a:1");
  CHECK(in.io.reads.at(0).after_key == "x");
  in.tell("a:2", {change_of(1, "y", 2), change_of(2, "y", 3), change_of(3, "z", -1)});
  in.read({row("a:2", "v", 9), row("a:2", "y", 2)}, false);
  in.tell("a:1", {change_of(6, "w", 11)});
  in.all_told();
  REQUIRE(last->got);
  CHECK(last->got->value().live);
  const auto reply = in.live(ann);
  CHECK(shown(reply["state"]) == strings{"a:2/v=9"});
  CHECK(shown(reply["publications"]) == strings{"a:1/x=51", "a:2/y=3", "-a:2/z", "a:1/w=11"});
  CHECK_FALSE(reply.contains("recoverable"));

  in.tell("a:3", {change_of(1, "new", 1)});
  CHECK(in.pushed(ann) == strings{"a:3/new=1"});
}

TEST_CASE("one question about what is told serves all pages that were read before it") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto bob = in.connect();
  const auto eve = in.connect();
  const auto first = in.page(ann);
  const auto second = in.page(bob);
  const auto third = in.page(eve);
  in.read({}, false);
  CHECK(in.io.questions == 1);
  in.read({}, false);
  in.read({}, false);
  CHECK(in.io.questions == 1);
  in.io.questions = 0;
  in.state.on_all_told();
  CHECK(first->got);
  CHECK_FALSE(second->got);
  CHECK(in.io.questions == 1);
  in.all_told();
  CHECK(second->got);
  CHECK(third->got);
}

TEST_CASE("pages begin again when what they need is not there any more") {
  pattern_stage in(1, limits{.recovery_bytes_max = 4});
  const auto ann = in.connect();
  auto page = in.page(ann);
  in.read({row("a:1", "w", 1)}, true);
  in.all_told();
  const auto given = page->got->value().page;

  SECTION("too much has changed") { in.tell("a:1", {change_of(1, "x", 12345), change_of(2, "y", 1)}); }
  SECTION("the client took too long, and something has changed") {
    in.io.time += 61s;
    in.tell("a:1", {change_of(1, "x", 1)});
  }
  SECTION("a room has failed") {
    in.state.handle(lost_room{"a:1"});
    in.told("a:1");
  }
  SECTION("history was lost") { in.state.handle(reset_audience{"a:1"}); }
  page = in.page(ann, given);
  REQUIRE(page->got);
  CHECK(page->got->error().code == errc::unrecoverable);
  CHECK(in.io.reads.empty());
}

TEST_CASE("positions stay void when others have watched the pattern meanwhile") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto bob = in.connect();
  auto page = in.page(ann);
  in.read({row("a:1", "w", 1)}, true);
  in.all_told();
  const auto given = page->got->value().page;
  in.io.time += 61s;
  in.tell("a:1", {change_of(1, "w", -1)});  // nobody needs it: what was known of the pattern is forgotten
  in.subscribe(bob, "a:*", plain_view(subscription_type::stream));
  page = in.page(ann, given);
  REQUIRE(page->got);
  CHECK(page->got->error().code == errc::unrecoverable);
}

TEST_CASE("a page that was read in vain says so") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto page = in.page(ann);
  in.read({row("a:1", "w", 1)}, false);
  in.state.handle(reset_audience{"a:1"});
  in.all_told();
  CHECK(page->got->error().code == errc::unrecoverable);
  CHECK(in.live(ann).is_null());
}

TEST_CASE("a position is of one feed, though another one of the pattern has come as far") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto bob = in.connect();
  auto page = in.page(ann);
  in.tell("a:1", {change_of(1, "w", 1)});
  in.read({row("a:1", "w", 1)}, true);
  in.all_told();
  const auto given = page->got->value().page;
  const auto reading = in.page(ann, given);

  in.state.handle(reset_audience{"a:1"});  // with the only reader the feed goes; the next one begins a new feed
  in.page(bob);
  in.tell("a:1", {change_of(2, "w", 2)});
  in.read({row("a:2", "k", 1)}, true);
  in.all_told();
  REQUIRE(reading->got);
  CHECK(reading->got->error().code == errc::unrecoverable);
  page = in.page(ann, given);
  REQUIRE(page->got);
  CHECK(page->got->error().code == errc::unrecoverable);
}

TEST_CASE("positions and cursors of others are refused") {
  pattern_stage in;
  const auto ann = in.connect();
  protocol::subscribe_result made;
  made.cursor = "no room";
  CHECK(in.page(ann, made)->got->error().code == errc::bad_request);
  made.cursor = "a:1/k";
  made.epoch = "7";
  made.offset = 5;
  CHECK(in.page(ann, made)->got->error().code == errc::unrecoverable);
  protocol::subscribe_command asked;
  asked.recover = true;
  CHECK(in.subscribe(ann, "a:*", plain_view(subscription_type::map), asked)->got->error().code == errc::unrecoverable);
  asked.flag = 2;
  CHECK(in.subscribe(ann, "a:*", plain_view(subscription_type::stream), asked)->got->error().code == errc::unrecoverable);
  asked.flag = 0;
  REQUIRE(in.subscribe(ann, "a:*", plain_view(subscription_type::stream), asked)->got);
  CHECK(in.live(ann)["was_recovering"] == true);
  CHECK(in.live(ann)["recovered"].is_null());
}

TEST_CASE("who watches many rooms begins again when one of them may have told less than it has committed") {
  pattern_stage in;
  const auto ann = in.connect();
  const auto bob = in.connect();
  in.subscribe(ann, "a:*", plain_view(subscription_type::map));
  in.subscribe(bob, "b:*", plain_view(subscription_type::map));
  SECTION("it has failed, and opens again") {
    in.state.handle(lost_room{"a:1"});
    CHECK_FALSE(in.told_2500(ann));
    in.told("a:1");
  }
  SECTION("it tells what it found in its stream") { in.state.handle(run{"a:1", changes({change_of(1, "k", 1)}), 0, 0, nullptr}); }
  SECTION("its history was lost") { in.state.handle(reset_audience{"a:1"}); }
  CHECK(in.told_2500(ann));
  CHECK_FALSE(in.told_2500(bob));
  CHECK(in.state.statistics().members == 1);

  in.subscribe(ann, "a:*", plain_view(subscription_type::stream));
  in.told("a:1");
  in.tell("a:1", {change_of(2, "k", 2)});
  CHECK(in.pushed(ann) == strings{"a:1:2"});
}

TEST_CASE("filters of a pattern may ask for rooms") {
  pattern_stage in;
  const auto ann = in.connect();
  auto through = std::make_shared<protocol::view>();
  through->type = subscription_type::map;
  through->filter = read_tag_filter(R"({"key":"room","cmp":"ew","val":"hall"})", {}).value();
  in.subscribe(ann, "a:*", through);
  in.tell("a:1-hall", {change_of(1, "k", 1)});
  in.tell("a:1-attic", {change_of(1, "k", 2)});
  CHECK(in.pushed(ann) == strings{"a:1-hall/k=1"});
}
