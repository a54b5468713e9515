#include "tests/support/faulty_store.hpp"

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage::test;
using tidewire::test::faulty_store;
using tidewire::test::write_fault;

namespace {

errc write_one(storage::store& to, std::uint64_t top) {
  const auto change = room_writer("r", durability::fsync, "e1", top).next({message("1")});
  const auto done = to.write(std::span(&change, 1), true);
  REQUIRE_FALSE(done);
  return done.error().code;
}

}  // namespace

TEST_CASE("the nth write fails, and all after it until writes are reopened") {
  faulty_store store(storage::make_memory_store());
  room_writer writer("r");
  store.fail_write(2, write_fault::refuse);
  writer.write(store, {message("1")});
  CHECK(write_one(store, 1) == errc::storage_refused);
  CHECK(write_one(store, 1) == errc::storage_refused);
  CHECK_FALSE(store.trim("r", 2));
  CHECK(store.room("r").value()->top == 1);
  CHECK(store.writes() == 3);

  REQUIRE(store.reopen_writes());
  writer.write(store, {message("2")});
  CHECK(store.room("r").value()->top == 2);
}

TEST_CASE("a lost answer leaves the write") {
  faulty_store store(storage::make_memory_store());
  store.fail_write(1, write_fault::lose_answer);
  CHECK(write_one(store, 0) == errc::storage_refused);
  CHECK(store.room("r").value()->top == 1);
}

TEST_CASE("a broken disk stays broken until it is repaired") {
  faulty_store store(storage::make_memory_store());
  store.break_disk();
  CHECK(write_one(store, 0) == errc::storage_refused);
  CHECK_FALSE(store.reopen_writes());
  store.repair();
  CHECK(write_one(store, 0) == errc::storage_refused);
  REQUIRE(store.reopen_writes());
  CHECK(store.reopens() == 2);
  room_writer("r").write(store, {message("1")});
}
