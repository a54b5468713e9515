// Where a reader of a room stands: nothing twice, nothing lost in silence.
#include "tools/ctl/room_follower.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire::ctl;
using tidewire::protocol::server_event;
using kind = follow_note::kind;

namespace {

server_event change(const std::string& epoch, int offset) {
  return {"", R"({"offset":)" + std::to_string(offset) + R"(,"data":1})", epoch + '.' + std::to_string(offset)};
}

server_event live(const std::string& epoch, int offset) {
  return {"live", R"({"epoch":")" + epoch + R"(","offset":)" + std::to_string(offset) + "}",
          epoch.empty() ? "" : epoch + '.' + std::to_string(offset)};
}

std::string told(room_follower& by, const server_event& event) {
  std::string out;
  for (const auto& each : by.take(event)) {
    if (each.what == kind::publication) out += "p" + std::to_string(each.offset);
    if (each.what == kind::live) out += "l" + std::to_string(each.offset);
    if (each.what == kind::reset) out += "r";
    if (each.what == kind::gap) out += "g" + std::to_string(each.first) + "-" + std::to_string(each.offset);
    if (each.what == kind::again) out += "again";
  }
  return out;
}

}  // namespace

TEST_CASE("it comes back with the last it was told, and takes nothing twice") {
  room_follower by(true);
  CHECK(by.last_event_id().empty());
  CHECK(told(by, live("e", 3)) == "l3");
  CHECK(by.last_event_id() == "e.3");
  CHECK(told(by, change("e", 4)) == "p4");
  CHECK(by.last_event_id() == "e.4");
  CHECK(told(by, change("e", 4)).empty());
  CHECK(told(by, change("e", 5)) == "p5");
  CHECK(told(by, live("e", 5)) == "l5");
}

TEST_CASE("an offset that is skipped is said, unless fields leave some out") {
  room_follower dense(true);
  told(dense, live("e", 3));
  CHECK(told(dense, change("e", 6)) == "g4-5p6");
  room_follower chosen(false);
  told(chosen, live("e", 3));
  CHECK(told(chosen, change("e", 6)) == "p6");
}

TEST_CASE("it begins after the offset that it is given") {
  room_follower by(true, "e", 7);
  CHECK(by.last_event_id() == "e.7");
  CHECK(told(by, change("e", 7)).empty());
  CHECK(told(by, change("e", 8)) == "p8");
}

TEST_CASE("a reset is told, and what follows is no gap; a connection lost before it is live begins the same again") {
  room_follower by(true);
  told(by, live("e", 3));
  CHECK(told(by, {"reset", "{}", ""}) == "r");
  CHECK(by.last_event_id() == "e.3");
  CHECK(told(by, live("f", 9)) == "l9");
  CHECK(told(by, change("f", 10)) == "p10");
  CHECK(by.last_event_id() == "f.10");
}

TEST_CASE("a room that began while nobody was connected is read from its beginning") {
  room_follower by(true);
  CHECK(told(by, live("", 0)) == "l0");
  CHECK(by.last_event_id().empty());
  CHECK(told(by, live("e", 2)) == "again");
  CHECK(by.last_event_id() == "e.0");
  CHECK(told(by, change("e", 1)) == "p1");
  CHECK(told(by, change("e", 2)) == "p2");
}

TEST_CASE("a room that begins while it is watched is told from the first on") {
  room_follower by(true);
  told(by, live("", 0));
  CHECK(told(by, change("e", 1)) == "p1");
  CHECK(by.last_event_id() == "e.1");
}
