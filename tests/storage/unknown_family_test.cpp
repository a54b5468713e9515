// A database that a later version widened, made with RocksDB itself.
#include <rocksdb/db.h>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire::storage;

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
