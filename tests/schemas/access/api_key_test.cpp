#include "schemas/access/api_key.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

api_key_options key_of(std::string name, std::string_view key, std::string_view rooms = "*") {
  return {std::move(name), hash_api_key(key), {room_action::publish}, {room_glob::of_stars(rooms)}};
}

}  // namespace

TEST_CASE("API keys are known by their hash") {
  CHECK(hash_api_key("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto key = format_api_key(std::string(32, 'x'));
  CHECK(key.starts_with("tidewire_"));
  CHECK(key.size() == 9 + 43);
  const api_key_ring ring({key_of("a", "other"), key_of("b", key)});
  REQUIRE(ring.find(key));
  CHECK(ring.find(key)->options().name == "b");
  CHECK_FALSE(ring.find(""));
  CHECK_FALSE(ring.find(key + "x"));
  CHECK_FALSE(ring.find(hash_api_key(key)));
  CHECK_FALSE(ring.find(std::string(api_key_bytes_max + 1, 'x')));
}

TEST_CASE("keys that are gone or changed are withdrawn from those who came with them") {
  api_key_ring ring({key_of("stays", "1"), key_of("goes", "2"), key_of("changes", "3", "a:*")});
  const auto stays = ring.find("1");
  const auto goes = ring.find("2");
  const auto changes = ring.find("3");
  ring.replace({key_of("changes", "3", "b:*"), key_of("new", "4"), key_of("stays", "1")});
  CHECK(ring.find("1") == stays);
  CHECK_FALSE(stays->withdrawn());
  CHECK_FALSE(ring.find("2"));
  CHECK(goes->withdrawn());
  CHECK(changes->withdrawn());
  CHECK(ring.find("3")->options().rooms == std::vector{room_glob::of_stars("b:*")});
  CHECK_FALSE(ring.find("3")->withdrawn());
  CHECK(ring.find("4"));
}

TEST_CASE("without a ring nobody has a key") { CHECK_FALSE(find_api_key(server_options{}, "k")); }
