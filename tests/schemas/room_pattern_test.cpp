#include "schemas/room_pattern.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("a pattern is a namespace, the beginning of a name, and a star") {
  for (const auto* good : {"sensor:*", "sensor:hall-*", "a:b:c*"}) {
    INFO(good);
    CHECK(check_room_pattern(good, 255));
  }
  for (const auto* bad : {"*", "sensor*", "sensor:*:hall", "sensor:**", "sensor:* "}) {
    INFO(bad);
    CHECK(check_room_pattern(bad, 255).error().code == errc::bad_request);
  }
  CHECK_FALSE(check_room_pattern("sensor:*", 7));
  CHECK(prefix_of_pattern("sensor:hall-*") == "sensor:hall-");
  CHECK(is_room_pattern("sensor:*"));
  CHECK_FALSE(is_room_pattern("sensor:hall"));
}

TEST_CASE("the key of a pattern names the room, whatever is in its name") {
  CHECK(key_of_room("sensor:hall", "lamp") == "sensor:hall/lamp");
  CHECK(key_of_room("a/b%2F", "c/d%") == "a%2Fb%252F/c/d%");
  for (const auto& [room, key] :
       {room_key{"sensor:hall", "lamp"}, room_key{"a/b%", "c/d%25"}, room_key{"%%//", "/"}, room_key{"ü", "%2"}}) {
    INFO(room);
    CHECK(read_key_of_room(key_of_room(room, key)) == room_key{room, key});
  }
  for (const auto* bad : {"", "lamp", "a%/k", "a%2f/k", "%2/k"}) {
    INFO(bad);
    CHECK_FALSE(read_key_of_room(bad));
  }
}

TEST_CASE("what a pattern is told has the room as a tag, and no offset") {
  publication told;
  told.offset = 7;
  told.time_ms = 70;
  told.key = "lamp";
  told.data = R"({"on":true})";
  told.tags = {{"type", "lamp"}, {"room", "forged"}};
  std::ranges::sort(told.tags);
  told.tags_before = {{"a", "1"}};
  told.info = client_info{"ann", "c1", {}, {}};
  told.epoch = "e1";

  const auto shown = as_of_room("sensor:hall", told);
  CHECK(shown.offset == 0);
  CHECK(shown.epoch.empty());
  CHECK(shown.key == "sensor:hall/lamp");
  CHECK(shown.data == told.data);
  CHECK(shown.info == told.info);
  CHECK(shown.tags == tag_map{{"room", "sensor:hall"}, {"type", "lamp"}});
  CHECK(shown.tags_before == tag_map{{"a", "1"}, {"room", "sensor:hall"}});

  told.key.reset();
  CHECK_FALSE(as_of_room("sensor:hall", told).key);

  const auto row = as_of_room("sensor:hall", entity_document{"lamp", 7, 70, "{}", {{"zone", "1"}}});
  CHECK(row == entity_document{"sensor:hall/lamp", 0, 70, "{}", {{"room", "sensor:hall"}, {"zone", "1"}}});
}
