#include "storage/envelope.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;

namespace {

publication full_publication() {
  publication out;
  out.offset = 7;
  out.time_ms = 1'700'000'000'000;
  out.key = "lamp";
  out.data = R"({"on":true,"name":"Küche"})";
  out.tags = {{"a", "1"}, {"b", ""}};
  out.tags_before = {{"a", "0"}};
  out.info = client_info{"anna", "c1", R"({"x":1})", ""};
  return out;
}

}  // namespace

TEST_CASE("publications come back as they were") {
  const auto full = full_publication();
  CHECK(decode_publication(7, encode(full)).value() == full);
  CHECK(decode_publication_time(encode(full)).value() == full.time_ms);

  const publication empty;
  CHECK(decode_publication(0, encode(empty)).value() == empty);

  auto odd = full_publication();
  odd.time_ms = -5;
  odd.key = "";
  odd.removed = true;
  odd.data.clear();
  odd.info.reset();
  CHECK(decode_publication(7, encode(odd)).value() == odd);

  auto large = full_publication();
  large.data = std::string(1'000'000, '1');
  CHECK(decode_publication(7, encode(large)).value() == large);
}

TEST_CASE("what expires comes back with its time, and what does not is as it always was") {
  auto change = full_publication();
  CHECK(encode(change).front() == '\x01');
  CHECK(encode_entity_of(change).front() == '\x01');
  change.expires_ms = 1'700'000'060'000;
  CHECK(encode(change).front() == '\x02');
  CHECK(decode_publication(7, encode(change)).value() == change);
  CHECK(decode_publication_time(encode(change)).value() == change.time_ms);
  const entity_document document{"lamp", 7, change.time_ms, change.data, change.tags, change.expires_ms};
  CHECK(encode_entity_of(change) == encode(document));
  CHECK(decode_entity("lamp", encode(document)).value() == document);
  change.expires_before_ms = std::exchange(change.expires_ms, 0);
  CHECK(decode_publication(7, encode(change)).value() == change);
  CHECK(decode_expiry(encode_expiry(UINT64_MAX)).value() == UINT64_MAX);

  change.expires_before_ms = -1;
  CHECK_FALSE(decode_publication(7, encode(change)));
  CHECK_FALSE(decode_entity("k", encode(entity_document{"k", 1, 1, "{}", {}, -1})));
  CHECK_FALSE(decode_expiry(encode(document)));
}

TEST_CASE("entities, rooms and answers come back as they were") {
  const entity_document document{"k", 9, 1'700'000'000'000, R"({"on":true})", {{"a", "1"}}};
  CHECK(decode_entity("k", encode(document)).value() == document);
  const room_record room{"epoch", UINT64_MAX, 4, durability::memory};
  CHECK(decode_room(encode(room)).value() == room);
  const dedupe_record answer{"ce", "id", std::string("\0\xff", 2), 3, UINT32_MAX, INT64_MAX};
  CHECK(decode_dedupe("ce", "id", encode(answer)).value() == answer);
  auto created = answer;
  created.created = true;
  CHECK(encode(answer).front() == '\x01');
  CHECK(encode(created).front() == '\x02');
  CHECK(decode_dedupe("ce", "id", encode(created)).value() == created);
}

TEST_CASE("a keyed publication's entity is encoded as its document") {
  const auto change = full_publication();
  const entity_document document{"lamp", 7, change.time_ms, change.data, change.tags};
  CHECK(encode_entity_of(change) == encode(document));
}

TEST_CASE("every cut, every other version and every appended byte is refused") {
  const auto bytes = encode(full_publication());
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_publication(7, std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(decode_publication(7, bytes + "\xc0"));
  auto newer = bytes;
  newer[0] = '\x02';
  CHECK_FALSE(decode_publication(7, newer));
  const auto refused = decode_entity("k", bytes);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::internal);
}

TEST_CASE("what no writer writes is refused") {
  auto unsorted = full_publication();
  unsorted.tags = {{"b", "1"}, {"a", "1"}};
  CHECK_FALSE(decode_publication(7, encode(unsorted)));
  unsorted.tags = {{"a", "1"}, {"a", "1"}};
  CHECK_FALSE(decode_publication(7, encode(unsorted)));
  CHECK_FALSE(decode_room(encode(room_record{"", 1, 1, durability::wal})));
  CHECK_FALSE(decode_room(encode(room_record{"e", 1, 3, durability::wal})));
  CHECK_FALSE(decode_room(encode(room_record{"e", 1, 0, durability::wal})));
  CHECK_FALSE(decode_room(encode(room_record{"e", 1, 1, static_cast<durability>(3)})));
}

TEST_CASE("a count that the input cannot hold allocates nothing") {
  CHECK_FALSE(decode_entity("k", std::string("\x01\xdd\xff\xff\xff\xff", 6)));              // array of 2^32 - 1
  CHECK_FALSE(decode_entity("k", std::string("\x01\x94\x01\x01\xdb\xff\xff\xff\xff", 9)));  // string of 2^32 - 1
  CHECK_FALSE(decode_entity("k", "\x01" + std::string(100'000, '\x91')));                   // arrays within arrays
}
