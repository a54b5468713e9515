// Opening a database: what it keeps, and what it refuses.
#include <fstream>

#include "storage/kv.hpp"
#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace fs = std::filesystem;

namespace {

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
    const auto rows = open_rocksdb_kv({path(), 1'000'000, false}).value();
    const auto batch = rows->batch();
    batch->put(family::meta, key, value);
    REQUIRE(rows->write(*batch, true));
  }

  // As if the process had died: the mark of a clean stop is gone.
  void forget_clean_stop() const {
    const auto rows = open_rocksdb_kv({path(), 1'000'000, false}).value();
    const auto batch = rows->batch();
    batch->erase(family::meta, "clean");
    REQUIRE(rows->write(*batch, true));
  }

  // The largest file with that extension.
  fs::path file(std::string_view extension) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      if (entry.path().extension() == extension && (found.empty() || entry.file_size() > fs::file_size(found))) found = entry.path();
    }
    REQUIRE_FALSE(found.empty());
    return found;
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

void flip_byte(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x55);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
  REQUIRE(file.good());
}

void write_rooms(store& to, int count) {
  for (int i = 0; i < count; ++i) room_writer("r" + std::to_string(100 + i)).write(to, {set("k", std::string(500, 'x'))});
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

TEST_CASE("a newer format is refused and left alone") {
  const database files;
  REQUIRE(files.open());
  files.put_meta("format", "4");
  CHECK(says(files.refusal(), {files.path(), "format version 4"}));
  const auto rows = open_rocksdb_kv({files.path(), 1'000'000, false}).value();
  CHECK(rows->view()->get(family::meta, "clean").value());
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
  files.put_meta("format", "4");
  CHECK(says(files.refusal(), {"this program knows 3"}));
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

TEST_CASE("damage in the middle of the log is refused; recovery gives up what follows and begins new epochs") {
  const database files;
  write_rooms(*files.open().value(), 100);
  const auto log = files.file(".log");
  flip_byte(log, fs::file_size(log) / 2);
  CHECK(says(files.refusal(), {"is damaged", "--recover"}));
  CHECK(says(files.refusal(), {"is damaged"}));  // still, after a first attempt

  const auto store = files.open("boot", true).value();
  const auto rooms = store->rooms("", "", 1'000).value();
  CHECK(rooms.size() > 10);
  CHECK(rooms.size() < 90);
  for (const auto& room : rooms) CHECK(room.record.epoch == "fresh");
}

TEST_CASE("a torn last record of the log is the trace of an unclean stop") {
  const database files;
  write_rooms(*files.open().value(), 100);
  const auto log = files.file(".log");
  fs::resize_file(log, fs::file_size(log) * 9 / 10);
  const auto rooms = files.open().value()->rooms("", "", 1'000).value();
  CHECK(rooms.size() > 80);
  CHECK(rooms.size() < 100);
  CHECK(rooms.back().record.epoch == "e1");
}

TEST_CASE("damage in a table is an error, not another answer") {
  const database files;
  write_rooms(*files.open().value(), 100);
  REQUIRE(files.open());  // moves the log into tables
  const auto table = files.file(".sst");
  flip_byte(table, 100);
  const auto opened = files.open();
  if (!opened) {
    CHECK(says(opened.error().detail, {"is damaged"}));
    return;
  }
  const auto& store = **opened;
  std::size_t refused = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string room = "r" + std::to_string(100 + i);
    const auto state = store.state(room, "", {});
    const auto stream = store.stream(room, 0, {});
    if (state) CHECK(state->rows.size() == 1);
    if (stream) CHECK(stream->publications.size() == 1);
    refused += !state || !stream;
  }
  CHECK(refused > 0);
}

TEST_CASE("a table cut short is refused") {
  const database files;
  write_rooms(*files.open().value(), 100);
  REQUIRE(files.open());
  const auto table = files.file(".sst");
  fs::resize_file(table, fs::file_size(table) - 10);
  CHECK(says(files.refusal(), {"is damaged"}));
}
