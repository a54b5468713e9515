// What the doctor says of machines that are well and of those that are not.
#include "tools/ctl/doctor_checks.hpp"

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

using namespace tidewire;
using namespace tidewire::ctl;

namespace {

constexpr std::uint64_t gib = 1'073'741'824;

const finding& find(const std::vector<finding>& all, const std::string& what) {
  for (const auto& each : all)
    if (each.what == what) return each;
  FAIL("nothing is said of " + what);
  return all.front();
}

struct machine {
  void put(const std::string& path, const std::string& text) const {
    const auto file = root.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  test::temp_directory root;
};

}  // namespace

TEST_CASE("open files must do for the connections and the database") {
  limits wanted;
  wanted.connections_max = 65'536;
  CHECK(check_files({0, 0}, wanted, "of this shell").is == verdict::ok);
  CHECK(check_files({1'048'576, 1'048'576}, wanted, "of this shell").is == verdict::ok);
  const auto few = check_files({1'024, 1'048'576}, wanted, "of the server (pid 7)");
  CHECK(few.is == verdict::warn);
  CHECK(few.says.find("1,024 of the server (pid 7)") != std::string::npos);
  CHECK(few.do_.find("LimitNOFILE=69632") != std::string::npos);
}

TEST_CASE("a disk of its own is well; memory, layers and networks are not") {
  CHECK(find(check_disk({"/data", "ext4", 100 * gib, 50 * gib}), "file system").is == verdict::ok);
  for (const auto* each : {"tmpfs", "overlay", "nfs", "cifs", "9p"})
    CHECK(find(check_disk({"/data", each, 100 * gib, 50 * gib}), "file system").is == verdict::warn);
  CHECK(find(check_disk({"/data", "xfs", 100 * gib, 50 * gib}), "disk").is == verdict::ok);
  CHECK(find(check_disk({"/data", "xfs", 100 * gib, 2 * gib}), "disk").is == verdict::warn);
  CHECK(find(check_disk({"/data", "xfs", 100 * gib, gib / 16}), "disk").is == verdict::fail);
  CHECK(file_system_name(0xEF53) == "ext4");
  CHECK(file_system_name(0x01021994) == "tmpfs");
  CHECK(file_system_name(0x1234) == "0x1234");
}

TEST_CASE("a sync is judged by the one in the middle, and says of how many") {
  const auto fast = check_sync({500, 90'000, 400});
  CHECK(fast.is == verdict::ok);
  CHECK(fast.says == "0.50 ms in the middle, 90.00 ms at most, of 3 writes of 4 KiB");
  CHECK(check_sync({30'000, 20'000, 40'000}).is == verdict::warn);
  CHECK(check_sync({}).is == verdict::fail);
}

TEST_CASE("a clock that nobody sets, that is far off, or that steps") {
  CHECK(check_clock({true, true, 900, 0}).front().is == verdict::ok);
  CHECK(check_clock({true, false, 0, 0}).front().is == verdict::warn);
  CHECK(check_clock({true, true, 2'000'000, 0}).front().is == verdict::warn);
  CHECK(check_clock({false, false, 0, 0}).front().is == verdict::note);
  CHECK(find(check_clock({true, true, 900, -300'000}), "clock step").is == verdict::warn);
  CHECK(check_clock({true, true, 900, 10}).size() == 1);
}

TEST_CASE("a port is free, ours, or somebody else's") {
  CHECK(check_port("listen", "127.0.0.1:8000", {}).is == verdict::ok);
  CHECK(check_port("listen", "127.0.0.1:8000", {{1, 12, "tidewire"}}).is == verdict::ok);
  const auto taken = check_port("admin", "127.0.0.1:8001", {{1, 12, "nginx"}});
  CHECK(taken.is == verdict::fail);
  CHECK(taken.says == "127.0.0.1:8001 is held by nginx (pid 12)");
  CHECK(check_port("admin", "127.0.0.1:8001", {{1}}).is == verdict::note);
}

TEST_CASE("who listens is found by the socket that a process holds") {
  const machine at;
  const std::string head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  at.put("proc/net/tcp", head + "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n" +
                             "   1: 0100007F:1F40 0100007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n");
  at.put("proc/net/tcp6",
         head + "   0: 00000000000000000000000001000000:1F41 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 99 1\n");
  at.put("proc/12/comm", "tidewire\n");
  std::filesystem::create_directories(at.root.path() / "proc/12/fd");
  std::filesystem::create_symlink("socket:[4711]", at.root.path() / "proc/12/fd/5");
  const auto found = listeners_on(8'000, at.root.path());
  REQUIRE(found.size() == 1);
  CHECK(found.front().pid == 12);
  CHECK(found.front().program == "tidewire");
  const auto hidden = listeners_on(8'001, at.root.path());
  REQUIRE(hidden.size() == 1);
  CHECK(hidden.front().pid == 0);
  CHECK(listeners_on(8'002, at.root.path()).empty());
}

TEST_CASE("the limit of a process, and settings of the kernel") {
  const machine at;
  at.put("proc/12/limits",
         "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 "
         "unlimited            files\n");
  const auto files = file_limit_of("12", at.root.path());
  REQUIRE(files);
  CHECK(files->soft == 1'024);
  CHECK(files->hard == 0);
  at.put("proc/sys/net/core/somaxconn", "128\n");
  at.put("proc/sys/net/ipv4/tcp_tw_reuse", "0\n");
  at.put("proc/sys/net/ipv4/ip_local_port_range", "32768\t40000\n");
  at.put("proc/sys/vm/overcommit_memory", "2\n");
  at.put("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  const auto bad = check_kernel(read_kernel(at.root.path()), {});
  CHECK(find(bad, "backlog").is == verdict::warn);
  CHECK(find(bad, "local ports").is == verdict::warn);
  CHECK(find(bad, "reused ports").is == verdict::note);
  CHECK(find(bad, "overcommit").is == verdict::warn);
  CHECK(find(bad, "huge pages").is == verdict::warn);
  at.put("proc/sys/net/core/somaxconn", "4096\n");
  at.put("proc/sys/net/ipv4/ip_local_port_range", "10240 65535\n");
  at.put("proc/sys/vm/overcommit_memory", "1\n");
  at.put("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  const auto good = check_kernel(read_kernel(at.root.path()), {});
  for (const auto* each : {"backlog", "local ports", "overcommit", "huge pages"}) CHECK(find(good, each).is == verdict::ok);
  CHECK(check_kernel(read_kernel(at.root.path() / "nothing"), {}).empty());
}

TEST_CASE("a budget beyond what there is is told before the kernel does") {
  CHECK(check_memory({8 * gib}, 0).is == verdict::ok);
  CHECK(check_memory({8 * gib}, 4 * gib).is == verdict::ok);
  CHECK(check_memory({8 * gib}, 7 * gib).is == verdict::warn);
  CHECK(check_memory({8 * gib, gib}, 2 * gib).is == verdict::fail);
}

TEST_CASE("findings: the worst decides, and stands first where that is wanted") {
  std::vector<finding> all{{verdict::ok, "a", "x"}, {verdict::note, "b", "y"}};
  CHECK(exit_code_of(all) == exit_code::done);
  all.push_back({verdict::warn, "c", "z\x1b", "do it"});
  CHECK(exit_code_of(all) == exit_code::partly);
  all.push_back({verdict::fail, "d", "w"});
  CHECK(exit_code_of(all) == exit_code::failed);
  put_worst_first(all);
  CHECK(all.front().what == "d");
  CHECK(findings_text({all[1]}) == "WARN  c               z\\x1b\n                      → do it\n");
  CHECK(findings_json({all[1]}) == R"([{"verdict":"WARN","what":"c","says":"z\u001b","do":"do it"}])");
}
