// Databases that a later version widened, or an earlier one left, made with RocksDB itself.
#include <rocksdb/db.h>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire::storage;
using namespace tidewire::storage::test;

TEST_CASE("a column family of a later version is refused by name") {
  const tidewire::test::temp_directory directory;
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open(options, directory.path().string(), &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    rocksdb::ColumnFamilyHandle* hooks = nullptr;
    REQUIRE(db->CreateColumnFamily({}, "hooks", &hooks).ok());
    REQUIRE(db->DestroyColumnFamilyHandle(hooks).ok());
  }
  const auto opened = open_rocksdb_store({.path = directory.path().string()});
  REQUIRE_FALSE(opened);
  CAPTURE(opened.error().detail);
  CHECK(opened.error().detail.find("unknown column family 'hooks'") != std::string::npos);
  CHECK(opened.error().detail.find("newer version") != std::string::npos);
}

// As version 2 left it: without the family, and with its number.
TEST_CASE("a database from before keys could expire opens with what it has, and keys expire in it from then on") {
  const tidewire::test::temp_directory directory;
  const auto path = directory.path().string();
  room_writer writer("r");
  writer.write(*open_rocksdb_store({.path = path}).value(), {set("a", "1", {{"type", "lamp"}})});
  {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open({}, path, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    REQUIRE(db->Put({}, handles.front(), "format", "2").ok());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "expiry") REQUIRE(db->DropColumnFamily(handles[i]).ok());
      REQUIRE(db->DestroyColumnFamilyHandle(handles[i]).ok());
    }
  }
  auto store = open_rocksdb_store({.path = path}).value();
  CHECK(store->entity("r", "a").value()->data == "1");
  CHECK(store->find("type", "lamp", "", "", {}).value().size() == 1);
  auto change = set("a", "2", {}, {{"type", "lamp"}});
  change.expires_ms = 100;
  writer.write(*store, {std::move(change)});
  store.reset();
  store = open_rocksdb_store({.path = path}).value();
  CHECK(store->due({}, 100, 10).value() == std::vector<due_entity>{{100, "r", "a", 2, "e1"}});
}
