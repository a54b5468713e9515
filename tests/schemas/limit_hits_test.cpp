#include "schemas/limit_hits.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

std::uint64_t hits_of(std::string_view limit) {
  const auto all = limit_hits();
  const auto found = std::ranges::find(all, limit, [](const auto& each) { return each.first; });
  return found == all.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("a limit counts when it is crossed, and only then") {
  const auto tags = hits_of("tags_max");
  const auto keys = hits_of("key_bytes_max");
  CHECK(exceeds<"tags_max">(true));
  CHECK_FALSE(exceeds<"tags_max">(false));
  CHECK(hits_of("tags_max") == tags + 1);
  CHECK(hits_of("key_bytes_max") == keys);
}

TEST_CASE("limits count on any thread, and each place of one limit in the same counter") {
  const auto before = hits_of("fields_max");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 1'000; ++n) exceeds<"fields_max">(true);
    });
  }
  for (auto& each : threads) each.join();
  limit_hits_of("fields_max") += 1;
  CHECK(hits_of("fields_max") == before + 4'001);
}
