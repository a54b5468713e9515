// What was set aside: kept by id, in order, within bounds, and across restarts.
#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

constexpr dead_usage plenty{1'000, 1'000'000};

dead_record record(std::string id, std::string data = "{}") {
  dead_record out;
  out.id = std::move(id);
  out.room = "sensor:a";
  operation what;
  what.key = "k";
  what.data = std::move(data);
  out.operations.push_back(std::move(what));
  return out;
}

// With everything that a record can hold.
dead_record full_record() {
  auto out = record("0190-full");
  auto& what = out.operations.front();
  what.kind = operation_kind::increment;
  what.tags = tag_map{{"a", "1"}, {"b", ""}};
  what.only_if = {precondition::demand::one_of, {{"e1", 7}, {"", 9}}};
  what.once = idempotency{std::string("key\0anna", 8), "id-1", "digest", 2};
  what.ttl_s = 60;
  what.expires_ms = 1'900'000'000'000;
  operation note;
  note.kind = operation_kind::set;
  note.data = "[1]";
  out.operations.push_back(note);
  out.info = client_info{"anna", "c1", R"({"n":1})", ""};
  out.by_server = true;
  out.actor = "entity";
  out.generation = 12;
  out.error = "std::runtime_error: no";
  out.backtrace = "f at tidewire+0x1\nmain at tidewire+0x2";
  out.tries = 3;
  out.time_ms = 1'000;
  return out;
}

std::vector<std::string> ids_of(const dead_page& page) {
  std::vector<std::string> out;
  for (const auto& each : page.rows) out.push_back(each.id);
  return out;
}
using ids = std::vector<std::string>;

}  // namespace

TEMPLATE_TEST_CASE("a record comes back as it was kept", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  CHECK(store.dead("0190-full").value() == std::nullopt);
  REQUIRE(store.keep_dead(full_record(), plenty, true));
  CHECK(store.dead("0190-full").value() == full_record());
  CHECK(store.dead("0190").value() == std::nullopt);
  CHECK(store.list_dead("", {}).value().rows == std::vector{full_record()});
}

TEMPLATE_TEST_CASE("records are listed in the order of their ids, page by page", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  CHECK(ids_of(store.list_dead("", {}).value()).empty());
  for (const auto* id : {"c", "a", "b", "d"}) REQUIRE(store.keep_dead(record(id), plenty, false));
  CHECK(ids_of(store.list_dead("", {}).value()) == ids{"a", "b", "c", "d"});
  CHECK_FALSE(store.list_dead("", {}).value().more);
  const auto page = store.list_dead("a", {2, 1'000}).value();
  CHECK(ids_of(page) == ids{"b", "c"});
  CHECK(page.more);
  CHECK(ids_of(store.list_dead("c", {2, 1'000}).value()) == ids{"d"});
  CHECK(ids_of(store.list_dead("", {4, 1}).value()) == ids{"a"});  // one at least
}

TEMPLATE_TEST_CASE("a record goes once", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  for (const auto* id : {"a", "b"}) REQUIRE(store.keep_dead(record(id), plenty, true));
  CHECK(store.discard_dead("a").value());
  CHECK_FALSE(store.discard_dead("a").value());
  CHECK(ids_of(store.list_dead("", {}).value()) == ids{"b"});
  CHECK(store.dead_kept().records == 1);
  CHECK(store.discard_dead("b").value());
  CHECK(store.dead_kept() == dead_usage{});
}

TEMPLATE_TEST_CASE("no more records are kept than may be, and the old ones stay", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const dead_usage two{2, 1'000'000};
  for (const auto* id : {"a", "b"}) REQUIRE(store.keep_dead(record(id), two, true));
  CHECK(store.keep_dead(record("c"), two, true).error().code == errc::limit_exceeded);
  CHECK(ids_of(store.list_dead("", {}).value()) == ids{"a", "b"});
  CHECK(store.keep_dead(record("b", R"("renewed")"), two, true));  // takes the place of the other
  CHECK(store.dead("b").value()->operations.front().data == R"("renewed")");
  CHECK(store.discard_dead("a").value());
  CHECK(store.keep_dead(record("c"), two, true));
}

TEMPLATE_TEST_CASE("no more bytes are kept than may be", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  const dead_usage little{1'000, 2'000};
  REQUIRE(store.keep_dead(record("a", '"' + std::string(1'000, 'x') + '"'), little, true));
  const auto one = store.dead_kept();
  CHECK(one.records == 1);
  CHECK(one.bytes >= 1'000);
  CHECK(store.keep_dead(record("b", '"' + std::string(1'000, 'x') + '"'), little, true).error().code == errc::limit_exceeded);
  CHECK(store.dead_kept() == one);
  CHECK(store.keep_dead(record("a", "1"), little, true));
  CHECK(store.dead_kept().bytes < 1'000);
}

TEST_CASE("records and how many there are outlive the store", "[contract]") {
  tidewire::test::temp_directory directory;
  const rocksdb_options options{.path = directory.path().string(), .boot_id = "boot"};
  dead_usage kept;
  {
    const auto store = open_rocksdb_store(options).value();
    REQUIRE(store->keep_dead(full_record(), plenty, true));
    REQUIRE(store->keep_dead(record("a"), plenty, true));
    REQUIRE(store->discard_dead("a"));
    kept = store->dead_kept();
  }
  const auto store = open_rocksdb_store(options).value();
  CHECK(store->dead("0190-full").value() == full_record());
  CHECK(store->dead_kept() == kept);
}

TEMPLATE_TEST_CASE("how many records there are is known after writes were reopened", "[contract]", memory_fixture, rocksdb_fixture) {
  TestType fixture;
  auto& store = *fixture.store;
  for (const auto* id : {"a", "b"}) REQUIRE(store.keep_dead(record(id), plenty, true));
  const auto kept = store.dead_kept();
  REQUIRE(store.reopen_writes());
  CHECK(store.dead_kept() == kept);
  CHECK(store.discard_dead("a").value());
  CHECK(store.dead_kept().records == 1);
}
