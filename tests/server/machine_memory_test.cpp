// How much memory there is, as Linux says it: with control groups of either version, in a container or not.
#include "tools/server/machine_memory.hpp"

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

using namespace tidewire;

namespace {

struct machine {
  machine() { put("proc/meminfo", "MemTotal:        8000000 kB\nMemFree:          1000 kB\n"); }
  void put(const std::string& path, const std::string& text) const {
    const auto file = root.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  machine_memory read() const { return read_machine_memory(root.path()); }

  test::temp_directory root;
};

}  // namespace

TEST_CASE("without control groups there is what the machine has") {
  const machine at;
  CHECK(at.read().bytes == 8'192'000'000);
  CHECK_FALSE(at.read().allowed);
}

TEST_CASE("the least that a group of version 2 allows, or one above it") {
  const machine at;
  at.put("proc/self/cgroup", "0::/system.slice/tidewire.service\n");
  at.put("sys/fs/cgroup/system.slice/tidewire.service/memory.max", "max\n");
  CHECK_FALSE(at.read().allowed);
  at.put("sys/fs/cgroup/system.slice/memory.max", "500000000\n");
  CHECK(at.read().allowed == 500'000'000);
  at.put("sys/fs/cgroup/system.slice/tidewire.service/memory.max", "400000000\n");
  CHECK(at.read().allowed == 400'000'000);
}

TEST_CASE("in a container the group's own files are at the top") {
  const machine at;
  at.put("proc/self/cgroup", "0::/docker/0123\n");
  at.put("sys/fs/cgroup/memory.max", "300000000\n");
  CHECK(at.read().allowed == 300'000'000);
}

TEST_CASE("a group of version 1") {
  const machine at;
  at.put("proc/self/cgroup", "7:cpu,cpuacct:/a\n5:memory:/a\n");
  at.put("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "200000000\n");
  at.put("sys/fs/cgroup/a/memory.max", "1\n");
  CHECK(at.read().allowed == 200'000'000);
}

TEST_CASE("a machine that says nothing has nothing") {
  const test::temp_directory empty;
  CHECK(read_machine_memory(empty.path()).bytes == 0);
}
