// Where reads of the database found what they wanted, as it is counted.
#include <algorithm>
#include <thread>

#include "schemas/statistics/slow_queries.hpp"

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

// On a thread that does not write.
void read_entity(const store& from, std::string key) {
  std::thread([&] { CHECK(from.entity("r", key).value()->data == R"("d")"); }).join();
}

}  // namespace

TEST_CASE("a read counts as a hit of memory, or of the disk if it needed a file; who writes counts nothing") {
  const tidewire::test::temp_directory directory;
  cache_counters counted;
  const auto open = [&] { return open_rocksdb_store({.path = directory.path().string(), .reads = &counted, .boot_id = "boot"}).value(); };
  const auto hits = [&](cache_level level) { return counted.at(cache_type::entity, level).hits.load(); };
  const auto misses = [&](cache_level level) { return counted.at(cache_type::entity, level).misses.load(); };
  {
    const auto store = open();
    room_writer("r").write(*store, {set("a", R"("d")"), set("b", R"("d")")});
    CHECK(store->entity("r", "a").value());
    CHECK(hits(cache_level::database) + misses(cache_level::database) == 0);
    read_entity(*store, "a");
    CHECK(hits(cache_level::database) == 1);  // a memtable
    CHECK(misses(cache_level::database) == 0);
  }
  const auto store = open();  // the memtable was written to a file, or is replayed from the log into one
  read_entity(*store, "a");
  read_entity(*store, "b");  // of the same block
  CHECK(hits(cache_level::database) == 2);
  CHECK(misses(cache_level::database) == 1);
  CHECK(hits(cache_level::disk) == 1);
  CHECK(misses(cache_level::disk) == 0);
}

TEST_CASE("what takes long is noted: reads with their table, ranges, commits; and nothing of what they were about") {
  const tidewire::test::temp_directory directory;
  auto& slow = slow_queries_here();
  const auto kinds = [&] {
    std::vector<std::string> all;
    for (const auto& each : slow.newest()) all.push_back(std::string(each.operation) + " " + std::string(each.table));
    return all;
  };
  const auto store = open_rocksdb_store({.path = directory.path().string(), .boot_id = "boot"}).value();
  room_writer("r").write(*store, {set("a", R"("d")")});
  CHECK(slow.total() == 0);
  slow.watch(0);
  room_writer("s").write(*store, {set("a", R"("d")")});
  CHECK(store->entity("r", "a").value());
  CHECK(store->state("r", "", {10, 1'000}).value().rows.size() == 1);
  slow.watch(std::numeric_limits<std::uint64_t>::max());
  const auto seen = kinds();
  for (const auto* each : {"commit *", "get state", "scan state"}) {
    INFO(each);
    CHECK(std::ranges::find(seen, each) != seen.end());
  }
  CHECK(slow.newest().front().time_ms > 1'600'000'000'000);
}
