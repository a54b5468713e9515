// The process that the backup tests kill or starve: backup_child MODE DATA BACKUPS [STEP]
//
//   backup    begins a backup, slowly, and dies by SIGKILL when part of it is copied
//   full      no file may grow over 64 KiB while it makes a backup; exits 0 if that fails for this reason
//   restore   restores, and dies by SIGKILL in STEP: verifying, copying, marking
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include "tests/storage/fixtures.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

[[noreturn]] void die() {
  std::raise(SIGKILL);
  std::abort();
}

void limit_files(rlim_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  setrlimit(RLIMIT_FSIZE, &limit);
}

std::unique_ptr<store> open(const std::string& data) { return open_rocksdb_store({.path = data, .boot_id = "boot"}).value(); }

int back_up_and_die(const std::string& data, const std::string& backups) {
  const auto from = open(data);
  backup_watch watch;
  std::thread killer([&] {
    while (watch.copied_bytes == 0) std::this_thread::yield();
    die();
  });
  const auto made = from->back_up({backups, 0, 1'048'576, {}}, watch);
  std::cerr << "the backup ended before it was killed\n";
  killer.detach();
  return made ? 2 : 3;
}

int back_up_full(const std::string& data, const std::string& backups) {
  std::signal(SIGXFSZ, SIG_IGN);
  const auto to = open(data);
  limit_files(65'536);
  backup_watch watch;
  const auto made = to->back_up({backups, 0, 0, {}}, watch);
  if (made) return 2;
  limit_files(RLIM_INFINITY);
  return made.error().detail.find("File too large") != std::string::npos ? 0 : 3;
}

int restore_and_die(const std::string& data, const std::string& backups, std::string_view step) {
  const restore_step last = step == "verifying" ? restore_step::verifying
                            : step == "copying" ? restore_step::copying
                                                : restore_step::marking;
  const auto done = restore_backup({backups, 0, data}, [&](restore_step now) {
    if (now == last) die();
  });
  std::cerr << "the restore ended: " << (done ? "done" : done.error().detail) << '\n';
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string mode = arguments[1];
  if (mode == "backup") return back_up_and_die(arguments[2], arguments[3]);
  if (mode == "full") return back_up_full(arguments[2], arguments[3]);
  return restore_and_die(arguments[2], arguments[3], count > 4 ? arguments[4] : "");
}
