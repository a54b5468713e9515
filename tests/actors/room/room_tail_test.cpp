#include "actors/room/room_tail.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

publication_ptr publication_at(std::uint64_t offset, std::size_t bytes = 10) {
  auto made = std::make_shared<publication>();
  made->offset = offset;
  made->data = std::string(bytes, '1');
  return made;
}

std::vector<std::uint64_t> after(const room_tail& tail, std::uint64_t offset) {
  std::vector<publication_ptr> copied;
  tail.copy_after(offset, copied);
  std::vector<std::uint64_t> all;
  for (const auto& each : copied) all.push_back(each->offset);
  return all;
}

using offsets = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an empty tail covers the top alone") {
  const limits limit;
  memory_account::part held;
  const room_tail tail(limit, held);
  CHECK(tail.covers(0, 0));
  CHECK(tail.covers(7, 7));
  CHECK_FALSE(tail.covers(6, 7));
  CHECK(after(tail, 7).empty());
}

TEST_CASE("a tail gives what lies above an offset") {
  const limits limit;
  memory_account::part held;
  room_tail tail(limit, held);
  for (std::uint64_t offset = 5; offset <= 8; ++offset) tail.push(publication_at(offset));
  CHECK_FALSE(tail.covers(3, 8));
  CHECK(tail.covers(4, 8));
  CHECK(after(tail, 4) == offsets{5, 6, 7, 8});
  CHECK(after(tail, 6) == offsets{7, 8});
  CHECK(after(tail, 8).empty());
}

TEST_CASE("a tail is bounded by count") {
  limits limit;
  limit.tail_publications_max = 3;
  memory_account::part held;
  room_tail tail(limit, held);
  for (std::uint64_t offset = 1; offset <= 5; ++offset) tail.push(publication_at(offset));
  CHECK_FALSE(tail.covers(1, 5));
  CHECK(after(tail, 2) == offsets{3, 4, 5});
}

TEST_CASE("a tail is bounded by bytes, but keeps the newest") {
  limits limit;
  limit.tail_bytes_max = 2 * sizeof(publication) + 25;
  memory_account::part held;
  room_tail tail(limit, held);
  for (std::uint64_t offset = 1; offset <= 3; ++offset) tail.push(publication_at(offset));
  CHECK_FALSE(tail.covers(0, 3));
  CHECK(after(tail, 1) == offsets{2, 3});
  tail.push(publication_at(4, 1'000));
  CHECK_FALSE(tail.covers(2, 4));
  CHECK(after(tail, 3) == offsets{4});
}

TEST_CASE("a tail is bounded by all that a publication holds") {
  limits limit;
  limit.tail_bytes_max = 10'000;
  memory_account::part held;
  room_tail tail(limit, held);
  publication tagged;
  for (std::uint64_t offset = 1; offset <= 200; ++offset) {
    tagged.offset = offset;
    tagged.key = std::string(100, 'k');
    tagged.data = std::string(1, '1');
    tagged.tags = {{"name", std::string(200, 't')}};
    tagged.tags_before = tagged.tags;
    tagged.info = client_info{"user", std::string(100, 'c'), {}, {}};
    tail.push(std::make_shared<const publication>(tagged));
  }
  const auto kept = limit.tail_bytes_max / (sizeof tagged + 100 + 2 * 200 + 100);
  CHECK(kept > 5);
  CHECK_FALSE(tail.covers(200 - kept - 1, 200));
  CHECK(tail.covers(195, 200));
}

TEST_CASE("a cleared tail begins anywhere") {
  limits limit;
  limit.tail_bytes_max = 2 * sizeof(publication) + 25;
  memory_account::part held;
  room_tail tail(limit, held);
  tail.push(publication_at(9, 20));
  tail.clear();
  CHECK_FALSE(tail.covers(8, 9));
  tail.push(publication_at(1));
  tail.push(publication_at(2));
  CHECK(after(tail, 0) == offsets{1, 2});
}
