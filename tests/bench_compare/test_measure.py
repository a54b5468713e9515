"""What tidewire-load is told, what its answer means, and that servers end with the measurement."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from compare import load, machine, measure, server
from compare.peers import Peer
from compare.results import Measurement

CORE = min(os.sched_getaffinity(0))

LISTENS = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
    while True:
        connection, _ = listening.accept()
        connection.recv(100)
        connection.close()
"""


def peer(script):
    return Peer("some", "some", "Some", lambda build: pathlib.Path(sys.executable), lambda place: ["-c", script, str(place.port)])


class Load(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = pathlib.Path(folder.name) / "load"

    def run_script(self, script):
        self.program.write_text(f"#!{sys.executable}\nimport json, os, sys\n{script}")
        self.program.chmod(0o755)
        return load.run(self.program, "fan-out", {"rooms": 2, "subscribe": True}, CORE, seconds=1)

    def test_it_is_pinned_and_told_what_to_do(self):
        answer = '{"arguments": sys.argv[1:-1], "cores": list(os.sched_getaffinity(0))}'
        result = self.run_script(f'json.dump({answer}, open(sys.argv[-1], "w"))')
        self.assertEqual(result, {"arguments": ["fan-out", "--rooms", "2", "--subscribe", "--json"], "cores": [CORE]})

    def test_lost_messages_do_not_count_and_are_kept(self):
        script = 'json.dump({"violations": {"gaps": 0, "out_of_order": 1200}}, open(sys.argv[-1], "w")); sys.exit(1)'
        with self.assertRaisesRegex(load.LoadFailed, "1,200 out of order") as failed:
            self.run_script(script)
        self.assertIsNotNone(failed.exception.result)

    def test_otherwise_its_last_words_are_the_reason(self):
        with self.assertRaisesRegex(load.LoadFailed, "^cannot connect$"):
            self.run_script('sys.exit("first\\ncannot connect")')


class Servers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_server_is_there_for_one_measurement_and_leaves_nothing(self):
        with server.running(peer(LISTENS), CORE, self.folder, self.folder) as found:
            pid = found.pid
            self.assertEqual(os.sched_getaffinity(pid), {CORE})
            self.assertTrue(server.answers(found.place.port, b"hello"))
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_it_is_stopped_when_the_measurement_fails(self):
        with self.assertRaises(ZeroDivisionError), server.running(peer(LISTENS), CORE, self.folder, self.folder) as found:
            pid = found.pid
            raise ZeroDivisionError
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())

    def test_one_that_ends_at_once_is_quoted(self):
        with self.assertRaisesRegex(server.ServerFailed, "some ended with status 1: no such option"):
            with server.running(peer('import sys; sys.exit("no such option")'), CORE, self.folder, self.folder):
                self.fail("it did not start")


class Others(unittest.TestCase):
    def test_our_own_children_are_not_others(self):
        cores = os.sched_getaffinity(0)
        before = machine.busy_s(cores), machine.children_s()
        watch = machine.Watch(cores)
        subprocess.run([sys.executable, "-c", "for _ in range(3_000_000): pass"], check=True)
        self.assertLess(machine.children_s() - before[1], machine.busy_s(cores) - before[0] + 0.1)
        self.assertTrue(0 <= watch.others() <= 1)


class Summary(unittest.TestCase):
    def test_it_says_what_matters(self):
        result = {"deliveries_per_s": 3_684_000.0, "server": {"cpu_us_per_delivery": 0.27}, "kept_up": False}
        self.assertEqual(measure.summary(Measurement("a", "b", 0, result)), "3,684,000 deliveries/s, 0.27 µs, fell behind")
        self.assertEqual(measure.summary(Measurement("a", "b", 0, None, "gone")), "FAILED: gone")
        self.assertEqual(measure.summary(Measurement("a", "b", 0, None, others=0.25)), "disturbed: others took 25%")
        self.assertEqual(measure.summary(Measurement("a", "b", 0, {}, others=0.01)), "")


if __name__ == "__main__":
    unittest.main()
