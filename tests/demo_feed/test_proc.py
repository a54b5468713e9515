import unittest

import proc


class Stat(unittest.TestCase):
    TEXT = """cpu  6633 0 3562 273683 2467 0 113 308 0 0
cpu0 1650 7 1156 140097 332 2 10 146 50 0
cpu11 4983 0 2405 133585 2134 0 103 161 0 0
intr 260349 0 0
ctxt 1
"""

    def test_reads_each_core_and_not_the_sum(self):
        self.assertEqual(set(proc.parse_stat(self.TEXT)), {"0", "11"})

    def test_adds_nice_to_user_and_interrupts_to_system(self):
        core = proc.parse_stat(self.TEXT)["0"]
        self.assertEqual((core.user, core.system, core.idle, core.iowait, core.steal), (1657, 1168, 140097, 332, 146))
        self.assertEqual(core.total, 1657 + 1168 + 140097 + 332 + 146)


class Meminfo(unittest.TestCase):
    def test_values_are_bytes_and_counts_are_left_out(self):
        text = "MemTotal:       24684096 kB\nMemAvailable:   24404832 kB\nHugePages_Total:       3\n"
        self.assertEqual(proc.parse_meminfo(text), {"MemTotal": 24684096 * 1024, "MemAvailable": 24404832 * 1024})


class Diskstats(unittest.TestCase):
    TEXT = """   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 55525 10760 3618130 53861 32133 11893 2656096 51411 0 29752 106813 5905 54 689760 1445 2103 94
   8       1 sda1 1 0 8 2 0 0 0 0 0 3 2
"""

    def test_counts_sectors_of_512_bytes(self):
        disk = proc.parse_diskstats(self.TEXT)["vda"]
        self.assertEqual(disk, proc.DiskCounters(55525, 3618130 * 512, 32133, 2656096 * 512, 29752))

    def test_leaves_out_what_never_moved(self):
        self.assertNotIn("loop0", proc.parse_diskstats(self.TEXT))

    def test_reads_the_eleven_counters_of_old_kernels(self):
        self.assertEqual(proc.parse_diskstats(self.TEXT)["sda1"], proc.DiskCounters(1, 8 * 512, 0, 0, 3))


class NetDev(unittest.TestCase):
    HEAD = "Inter-|   Receive  |  Transmit\n face |bytes packets |bytes packets\n"

    def test_reads_both_directions_and_sums_errors(self):
        text = self.HEAD + "  eth0: 269238080    5690    1    2    0     0          0         0   247819    3151    4    8    0     0       0          0\n"
        self.assertEqual(proc.parse_net_dev(text), {"eth0": proc.NetCounters(269238080, 5690, 247819, 3151, 15)})

    def test_takes_a_name_without_a_space_behind_it_and_an_alias(self):
        text = self.HEAD + "eth0:1:100 2 0 0 0 0 0 0 300 4 0 0 0 0 0 0\n"
        self.assertEqual(proc.parse_net_dev(text), {"eth0:1": proc.NetCounters(100, 2, 300, 4, 0)})


class Mounts(unittest.TestCase):
    def test_takes_block_devices_once(self):
        text = "proc /proc proc rw 0 0\n/dev/vda / ext4 rw 0 0\n/dev/vda /srv/again ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /var ext4 rw 0 0\n"
        self.assertEqual(proc.parse_mounts(text), ["/", "/var"])

    def test_undoes_the_escapes(self):
        self.assertEqual(proc.parse_mounts("/dev/sdb1 /mnt/my\\040disk\\134 vfat rw 0 0\n"), ["/mnt/my disk\\"])


class Loadavg(unittest.TestCase):
    def test_reads_all_five(self):
        self.assertEqual(proc.parse_loadavg("0.17 0.06 0.05 1/93 7002\n"), proc.Load(0.17, 0.06, 0.05, 1, 93))


if __name__ == "__main__":
    unittest.main()
