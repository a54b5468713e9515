#include "schemas/names.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("room names") {
  for (const auto* good : {"a", "sensor:1", "host:a/b c", "größe:µ", "a:b:c", "$clients:a", "sensor:*", ":x"}) {
    INFO(good);
    CHECK(check_room_name(good, 255));
  }
  CHECK(check_room_name(std::string(255, 'a'), 255));
  CHECK_FALSE(check_room_name(std::string(256, 'a'), 255));
  for (const auto* bad : {"", "a:", "a\nb", "a\x7f", "\x01", "\xc3", "\xff", "\xed\xa0\x80", "a\xc2\x85"}) {
    INFO(bad);
    const auto checked = check_room_name(bad, 255);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == errc::bad_request);
  }
  CHECK_FALSE(check_room_name(std::string_view("a\0b", 3), 255));
  CHECK(check_room_name("a\xc2\xa0z", 255));  // U+00A0 is not a control
}

TEST_CASE("a pattern is not a single room") {
  CHECK(check_single_room("$sys", 255));
  for (const auto* pattern : {"sensor:*", "*", "a*b"}) CHECK(check_single_room(pattern, 255).error().code == errc::bad_request);
}

TEST_CASE("rooms that may be changed from outside") {
  CHECK(check_publishable_room("sensor:1", 255));
  CHECK(check_publishable_room("a$b", 255));
  CHECK(check_publishable_room("sensor:*", 255).error().code == errc::bad_request);
  CHECK(check_publishable_room("$clients:a", 255).error().code == errc::permission_denied);
}

TEST_CASE("keys") {
  CHECK(check_key("cpu/0", 512));
  CHECK(check_key("a:b", 512));
  CHECK_FALSE(check_key("", 512));
  CHECK_FALSE(check_key("a\tb", 512));
  CHECK_FALSE(check_key("\xc0\xaf", 512));
  CHECK_FALSE(check_key("abc", 2));
}

TEST_CASE("namespace names") {
  CHECK(valid_namespace_name("sensor-1.A_b"));
  CHECK(valid_namespace_name(std::string(64, 'a')));
  for (const auto* bad : {"", "a:b", "a*", "$a", "a b", "\xc3\xbc"}) CHECK_FALSE(valid_namespace_name(bad));
  CHECK_FALSE(valid_namespace_name(std::string(65, 'a')));
}
