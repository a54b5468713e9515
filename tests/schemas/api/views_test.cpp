#include "schemas/api/views.hpp"

#include "schemas/api/cursor.hpp"
#include "schemas/base64.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

TEST_CASE("an entity") {
  std::string out;
  write_entity(out, {"cpu/\"0\"", 7, 1'709'251'199'999, R"({"load":0.50})", {{"a", "1"}, {"b", "x\ny"}}});
  CHECK(
      out ==
      R"({"key":"cpu/\"0\"","version":7,"offset":7,"updated_at":"2024-02-29T23:59:59.999Z","tags":{"a":"1","b":"x\ny"},"data":{"load":0.50}})");
}

TEST_CASE("an entity that expires says when") {
  std::string out;
  write_entity(out, {"k", 1, 0, "1", {}, 60'000});
  CHECK(
      out ==
      R"({"key":"k","version":1,"offset":1,"updated_at":"1970-01-01T00:00:00.000Z","expires_at":"1970-01-01T00:01:00.000Z","tags":{},"data":1})");
}

TEST_CASE("rows of the history") {
  publication row;
  row.offset = 3;
  row.data = "[1]";
  std::string out;
  write_publication(out, row);
  CHECK(out == R"({"offset":3,"time":"1970-01-01T00:00:00.000Z","data":[1],"tags":{}})");

  row.key = "k";
  row.removed = true;
  row.data.clear();
  row.tags = {{"t", "v"}};
  out.clear();
  write_publication(out, row);
  CHECK(out == R"({"offset":3,"time":"1970-01-01T00:00:00.000Z","key":"k","removed":true,"tags":{"t":"v"}})");
}

TEST_CASE("rooms and answers") {
  std::string out;
  write_room(out, {"host:a", "4f", 9, std::nullopt, std::nullopt});
  CHECK(out == R"({"room":"host:a","epoch":"4f","offset":9})");
  out.clear();
  write_room(out, {"host:a", "4f", 9, 2, 0});
  CHECK(out == R"({"room":"host:a","epoch":"4f","offset":9,"entities":2,"subscribers":0})");
  out.clear();
  write_publish_answer(out, {"r", "e", 5, true});
  CHECK(out == R"({"room":"r","epoch":"e","offset":5,"version":5})");
  out.clear();
  write_publish_answer(out, {"r", "e", 5, false});
  CHECK(out == R"({"room":"r","epoch":"e","offset":5})");
}

TEST_CASE("pages") {
  std::string out;
  page_writer empty(out);
  empty.close("", "", 0);
  CHECK(out == R"({"data":[],"next_cursor":null,"has_more":false,"epoch":"","offset":0})");

  out.clear();
  page_writer two(out);
  two.row().append("1");
  two.row().append("2");
  two.close("abc");
  CHECK(out == R"({"data":[1,2],"next_cursor":"abc","has_more":true})");
}

namespace {

constexpr auto refused = [](const auto& decoded) { return !decoded && decoded.error().code == errc::bad_request; };

}  // namespace

TEST_CASE("a cursor goes back to the listing that gave it") {
  for (const auto* position : {"a", "größe/1", "0"})
    CHECK(decode_cursor(listing::entities, encode_cursor(listing::entities, position)) == position);
  CHECK(decode_offset_cursor(encode_cursor(listing::history, "18446744073709551615")) == UINT64_MAX);
}

TEST_CASE("a sealed cursor tells nobody where it is") {
  const cursor_key key{1, 2, 3};
  const std::string position = "secret:room\nkey";
  const auto sealed = seal_cursor(listing::found, position, key);
  CHECK(open_cursor(listing::found, sealed, key) == position);
  CHECK(decode_base64url(sealed)->find("secret") == std::string::npos);
  CHECK(seal_cursor(listing::found, position, key) != sealed);
  SECTION("to nobody without the key, of no other listing, and not if it was changed") {
    CHECK(refused(open_cursor(listing::found, sealed, cursor_key{1, 2, 4})));
    CHECK(refused(open_cursor(listing::rooms, sealed, key)));
    CHECK(refused(open_cursor(listing::found, seal_cursor(listing::found, "", key), key)));
    CHECK(refused(open_cursor(listing::found, "", key)));
    CHECK(refused(open_cursor(listing::found, encode_cursor(listing::found, position), key)));
    CHECK(refused(open_cursor(listing::found, encode_cursor(listing::found, std::string(100, 'x')), key)));
    auto bytes = *decode_base64url(sealed);
    for (auto& byte : bytes) {
      byte ^= 1;
      CHECK(refused(open_cursor(listing::found, encode_base64url(bytes), key)));
      byte ^= 1;
    }
  }
}

TEST_CASE("cursors that are refused") {
  CHECK(refused(decode_cursor(listing::entities, encode_cursor(listing::rooms, "a"))));
  CHECK(refused(decode_cursor(listing::entities, encode_cursor(listing::entities, ""))));
  CHECK(refused(decode_cursor(listing::entities, encode_cursor(listing::entities, "\xff"))));
  CHECK(refused(decode_cursor(listing::entities, "")));
  CHECK(refused(decode_cursor(listing::entities, "a key")));
  for (const auto* position : {"", "x", "-1", "1.0", "1 ", "18446744073709551616"})
    CHECK(refused(decode_offset_cursor(encode_cursor(listing::history, position))));
}
