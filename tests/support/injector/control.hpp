// What the fault injector does: a library of tests that is loaded before all others (LD_PRELOAD) and stands between the server and the C
// library. A test says what shall go wrong in a file that both have mapped.
//
//   INJECT_CONTROL   that file, of sizeof(control) bytes
//   INJECT_DATA      the directory whose files are meant, without a slash at its end; it holds no directories
//   INJECT_EVENTS    what happened to its files, a line each; without it nothing is written down (files.cpp)
//   INJECT_GRAVES    a directory of the same file system: deleted files go on there, under the number of their inode
//   INJECT_BOOT_ID   a file to be read instead of the kernel's boot id
#pragma once

#include <atomic>
#include <cstdint>

namespace inject {

// Offsets are part of tests/e2e/support/injector.mjs. A call is one that changes or syncs a file of the directory.
struct control {
  std::atomic<std::int64_t> clock_offset_ns;     // added to the time of day
  std::atomic<std::int64_t> calls_before_fault;  // so many calls go well before write_error and sync_error hold
  std::atomic<std::int64_t> write_error;         // errno of calls that write; 0: none
  std::atomic<std::int64_t> sync_error;          // errno of fsync() and fdatasync(); 0: none
  std::atomic<std::int64_t> room_bytes;          // so much fits on the disk; negative: anything
  std::atomic<std::int64_t> calls_before_death;  // so many calls are made before the process is killed; negative: no end
  std::atomic<std::int64_t> calls;               // made so far
  std::atomic<std::int64_t> faults;              // calls that failed so far as they were told
};

// Never null: a control that asks for nothing if there is no file.
control& settings();

// The function of that name that would have been called without this library.
void* next_function(const char* name);

template <class Function>
Function* next(const char* name, Function*) {
  return reinterpret_cast<Function*>(next_function(name));
}

}  // namespace inject

// The C library's own function, found once.
#define INJECT_NEXT(name) static auto* const name##_ = inject::next(#name, &::name)
