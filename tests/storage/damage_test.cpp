// Files that were damaged or cut while nobody looked: nothing that was acknowledged goes missing without a word.
#include <array>
#include <fstream>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace fs = std::filesystem;

namespace {

constexpr int room_count = 100;

class database {
 public:
  // `room_count` rooms with a change each, all in the log.
  database() {
    const auto store = open().value();
    for (int i = 0; i < room_count; ++i) room_writer(name_of(i)).write(*store, {set("k", std::string(500, 'x'))});
  }

  static std::string name_of(int room) { return "r" + std::to_string(100 + room); }

  const fs::path& path() const { return directory_.path(); }

  result<std::unique_ptr<store>> open(bool recover = false, std::string boot = "boot") const {
    return open_rocksdb_store(
        {.path = path().string(), .boot_id = std::move(boot), .recover = recover, .make_epoch = [] { return "fresh"; }});
  }

  // Why it does not open.
  std::string refusal(bool recover = false) const {
    const auto opened = open(recover);
    return opened ? "it opens" : opened.error().detail;
  }

  std::vector<named_room> rooms(bool recover = false) const { return open(recover).value()->rooms("", "", 1'000).value(); }

  // The largest file whose name has that in it.
  fs::path file(const std::string& part) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(path())) {
      const bool fits = entry.path().filename().string().find(part) != std::string::npos;
      if (fits && (found.empty() || entry.file_size() > fs::file_size(found))) found = entry.path();
    }
    REQUIRE_FALSE(found.empty());
    return found;
  }

  // As a version that knew no mark left it.
  void forget_mark() const { REQUIRE(fs::remove(path() / "acknowledged")); }

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

void cut(const fs::path& path, std::uintmax_t bytes) { fs::resize_file(path, fs::file_size(path) - bytes); }

void add(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::app) << bytes; }

// Of a database that is open, and may still be deleting what it needs no longer: then once more.
void copy_files(const fs::path& from, const fs::path& to) {
  for (std::error_code gone{ENOENT, std::generic_category()}; gone;) {
    gone.clear();
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive, gone);
  }
}

}  // namespace

TEST_CASE("damage in the middle of the log is refused; recovery gives up what follows and begins new epochs") {
  const bool marked = GENERATE(true, false);
  CAPTURE(marked);
  const database files;
  if (!marked) files.forget_mark();
  const auto log = files.file(".log");
  flip_byte(log, fs::file_size(log) / 2);
  CHECK(says(files.refusal(), {"is damaged", "--recover"}));
  CHECK(says(files.refusal(), {"is damaged"}));  // still, after a first attempt

  const auto rooms = files.rooms(true);
  CHECK(rooms.size() > 10);
  CHECK(rooms.size() < 90);
  for (const auto& room : rooms) CHECK(room.record.epoch == "fresh");
  CHECK(files.rooms().size() == rooms.size());
}

// The length of a record in the last block: RocksDB takes the rest of the block for a torn tail.
TEST_CASE("a record that seems to go on behind the end of the log is damage, if what was acknowledged follows") {
  const database files;
  const auto log = files.file(".log");
  const auto last_block = fs::file_size(log) / 32'768 * 32'768;
  flip_byte(log, last_block + 5);
  CHECK(says(files.refusal(), {"is damaged", "was acknowledged", "--recover"}));
}

TEST_CASE("a log that was cut short is refused, by a change or by all") {
  const database files;
  const auto log = files.file(".log");
  const auto size = fs::file_size(log);
  const auto what = GENERATE(0U, 1U, 2U, 3U);
  const auto bytes = std::array<std::uintmax_t, 4>{1, 600, size / 2, size}.at(what);
  CAPTURE(bytes);
  cut(log, bytes);
  CHECK(says(files.refusal(), {"is damaged"}));
  const auto rooms = files.rooms(true);
  CHECK((rooms.size() < room_count) == (bytes > 1));  // the very last record is the mark of a clean stop
  CHECK(rooms.empty() == (bytes == size));
  for (const auto& room : rooms) CHECK(room.record.epoch == "fresh");
}

TEST_CASE("what nobody was promised may be torn or be garbage: all else is there, in its epoch") {
  const database files;
  const std::string garbage = GENERATE(std::string(3'000, '\0'), std::string(3'000, 'x'), std::string("\1\2\3\4\377\377\1abc", 10));
  add(files.file(".log"), garbage);
  const auto rooms = files.rooms();
  CHECK(rooms.size() == room_count);
  for (const auto& room : rooms) CHECK(room.record.epoch == "e1");
}

TEST_CASE("without a mark a torn last record of the log is the trace of an unclean stop") {
  const database files;
  files.forget_mark();
  const auto log = files.file(".log");
  cut(log, fs::file_size(log) / 10);
  const auto rooms = files.rooms();
  CHECK(rooms.size() > 80);
  CHECK(rooms.size() < room_count);
  CHECK(rooms.back().record.epoch == "e1");
}

// A copy of an open database is what its process leaves when it is killed.
TEST_CASE("what was only written is missed under the same kernel, and is not under another one") {
  const database files;
  tidewire::test::temp_directory after;
  std::uintmax_t synced = 0;
  {
    const auto store = files.open().value();
    room_writer("w", durability::wal).write(*store, {message("1")});
    synced = fs::file_size(files.file(".log"));
    const auto unsynced = room_writer("w", durability::wal, "e1", 1).next({message("2")});
    REQUIRE(store->write(std::span(&unsynced, 1), false));
    copy_files(files.path(), after.path());
    const auto log = files.file(".log").filename();
    REQUIRE(fs::file_size(after.path() / log) > synced);
    fs::resize_file(after.path() / log, synced);
  }
  const auto open = [&](std::string boot) {
    return open_rocksdb_store({.path = after.path().string(), .boot_id = std::move(boot), .make_epoch = [] { return "fresh"; }});
  };
  const auto refused = open("boot");
  REQUIRE_FALSE(refused);
  CHECK(says(refused.error().detail, {"is damaged", "was acknowledged"}));
  const auto store = open("another boot").value();
  CHECK(store->room("w").value() == room_record{"fresh", 1, 1, durability::wal});
  CHECK(store->room(database::name_of(0)).value()->epoch == "e1");
}

TEST_CASE("damage in a table is an error, not another answer") {
  const database files;
  REQUIRE(files.open());  // moves the log into tables
  flip_byte(files.file(".sst"), 100);
  const auto opened = files.open();
  if (!opened) {
    CHECK(says(opened.error().detail, {"is damaged"}));
    return;
  }
  const auto& store = **opened;
  std::size_t refused = 0;
  for (int i = 0; i < room_count; ++i) {
    const auto state = store.state(database::name_of(i), "", {});
    const auto stream = store.stream(database::name_of(i), 0, {});
    if (state) CHECK(state->rows.size() == 1);
    if (stream) CHECK(stream->publications.size() == 1);
    refused += !state || !stream;
  }
  CHECK(refused > 0);
}

TEST_CASE("a table cut short or gone is refused, also by recovery, which could not mend it") {
  const database files;
  REQUIRE(files.open());
  const auto table = files.file(".sst");
  GENERATE(true, false) ? cut(table, 10) : static_cast<void>(fs::remove(table));
  for (const bool recover : {false, true}) CHECK(says(files.refusal(recover), {"is damaged", "restore a backup"}));
}

TEST_CASE("the list of tables cut short is refused, and no table is deleted") {
  const database files;
  REQUIRE(files.open());
  const auto manifest = files.file("MANIFEST");
  const auto left = GENERATE(0, 20, 200, 400);
  CAPTURE(left);
  fs::resize_file(manifest, static_cast<std::uintmax_t>(left));
  const auto table = files.file(".sst");
  for (const bool recover : {false, true}) CHECK(says(files.refusal(recover), {"is damaged", "restore a backup"}));
  CHECK(fs::exists(table));
}

TEST_CASE("without the file that names the others it is not taken for a new database") {
  const database files;
  fs::remove(files.path() / "CURRENT");
  for (const bool recover : {false, true}) CHECK(says(files.refusal(recover), {"is damaged", "CURRENT"}));
  for (const auto& entry : fs::directory_iterator(files.path())) {
    const auto kind = entry.path().extension();
    if (kind == ".log" || kind == ".sst") fs::remove(entry.path());
  }
  CHECK(says(files.refusal(), {"is damaged", "gone"}));
}

TEST_CASE("a damaged mark is refused; recovery makes a new one") {
  const database files;
  const auto mark = files.file("acknowledged");
  const auto at = GENERATE(0U, 8U, 16U, 20U, 24U, 31U);
  CAPTURE(at);
  flip_byte(mark, at);
  CHECK(says(files.refusal(), {"is damaged", "--recover"}));
  CHECK(files.rooms(true).size() == room_count);
  CHECK(files.rooms().size() == room_count);
}

TEST_CASE("a mark cut short is refused") {
  const database files;
  cut(files.file("acknowledged"), GENERATE(1U, 32U));
  CHECK(says(files.refusal(), {"is damaged"}));
}
