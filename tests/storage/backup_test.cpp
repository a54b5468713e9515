// Backups and restores of the RocksDB store. Dying and starving is done by backup_child, a process of its own.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>

#include "tests/storage/fixtures.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;
namespace fs = std::filesystem;

namespace {

struct scene {
  tidewire::test::temp_directory base;
  std::string data = (base.path() / "data").string();
  std::string backups = (base.path() / "backups").string();
  std::string target = (base.path() / "target").string();
  std::unique_ptr<storage::store> store = open(data).value();

  static result<std::unique_ptr<storage::store>> open(const std::string& path) {
    return open_rocksdb_store({.path = path, .boot_id = "boot"});
  }

  result<backup_record> back_up(std::size_t keep = 0) {
    backup_watch watch;
    return store->back_up({backups, keep, 0, "test"}, watch);
  }
  result<backup_record> restore(std::uint32_t id = 0) {
    return restore_backup({backups, id, target}, [](restore_step) {});
  }

  // So many bytes that nothing makes smaller.
  void fill(const std::string& room, std::size_t bytes) {
    std::mt19937_64 chance(7);
    room_writer writer(room);
    for (std::size_t i = 0; i * 8'000 < bytes; ++i) {
      std::string noise;
      while (noise.size() < 8'000) noise += std::to_string(chance());
      writer.write(*store, {set("k" + std::to_string(i), '"' + noise + '"')});
    }
  }

  // Runs the child to its end; how it ended, as waitpid() says it.
  int run_child(std::vector<std::string> arguments) {
    store.reset();
    std::vector<char*> raw{const_cast<char*>("backup_child")};
    for (auto& each : arguments) raw.push_back(each.data());
    raw.push_back(nullptr);
    const auto pid = fork();
    if (pid == 0) {
      execv(TIDEWIRE_BACKUP_CHILD, raw.data());
      _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
  }
  void killed(const std::vector<std::string>& arguments) {
    const int status = run_child(arguments);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
  }
};

std::vector<std::uint32_t> ids_of(const std::vector<backup_record>& records) {
  std::vector<std::uint32_t> ids;
  for (const auto& each : records) ids.push_back(each.id);
  return ids;
}

// The largest file of the backups: a table.
fs::path largest_file(const fs::path& folder) {
  fs::path largest;
  std::uintmax_t bytes = 0;
  for (const auto& each : fs::recursive_directory_iterator(folder))
    if (each.is_regular_file() && each.file_size() > bytes) {
      bytes = each.file_size();
      largest = each.path();
    }
  return largest;
}

}  // namespace

TEST_CASE("a restored database has what the backup had, and new epochs in all rooms, once") {
  scene s;
  room_writer synced("synced");
  room_writer logged("logged", durability::wal);
  synced.write(*s.store, {set("a", "1", {{"state", "on"}}), message("2")}, {{"key", "id", "print", 1, 1, 99'000}});
  logged.write(*s.store, {set("b", "1")});
  const auto made = s.back_up();
  REQUIRE(made);
  CHECK(made->id == 1);
  synced.write(*s.store, {set("a", "late")});

  REQUIRE(s.restore().value().id == 1);
  std::string epoch;
  {
    const auto restored = scene::open(s.target).value();
    CHECK(restored->room("synced").value()->top == 2);
    CHECK(restored->entity("synced", "a").value()->data == "1");
    CHECK(offsets_of(restored->stream("synced", 0, {}, false).value()) == std::vector<std::uint64_t>{1, 2});
    CHECK(restored->dedupe("synced", "key", "id").value());
    CHECK(restored->find("state", "on", "", "", {}).value().size() == 1);
    epoch = restored->room("synced").value()->epoch;
    CHECK(epoch != "e1");
    CHECK(restored->room("logged").value()->epoch != "e1");
    CHECK(restored->stream("synced", 0, {}, false).value().publications.front()->epoch == epoch);
  }
  CHECK(scene::open(s.target).value()->room("synced").value()->epoch == epoch);
  CHECK(s.store->room("synced").value()->epoch == "e1");
}

TEST_CASE("what is only in the log is in the backup too") {
  scene s;
  room_writer writer("r", durability::wal);
  for (int i = 0; i < 100; ++i) {
    const auto change = writer.next({set("k", std::to_string(i))});
    REQUIRE(s.store->write(std::span(&change, 1), false));
    if (i % 10 == 0) REQUIRE(s.back_up());
  }
  REQUIRE(s.back_up());
  REQUIRE(s.restore());
  CHECK(scene::open(s.target).value()->room("r").value()->top == 100);
}

TEST_CASE("a second backup copies only what is new") {
  scene s;
  s.fill("big", 2'000'000);
  const auto first = s.back_up().value();
  CHECK(first.copied_bytes > 1'000'000);
  room_writer("small").write(*s.store, {message("1")});
  auto second = s.back_up().value();
  for (int tries = 0; tries < 5 && second.copied_bytes >= 100'000; ++tries) second = s.back_up().value();  // a compaction has come between
  CHECK(second.bytes > 1'000'000);
  CHECK(second.copied_bytes < 100'000);
  const auto ids = ids_of(list_backups(s.backups).value());
  CHECK(ids.size() == second.id);
  CHECK(ids.front() == 1);
  CHECK(list_backups(s.backups).value().front().made_by == "test");

  CHECK(s.back_up(2));
  CHECK(ids_of(list_backups(s.backups).value()) == std::vector<std::uint32_t>{second.id, second.id + 1});
  for (const auto id : {second.id, second.id + 1}) CHECK(verify_backup(s.backups, id));
  CHECK(verify_backup(s.backups, 1).error().code == errc::unknown_room);
  CHECK(s.restore(1).error().code == errc::unknown_room);
  REQUIRE(s.restore(second.id));
  CHECK(scene::open(s.target).value()->room("big").value()->top > 100);
}

TEST_CASE("a damaged backup is refused before anything is written") {
  scene s;
  s.fill("big", 500'000);
  REQUIRE(s.back_up());
  const auto table = largest_file(s.backups);
  {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(table) / 2));
    const char before = static_cast<char>(file.peek());
    file.put(static_cast<char>(before ^ 1));
  }
  CHECK(verify_backup(s.backups, 0).error().code == errc::internal);
  const auto refused = s.restore();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::internal);
  CHECK(refused.error().detail.find("damaged") != std::string::npos);
  CHECK_FALSE(fs::exists(s.target));
}

TEST_CASE("if the newest backup is damaged, no older one is taken in silence") {
  scene s;
  s.fill("big", 500'000);
  REQUIRE(s.back_up());
  s.fill("bigger", 1'000'000);
  REQUIRE(s.back_up());
  std::ofstream(largest_file(s.backups), std::ios::app) << "x";
  const auto refused = s.restore();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::internal);
  CHECK(refused.error().detail.find("backup 2") != std::string::npos);
  CHECK(s.restore(1).value().id == 1);
}

TEST_CASE("a restore goes only where nothing is") {
  scene s;
  room_writer("r").write(*s.store, {message("1")});
  REQUIRE(s.back_up());
  fs::create_directories(s.target);
  std::ofstream(fs::path(s.target) / "precious") << "1";
  const auto refused = s.restore();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::conflict);
  CHECK(refused.error().detail.find("not empty") != std::string::npos);
  CHECK(fs::exists(fs::path(s.target) / "precious"));
  fs::remove(fs::path(s.target) / "precious");
  CHECK(s.restore());

  s.target = s.base.path() / "precious";
  std::ofstream(s.target) << "1";
  CHECK(s.restore().error().code == errc::conflict);
}

TEST_CASE("backups are apart from the database, and there is one at a time in a directory") {
  scene s;
  s.backups = s.data + "/backups";
  CHECK(s.back_up().error().code == errc::bad_request);
  s.backups = s.data;
  CHECK(s.back_up().error().code == errc::bad_request);
  s.backups = s.data + "-beside";
  REQUIRE(s.back_up());

  const int other = ::open(s.backups.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(::flock(other, LOCK_SH) == 0);
  CHECK(s.back_up().error().code == errc::conflict);
  CHECK(list_backups(s.backups));
  ::close(other);
  CHECK(s.back_up());
  CHECK(list_backups(s.data + "-nowhere").error().code == errc::unknown_room);

  s.backups = (s.base.path() / "file").string();
  std::ofstream(s.backups) << "1";
  CHECK(s.back_up().error().code == errc::internal);
}

TEST_CASE("a backup that is told to stop leaves the older ones") {
  scene s;
  REQUIRE(s.back_up());
  s.fill("big", 2'000'000);
  backup_watch watch;
  watch.stop = true;
  CHECK(s.store->back_up({s.backups, 0, 0, {}}, watch).error().code == errc::unavailable);
  CHECK(ids_of(list_backups(s.backups).value()) == std::vector<std::uint32_t>{1});
  CHECK(verify_backup(s.backups, 1));
  CHECK(s.back_up());
}

TEST_CASE("a backup that the disk does not take says why and leaves the older ones") {
  scene s;
  room_writer("r").write(*s.store, {message("1")});
  REQUIRE(s.back_up());
  s.fill("big", 2'000'000);
  {
    const auto elsewhere = s.backups + "-elsewhere";  // so that all is in tables
    backup_watch watch;
    REQUIRE(s.store->back_up({elsewhere, 0, 0, {}}, watch));
  }
  const int status = s.run_child({"full", s.data, s.backups});
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(ids_of(list_backups(s.backups).value()) == std::vector<std::uint32_t>{1});
  CHECK(verify_backup(s.backups, 1));
  s.store = scene::open(s.data).value();
  CHECK(s.back_up());
}

TEST_CASE("death in the middle of a backup leaves the older ones, and the next one works") {
  scene s;
  room_writer("r").write(*s.store, {message("1")});
  REQUIRE(s.back_up());
  s.fill("big", 4'000'000);
  s.killed({"backup", s.data, s.backups});
  CHECK(ids_of(list_backups(s.backups).value()) == std::vector<std::uint32_t>{1});
  CHECK(verify_backup(s.backups, 1));
  s.store = scene::open(s.data).value();
  REQUIRE(s.back_up());
  REQUIRE(s.restore());
  CHECK(scene::open(s.target).value()->room("big").value()->top == 500);
}

TEST_CASE("death in the middle of a restore leaves nothing that opens") {
  scene s;
  s.fill("big", 500'000);
  REQUIRE(s.back_up());
  const std::string step = GENERATE("verifying", "copying", "marking");
  CAPTURE(step);
  s.killed({"restore", s.target, s.backups, step});
  if (step == "verifying") {
    CHECK_FALSE(fs::exists(s.target));
  } else {
    const auto opened = scene::open(s.target);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().detail.find("did not finish") != std::string::npos);
  }
  REQUIRE(s.restore());
  const auto restored = scene::open(s.target).value();
  CHECK(restored->room("big").value()->top == 63);
  CHECK(restored->room("big").value()->epoch != "e1");
}
