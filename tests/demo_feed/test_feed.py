"""The feed as a process: what it publishes, that an outage does not end it, and how it ends."""

import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path

from answering_server import AnsweringServer

FEED = Path(__file__).resolve().parents[2] / "tools/demo_feed/feed.py"


class Feed(unittest.TestCase):
    def setUp(self):
        self.server = AnsweringServer()
        self.addCleanup(self.server.stop)

    def start(self, *arguments):
        feed = subprocess.Popen([sys.executable, "-B", str(FEED), "--server", self.server.address, *arguments],
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(feed.stderr.close)
        self.addCleanup(feed.wait)
        self.addCleanup(feed.kill)
        return feed

    def test_once_publishes_this_machine_and_ends(self):
        feed = self.start("--once", "--interval", "0.05")
        self.assertEqual(feed.wait(30), 0)
        self.assertEqual(self.server.requests[0]["path"], f"/api/v1/rooms/host:{socket.gethostname()}/events")
        keys = {item["key"] for item in self.server.requests[0]["items"]}
        self.assertTrue({"cpu/0", "memory", "load"} <= keys)

    def test_once_says_when_it_was_not_taken(self):
        self.server.script = [403]
        feed = self.start("--once", "--interval", "0.05")
        self.assertEqual(feed.wait(30), 1)
        self.assertIn("403 detail of 403", feed.stderr.read())

    def test_goes_on_after_outages_longer_than_its_interval_and_ends_cleanly(self):
        self.server.script = [200, None, None, 200, 503, 200]
        feed = self.start("--interval", "0.05")
        self.assertTrue(self.server.wait_for_requests(9))
        feed.send_signal(signal.SIGTERM)
        self.assertEqual(feed.wait(30), 0)
        self.assertNotIn("Traceback", feed.stderr.read())

    def test_an_address_that_is_none_is_refused(self):
        feed = self.start("--server", "ftp://x")
        self.assertEqual(feed.wait(30), 2)


if __name__ == "__main__":
    unittest.main()
