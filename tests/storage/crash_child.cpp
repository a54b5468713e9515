// The process that the crash tests kill, starve or let live: crash_child MODE DIRECTORY SEED
//
//   write    writes random batches for ever and prints "room offset" after each acknowledged append
//   full     fills the disk (RLIMIT_FSIZE), then frees it; prints what it saw, exits 0 if all was right
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "tests/storage/fixtures.hpp"

using namespace tidewire;
using namespace tidewire::storage;
using namespace tidewire::storage::test;

namespace {

std::unique_ptr<store> open(const char* directory) {
  auto opened = open_rocksdb_store({.path = directory, .boot_id = "boot"});
  if (opened) return std::move(*opened);
  std::cerr << opened.error().detail << '\n';
  std::exit(2);
}

// Each change of entity k is at offset o with data o, so the parent can tell what must be there.
[[noreturn]] void write_for_ever(store& to, unsigned seed) {
  std::mt19937 chance(seed);
  std::map<std::string, std::uint64_t> tops;
  const auto stored = to.rooms("", "", 99).value();
  for (const auto& known : stored) tops[known.name] = known.record.top;
  for (;;) {
    std::vector<append> batch;
    for (auto appends = 1 + chance() % 3; batch.size() < appends;) {
      const std::string room = "room" + std::to_string(chance() % 4);
      auto& top = tops[room];
      std::vector<publication> changes;
      for (auto count = 1 + chance() % 20; changes.size() < count;) {
        changes.push_back(set("k" + std::to_string(chance() % 10), std::to_string(top + 1 + changes.size()), {{"state", "on"}}));
      }
      batch.push_back(room_writer(room, durability::wal, "e1", top).next(std::move(changes)));
      top += batch.back().publications.size();
    }
    if (auto done = to.write(batch, chance() % 8 == 0); !done) {
      std::cerr << done.error().detail << '\n';
      std::exit(3);
    }
    for (const auto& each : batch)
      std::printf("%s %llu\n", each.room.c_str(), static_cast<unsigned long long>(each.publications.back()->offset));
    std::fflush(stdout);
  }
}

void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "not so: " << what << '\n';
  std::exit(4);
}

void limit_files(rlim_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit can be set");
}

void fill_disk(store& to) {
  std::signal(SIGXFSZ, SIG_IGN);
  const std::string big(10'000, '1');
  room_writer writer("r");
  writer.write(to, {set("before", "1")});

  limit_files(1'000'000);
  std::uint64_t acknowledged = 1;
  result<void> done;
  for (int i = 0; done && i < 1'000; ++i) {
    const auto change = writer.next({set("k", big)});
    done = to.write(std::span(&change, 1), true);
    if (done) ++acknowledged;
  }
  expect(!done && done.error().code == errc::storage_refused, "a full disk refuses the write");

  const auto reads_go_on = [&] {
    const auto room = to.room("r").value();
    expect(room->top == acknowledged || room->top == acknowledged + 1, "everything acknowledged is there, and one unknown at most");
    expect(to.entity("r", "before").value()->data == "1", "an entity can be read");
    expect(to.stream("r", 0, {.rows = 1'000}).value().publications.size() == room->top, "the stream can be read");
  };
  reads_go_on();
  const auto refused = room_writer("other").next({message("1")});
  expect(!to.write(std::span(&refused, 1), false), "later writes are refused too");
  expect(!to.trim("r", 2), "and trims");
  limit_files(0);
  expect(!to.reopen_writes(), "the disk is still full");
  reads_go_on();
  expect(!to.write(std::span(&refused, 1), false), "and takes no writes");

  limit_files(RLIM_INFINITY);
  expect(to.reopen_writes().has_value(), "writes can be reopened when there is room");
  reads_go_on();
  const auto top = to.room("r").value()->top;
  room_writer("r", durability::fsync, "e1", top).write(to, {set("after", "2")});
  expect(to.entity("r", "after").value()->data == "2", "what is written then can be read");
  std::printf("%llu\n", static_cast<unsigned long long>(top + 1));
}

}  // namespace

int main(int, char** arguments) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("crash_child"));  // standard output is for the parent
  const std::string mode = arguments[1];
  const auto store = open(arguments[2]);
  if (mode == "write") write_for_ever(*store, static_cast<unsigned>(std::atoi(arguments[3])));
  fill_disk(*store);
}
