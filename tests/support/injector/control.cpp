#include "tests/support/injector/control.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace inject {

namespace {

control* map_settings() {
  static control nothing{};
  nothing.room_bytes = nothing.calls_before_death = -1;
  const char* path = std::getenv("INJECT_CONTROL");
  if (path == nullptr) return &nothing;
  const auto file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));  // open() is ours
  void* mapped = file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    std::fprintf(stderr, "injector: %s cannot be mapped\n", path);
    std::_Exit(3);
  }
  return static_cast<control*>(mapped);
}

}  // namespace

control& settings() {
  static control* const mapped = map_settings();
  return *mapped;
}

void* next_function(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) {
    std::fprintf(stderr, "injector: there is no %s\n", name);
    std::_Exit(3);
  }
  return found;
}

}  // namespace inject
