"""How samples of perf become a table of what a publication costs."""

import unittest

from compare import profile
from compare.peers import PEERS

SCRIPT = """
     7f52a _raw_spin_unlock+0x10 ([kernel.kallsyms])
     7f52b tcp_sendmsg_locked+0x1 ([kernel.kallsyms])
     7f52c tcp_sendmsg+0x2 ([kernel.kallsyms])
     55aaa __send+0x3 (/lib/x86_64-linux-gnu/libc.so.6)

     55bbb tidewire::room_state::order(std::vector<int>) (/somewhere/tidewire)

     55ccc [unknown] (/usr/lib/libjemalloc.so.2)
"""


class Stacks(unittest.TestCase):
    def test_each_sample_is_read_from_the_top(self):
        read = profile.stacks(SCRIPT)
        self.assertEqual([len(stack) for stack in read], [4, 1, 1])
        self.assertEqual(read[0][0], ("_raw_spin_unlock", "[kernel.kallsyms]"))
        self.assertEqual(read[1][0], ("tidewire::room_state::order(std::vector<int>)", "/somewhere/tidewire"))

    def test_the_kernel_is_named_after_what_it_was_asked(self):
        kernel = lambda *functions: [(function, "[kernel.kallsyms]") for function in functions]
        self.assertEqual(profile.part_of(kernel("copy", "tcp_sendmsg", "vfs_write")), "kernel: sending")
        self.assertEqual(profile.part_of(kernel("copy", "ext4_file_write_iter", "vfs_write")), "kernel: writing the log")
        self.assertEqual(profile.part_of(kernel("io_schedule", "ext4_sync_file", "__x64_sys_fdatasync")), "kernel: syncing the log")
        self.assertEqual(profile.part_of(kernel("clear_page", "handle_mm_fault")), profile.KERNEL_REST)

    def test_user_space_is_named_after_where_the_processor_was(self):
        part = lambda function, where: profile.part_of([(function, where), ("tcp_sendmsg", "elsewhere")])
        self.assertEqual(part("rocksdb::DBImpl::Write", "/usr/lib/librocksdb.so.7.8.3"), "RocksDB")
        self.assertEqual(part("__memmove_avx512", "/lib/libc.so.6"), "libc: copying, comparing, clocks")
        self.assertEqual(part("tidewire::room_state::order", "/build/tidewire"), "rooms")
        self.assertEqual(part("operator new", "/build/tidewire"), "allocation")
        self.assertEqual(part("processCommand", "/usr/bin/redis-check-rdb"), profile.ITSELF)


class Shares(unittest.TestCase):
    def test_they_add_up(self):
        found = profile.shares(profile.stacks(SCRIPT))
        self.assertEqual(set(found), {"kernel: sending", "rooms", "allocation"})
        self.assertAlmostEqual(sum(found.values()), 1.0)

    def test_nothing_seen_is_an_error(self):
        with self.assertRaises(profile.ProfileFailed):
            profile.shares([])

    def test_the_table_divides_what_was_measured(self):
        looks = {("some", "tidewire"): ({"server": {"cpu_us_per_publish": 10.0}}, {"rooms": 0.75, "fan-out": 0.25}),
                 ("some", "redis"): ({"server": {"cpu_us_per_publish": 4.0}}, {"the program itself": 1.0})}
        lines = profile.table(looks, {"some": "Some"}).splitlines()
        self.assertEqual(lines[0], f"|  | Some: {PEERS['tidewire'].title} | Some: {PEERS['redis'].title} |")
        self.assertEqual(set(lines[2:5]), {"| rooms | 7.50 | — |", "| fan-out | 2.50 | — |", "| the program itself | — | 4.00 |"})
        self.assertEqual(lines[5], "| **all, as measured** | **10.0** | **4.00** |")


if __name__ == "__main__":
    unittest.main()
