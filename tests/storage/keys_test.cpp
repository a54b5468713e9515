#include "storage/keys.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire::storage;

namespace {

const std::string nul{"\0", 1};

}  // namespace

TEST_CASE("keys are these bytes") {
  CHECK(keys::state("r", "k") == "r" + nul + "\x01k");
  CHECK(keys::stream("r", 0x0102030405060708) == "r" + nul + "\x01\x01\x02\x03\x04\x05\x06\x07\x08");
  CHECK(keys::index("type", "v", "r", "k") == "type" + nul + "\x01v" + nul + "\x01r" + nul + "\x01k");
  CHECK(keys::dedupe("r", "ce" + nul, "i") == "r" + nul + "\x01" + "ce" + nul + "\xff" + nul + "\x01i");
}

TEST_CASE("keys of expiry sort by time, and are read back") {
  CHECK(keys::expiry(0x0102030405060708, "r", "k") == "\x01\x02\x03\x04\x05\x06\x07\x08r" + nul + "\x01k");
  CHECK(keys::expiry(255, "z", "z") < keys::expiry(256, "a", "a"));
  CHECK(keys::expiry_from(256) < keys::expiry(256, nul, ""));
  CHECK(keys::expiry(256, "\xff", "\xff") < keys::end_of(keys::expiry_from(256)));
  const std::string room = "r" + nul + "x";
  CHECK(keys::read_expiry(keys::expiry(INT64_MAX, room, nul)) == keys::expiring{INT64_MAX, room, nul});
  CHECK_FALSE(keys::read_expiry("1234567"));
  CHECK_FALSE(keys::read_expiry("12345678room"));
  CHECK_FALSE(keys::read_expiry("\xff" + keys::expiry(1, "r", "k").substr(1)));
}

TEST_CASE("texts keep the order of what they encode, and none begins another") {
  const std::vector<std::string> ascending{"",     nul, nul + nul, nul + "\x01",    nul + "a", nul + "\xff",
                                           "\x01", "a", "a" + nul, "a" + nul + "b", "a\x01",   "aa",
                                           "ab",   "b", "\xff",    "\xff" + nul,    "\xff\xff"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      CAPTURE(i, j);
      CHECK((keys::text(ascending[i]) < keys::text(ascending[j])) == (i < j));
      CHECK(keys::text(ascending[j]).starts_with(keys::text(ascending[i])) == (i == j));
    }
  }
}

TEST_CASE("the end of a prefix is the least key above it") {
  CHECK(keys::end_of("a") == "b");
  CHECK(keys::end_of("a\xff\xff") == "b");
  CHECK(keys::end_of("\xff").empty());
  CHECK(keys::end_of("").empty());
  CHECK(keys::end_of("a\x7f") == "a\x80");
  CHECK(keys::next_to("a") == "a" + nul);
}

TEST_CASE("keys are read back") {
  const auto prefix = keys::index_prefix("type", "v");
  const std::string room = "r" + nul + "x";
  const std::string key = nul + "\x01k";
  CHECK(keys::read_room_and_key(keys::index("type", "v", room, key).substr(prefix.size())) == keys::room_and_key{room, key});
  CHECK(keys::read_offset(keys::stream("r", 0xfedcba9876543210).substr(3)) == 0xfedcba9876543210);
}

TEST_CASE("malformed keys are refused") {
  CHECK_FALSE(keys::read_room_and_key(""));
  CHECK_FALSE(keys::read_room_and_key("room"));
  CHECK_FALSE(keys::read_room_and_key("room" + nul));
  CHECK_FALSE(keys::read_room_and_key("room" + nul + "\x02"));
  CHECK_FALSE(keys::read_offset("1234567"));
  CHECK_FALSE(keys::read_offset("123456789"));
}
