// Opening a database: what it keeps, and what it refuses.
#include <fstream>
#include <map>

#include "storage/kv.hpp"
#include "storage/lifecycle.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace fs = std::filesystem;

namespace {

const auto known_format = std::to_string(format_version);
const auto newer_format = std::to_string(format_version + 1);

class database {
 public:
  std::string path() const { return directory_.path().string(); }

  result<std::unique_ptr<store>> open(std::string boot = "boot", bool recover = false) const {
    return open_rocksdb_store({.path = path(), .boot_id = std::move(boot), .recover = recover, .make_epoch = [] { return "fresh"; }});
  }

  // Why it does not open.
  std::string refusal() const {
    const auto opened = open();
    return opened ? "it opens" : opened.error().detail;
  }

  void put_meta(std::string_view key, std::string_view value) const {
    const auto rows = open_rocksdb_kv({.path = path(), .block_cache_bytes = 1'000'000}).value();
    const auto batch = rows->batch();
    batch->put(family::meta, key, value);
    REQUIRE(rows->write(*batch, true));
  }

  void erase_meta(std::string_view key) const {
    const auto rows = open_rocksdb_kv({.path = path(), .block_cache_bytes = 1'000'000}).value();
    const auto batch = rows->batch();
    batch->erase(family::meta, key);
    REQUIRE(rows->write(*batch, true));
  }

  // As if the process had died: the mark of a clean stop is gone.
  void forget_clean_stop() const { erase_meta("clean"); }

  // Every file by name, with its bytes.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      out[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return out;
  }

 private:
  tidewire::test::temp_directory directory_;
};

bool says(const std::string& text, std::initializer_list<std::string> parts) {
  for (const auto& part : parts) {
    UNSCOPED_INFO("must say '" << part << "': " << text);
    if (text.find(part) == std::string::npos) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a database is as it was when it is opened again") {
  const database files;
  const tag_map tags{{"type", "lamp"}};
  room_writer writer("r", durability::wal);
  append written;
  {
    const auto store = files.open().value();
    written = writer.write(*store, {set("a", "1", tags), set("b", "2"), removal("b")}, {{"key", "id", "f", 1, 3, 9}});
    REQUIRE(store->trim("r", 2));
  }
  for (const std::string boot : {"boot", "another boot"}) {
    const auto store = files.open(boot).value();
    CHECK(store->room("r").value() == room_record{"e1", 3, 2, durability::wal});
    CHECK(keys_of(store->state("r", "", {}).value()) == std::vector<std::string>{"a"});
    CHECK(*store->stream("r", 0, {}).value().publications.at(1) == *written.publications[2]);
    CHECK(store->dedupe("r", "key", "id").value()->count == 3);
    CHECK(store->find("type", "lamp", "", "", {}).value().size() == 1);
  }
  const auto store = files.open().value();
  writer.write(*store, {set("b", "3")});
  CHECK(store->room("r").value()->top == 4);
}

TEST_CASE("epochs of wal rooms change after an unclean stop, if the kernel may have stopped too") {
  const database files;
  {
    const auto store = files.open().value();
    room_writer("w", durability::wal).write(*store, {message("1")});
    room_writer("f", durability::fsync).write(*store, {message("1")});
  }
  const auto epochs = [&](std::string boot, bool recover = false) {
    const auto store = files.open(std::move(boot), recover).value();
    return store->room("w").value()->epoch + " " + store->room("f").value()->epoch;
  };
  CHECK(epochs("another boot") == "e1 e1");
  files.forget_clean_stop();
  CHECK(epochs("another boot") == "e1 e1");
  files.forget_clean_stop();
  CHECK(epochs("boot") == "fresh e1");
  CHECK(epochs("boot") == "fresh e1");
  CHECK(epochs("boot", true) == "fresh fresh");
}

TEST_CASE("a store says how it was left") {
  const database files;
  CHECK(files.open()->get()->stopped() == last_stop::none);
  CHECK(files.open()->get()->stopped() == last_stop::clean);
  files.forget_clean_stop();
  CHECK(files.open()->get()->stopped() == last_stop::unclean);
  CHECK(files.open()->get()->stopped() == last_stop::clean);
}

TEST_CASE("an unknown kernel counts as another") {
  const database files;
  room_writer("w", durability::wal).write(*files.open("").value(), {message("1")});
  files.forget_clean_stop();
  CHECK(files.open("").value()->room("w").value()->epoch == "fresh");
}

TEST_CASE("a database in use is refused, naming directory and remedy") {
  const database files;
  const auto store = files.open().value();
  CHECK(says(files.refusal(), {files.path(), "in use by another process"}));
}

TEST_CASE("a newer format is refused before anything is written") {
  const database files;
  REQUIRE(files.open());
  for (int time = 1; time <= 2; ++time) {  // the version is in the log first, and in a table when it was opened again
    files.put_meta("format", newer_format);
    const auto before = files.contents();
    CHECK(says(files.refusal(), {files.path(), "format version " + newer_format}));
    CHECK(files.contents() == before);
    CHECK(says(files.open("boot", true).error().detail, {files.path(), "format version " + newer_format}));
    CHECK(files.contents() == before);
  }
}

TEST_CASE("an older format is brought up to date") {
  const database files;
  {
    const auto store = files.open().value();
    room_writer("r").write(*store, {message("1"), message("2")});
    REQUIRE(store->trim("r", 2));  // now the row of the room holds its top, as all of them did in format 1
  }
  files.put_meta("format", "1");
  room_writer("r", durability::fsync, "e1", 2).write(*files.open().value(), {message("3")});
  CHECK(files.open().value()->room("r").value() == room_record{"e1", 3, 2, durability::fsync});
  files.put_meta("format", newer_format);
  CHECK(says(files.refusal(), {"this program knows " + known_format}));
}

TEST_CASE("entities are counted for a format that did not") {
  const database files;
  {
    const auto store = files.open().value();
    room_writer("a").write(*store, {set("1", "1"), set("2", "2")});
    room_writer("b").write(*store, {message("1")});
    room_writer("c").write(*store, {set("1", "1")});
  }
  files.put_meta("entities/a", "7");  // as if there were none
  files.erase_meta("entities/c");
  files.put_meta("format", "5");
  const auto store = files.open().value();
  CHECK(store->entities("a").value() == 2);
  CHECK(store->entities("b").value() == 0);
  CHECK(store->entities("c").value() == 1);
}

TEST_CASE("an unreadable format version is refused") {
  const database files;
  REQUIRE(files.open());
  files.put_meta("format", "1 and a half");
  CHECK(says(files.refusal(), {"unreadable format version"}));
}

TEST_CASE("a directory that cannot be made is refused") {
  const database files;
  std::ofstream(files.path() + "/file") << "x";
  const auto opened = open_rocksdb_store({.path = files.path() + "/file/below"});
  REQUIRE_FALSE(opened);
  CHECK(says(opened.error().detail, {"/file/below"}));
}
