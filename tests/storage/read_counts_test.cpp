// Where reads of the database found what they wanted, as it is counted.
#include <thread>

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
  const auto& memory = counted.at(cache_type::entity, cache_level::database);
  const auto& disk = counted.at(cache_type::entity, cache_level::disk);
  {
    const auto store = open();
    room_writer("r").write(*store, {set("a", R"("d")"), set("b", R"("d")")});
    CHECK(store->entity("r", "a").value());
    CHECK(memory.hits + memory.misses + disk.hits == 0);
    read_entity(*store, "a");
    CHECK(memory.hits == 1);  // a memtable
    CHECK(memory.misses + disk.hits == 0);
  }
  const auto store = open();  // the memtable was written to a file, or is replayed from the log into one
  read_entity(*store, "a");
  read_entity(*store, "b");  // of the same block
  CHECK(memory.hits + memory.misses == 3);
  CHECK(disk.hits == memory.misses);
  CHECK(memory.misses == 1);
  CHECK(disk.misses == 0);
}
