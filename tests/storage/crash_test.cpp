// What is left after the process died, or the disk was full. The dying is done by crash_child, a process of its own:
// RocksDB's threads do not survive a fork().
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <map>
#include <random>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

class child {
 public:
  child(const char* mode, const std::string& directory, unsigned seed) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe failed");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      execl(TIDEWIRE_CRASH_CHILD, "crash_child", mode, directory.c_str(), std::to_string(seed).c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    kill();
    std::fclose(output_);
  }

  FILE* output() { return output_; }

  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait();
  }

  // How it ended, as waitpid() says it.
  int wait() {
    if (pid_ > 0) waitpid(pid_, &status_, 0);
    pid_ = -1;
    return status_;
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  FILE* output_ = nullptr;
};

// Reads "room offset" lines until `lines` are read or the end; the highest offset of each room is kept.
void read_acknowledged(FILE* from, std::map<std::string, std::uint64_t>& tops, unsigned lines) {
  char room[32];
  unsigned long long offset = 0;
  for (unsigned i = 0; i < lines && std::fscanf(from, "%31s %llu", room, &offset) == 2; ++i) {
    tops[room] = std::max<std::uint64_t>(tops[room], offset);
  }
}

// Stream, state and index must tell the same story, whatever moment the process died at.
void check_consistent(const store& in, const named_room& room) {
  const auto stream = in.stream(room.name, 0, {.rows = SIZE_MAX, .bytes = SIZE_MAX}).value();
  REQUIRE(stream.publications.size() == room.record.top);
  std::map<std::string, std::uint64_t> newest;
  for (const auto& publication : stream.publications) newest[*publication->key] = publication->offset;

  const auto state = in.state(room.name, "", {}).value();
  REQUIRE(state.rows.size() == newest.size());
  for (const auto& row : state.rows) {
    CHECK(row.version == newest.at(row.key));
    CHECK(row.data == std::to_string(row.version));
  }
}

}  // namespace

TEST_CASE("everything acknowledged is there after SIGKILL") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 chance(seed);
  tidewire::test::temp_directory directory;
  std::map<std::string, std::uint64_t> acknowledged;

  for (int round = 0; round < 10; ++round) {
    child writer("write", directory.path().string(), static_cast<unsigned>(chance()));
    read_acknowledged(writer.output(), acknowledged, static_cast<unsigned>(1 + chance() % 1'000));
    writer.kill();
    read_acknowledged(writer.output(), acknowledged, UINT_MAX);  // what it had told before it died

    const auto store = open_rocksdb_store({.path = directory.path().string(), .boot_id = "boot"}).value();
    for (const auto& [room, top] : acknowledged) {
      CAPTURE(room, top, round);
      CHECK(store->room(room).value()->top >= top);
    }
    std::size_t entities = 0;
    const auto rooms = store->rooms("", "", 99).value();
    for (const auto& room : rooms) {
      CHECK(room.record.epoch == "e1");  // the same kernel: nothing can be lost
      check_consistent(*store, room);
      entities += store->state(room.name, "", {}).value().rows.size();
    }
    CHECK(store->find("state", "on", "", "", {}).value().size() == entities);
  }
}

TEST_CASE("after an unclean stop under another kernel only wal rooms get new epochs") {
  tidewire::test::temp_directory directory;
  const auto open = [&](std::string boot) {
    return open_rocksdb_store({.path = directory.path().string(), .boot_id = std::move(boot)}).value();
  };
  {
    const auto store = open("boot");
    room_writer("safe", durability::fsync).write(*store, {set("k", "1")});
  }
  std::map<std::string, std::uint64_t> acknowledged;
  {
    child writer("write", directory.path().string(), 1);
    read_acknowledged(writer.output(), acknowledged, 100);
  }
  const auto store = open("another boot");
  CHECK(store->room("safe").value()->epoch == "e1");
  for (const auto& [room, top] : acknowledged) {
    const auto record = store->room(room).value();
    CHECK(record->epoch != "e1");
    CHECK_FALSE(record->epoch.empty());
    CHECK(record->top >= top);
    CHECK(store->stream(room, 0, {.rows = 1}).value().publications.at(0)->epoch == record->epoch);
  }
}

TEST_CASE("a full disk refuses writes, goes on reading, and is writable again when there is room") {
  tidewire::test::temp_directory directory;
  child starved("full", directory.path().string(), 0);
  unsigned long long top = 0;
  CHECK(std::fscanf(starved.output(), "%llu", &top) == 1);
  const int status = starved.wait();
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);

  const auto store = open_rocksdb_store({.path = directory.path().string(), .boot_id = "boot"}).value();
  CHECK(store->room("r").value()->top == top);
  CHECK(store->stream("r", 0, {.rows = 1'000}).value().publications.size() == top);
}

TEST_CASE("writes are reopened while the database is at work in the background") {
  for (int round = 0; round < 10; ++round) {
    tidewire::test::temp_directory directory;
    const auto open = [&] { return open_rocksdb_store({.path = directory.path().string(), .boot_id = "boot"}).value(); };
    room_writer writer("r");
    writer.write(*open(), {message("1"), message("2")});
    const auto store = open();  // and compacts what it found
    const auto reopened = store->reopen_writes();
    CAPTURE(round, reopened ? "" : reopened.error().detail);
    REQUIRE(reopened);
    writer.write(*store, {message("3")});
    CHECK(store->room("r").value()->top == 3);
  }
}
