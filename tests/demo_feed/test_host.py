import dataclasses
import unittest

import host
import proc

GIB = 1 << 30

BEFORE = host.Reading(
    at_s=100.0,
    cores={"0": proc.CpuTimes(100, 50, 800, 40, 10), "1": proc.CpuTimes(0, 0, 0, 0, 0)},
    memory={"MemTotal": 8 * GIB, "MemAvailable": 6 * GIB, "Cached": GIB, "SwapTotal": 0, "SwapFree": 0},
    disks={"vda": proc.DiskCounters(10, 1000, 20, 2000, 500)},
    filesystems={"/": host.Usage(total=100, free=30, available=25)},
    interfaces={"eth0": proc.NetCounters(1000, 10, 2000, 20, 0)},
    load=proc.Load(1.0, 0.5, 0.25, 2, 100),
)


def later(**changes) -> host.Reading:
    return dataclasses.replace(BEFORE, at_s=102.0, **changes)


class Documents(unittest.TestCase):
    def test_have_the_form_that_gets_indexed(self):
        for key, document in host.documents("vm", BEFORE, later()).items():
            with self.subTest(key):
                self.assertEqual(list(document), ["type", "source", "state", "attributes"])
                self.assertEqual(document["source"], "vm")

    def test_cpu_usage_is_the_share_of_ticks_not_idle(self):
        now = later(cores={"0": proc.CpuTimes(130, 60, 850, 45, 15)})
        cpu = host.documents("vm", BEFORE, now)["cpu/0"]
        self.assertEqual(cpu["state"], "busy")
        self.assertEqual(cpu["attributes"], {
            "usage_percent": 45.0, "user_percent": 30.0, "system_percent": 10.0, "iowait_percent": 5.0, "steal_percent": 5.0})

    def test_a_core_without_ticks_is_idle(self):
        self.assertEqual(host.documents("vm", BEFORE, later())["cpu/1"]["attributes"]["usage_percent"], 0.0)

    def test_rates_are_per_second(self):
        now = later(disks={"vda": proc.DiskCounters(14, 5000, 20, 2000, 1500)})
        attributes = host.documents("vm", BEFORE, now)["disk/vda"]["attributes"]
        self.assertEqual(attributes["read_bytes_per_second"], 2000)
        self.assertEqual(attributes["reads_per_second"], 2.0)
        self.assertEqual(attributes["written_bytes_per_second"], 0)
        self.assertEqual(attributes["busy_percent"], 50.0)

    def test_a_counter_that_was_reset_gives_no_negative_rate(self):
        now = later(interfaces={"eth0": proc.NetCounters(0, 0, 0, 0, 0)})
        network = host.documents("vm", BEFORE, now)["network/eth0"]
        self.assertEqual(network["attributes"]["received_bytes_per_second"], 0)
        self.assertEqual(network["state"], "idle")

    def test_a_device_that_vanished_has_no_document(self):
        self.assertNotIn("disk/vda", host.documents("vm", BEFORE, later(disks={})))

    def test_a_new_device_waits_for_its_second_reading(self):
        now = later(disks={"vdb": proc.DiskCounters(1, 1, 1, 1, 1)})
        self.assertNotIn("disk/vdb", host.documents("vm", BEFORE, now))

    def test_file_systems_go_by_their_mount_point(self):
        attributes = host.documents("vm", BEFORE, later())["filesystem/"]["attributes"]
        self.assertEqual(attributes, {"usage_percent": 70.0, "used_bytes": 70, "available_bytes": 25, "total_bytes": 100})

    def test_a_machine_without_swap_says_so(self):
        self.assertEqual(host.documents("vm", BEFORE, later())["swap"]["state"], "none")


class ThisMachine(unittest.TestCase):
    def test_can_be_read(self):
        first = host.read()
        documents = host.documents("here", first, host.read())
        self.assertTrue({"memory", "load", "swap"} <= documents.keys())
        self.assertTrue(any(key.startswith("cpu/") for key in documents))


if __name__ == "__main__":
    unittest.main()
