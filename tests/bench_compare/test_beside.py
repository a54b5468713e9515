"""What is measured beside a crowd: a slow peer and where it ends, a storm and the time it took."""

import unittest

from compare import live_storm, load, slow_peer, tables
from compare.scenarios import slow_peer as scenario
from made import line, results


def slices(*p99):
    return [{"p50": value / 2, "p99": value, "max": 2 * value, "deliveries": 10} for value in p99]


class SlowPeer(unittest.TestCase):
    def setUp(self):
        self.peer = slow_peer.SlowPeer(1)

    def hear(self, *told):
        return [self.peer._hear(each) for each in told]

    def test_it_holds_the_state_that_it_was_told(self):
        rows = [{"key": "a", "data": 1, "offset": 1}, {"key": "b", "data": 2, "offset": 2}]
        told = {"offset": 3, "key": "a", "removed": True}, {"offset": 5, "key": "b", "data": 5}
        answers = self.hear({"id": 2, "subscribe": {"type": 1, "state": rows, "offset": 2, "epoch": "e"}},
                            *({"push": {"channel": "bench:0", "pub": pub}} for pub in told), {})
        self.assertEqual((self.peer.state, self.peer.offset, self.peer.told), ({"b": 5}, 5, 2))
        self.assertEqual(answers, [None, None, None, {}])  # the last one answers a ping
        self.assertEqual(self.peer.fault, "")

    def test_it_notices_what_goes_back(self):
        self.hear({"id": 2, "subscribe": {"type": 1, "offset": 7, "epoch": "e"}},
                  {"push": {"channel": "bench:0", "pub": {"offset": 7, "key": "a", "data": 1}}})
        self.assertEqual(self.peer.fault, "offset 7 after 7")

    def test_it_recovers_and_starts_anew_where_it_must(self):
        self.hear({"id": 2, "subscribe": {"type": 1, "offset": 7, "epoch": "e"}})
        (again,) = self.hear({"push": {"channel": "bench:0", "unsubscribe": {"code": 2500}}})
        self.assertEqual({name: again["subscribe"][name] for name in ("recover", "offset", "epoch")},
                         {"recover": True, "offset": 7, "epoch": "e"})
        (anew,) = self.hear({"id": 2, "error": {"code": 112}})
        self.assertEqual(anew["subscribe"]["phase"], 2)

    def test_the_table_sets_both_ways_against_each_other(self):
        both = [scenario(False), scenario(True)]
        cells = [line(both[with_it].name, "tidewire", repeat, latency_ms={"p50": 1.0, "p99": p99}, server={"cpu_us_per_delivery": 2.0},
                      peak_rss_bytes=10_000_000)
                 for repeat in (0, 1, 2) for with_it, p99 in ((0, 4.0), (1, 5.0))]
        text = tables.Tables(results(*cells), both).slow_peer()
        self.assertIn("| the second against the first | 1.00 × | 1.25 × | 1.00 × | 1.00 × |", text)


class LiveStorm(unittest.TestCase):
    live = {"began_ms": 1_000, "seconds": 0.6, "slices": slices(1.0, 1.0, 9.0, 9.0, 2.0, 2.0)}  # of 100 ms

    def test_latencies_are_those_of_the_time_before_during_and_after(self):
        joined = live_storm.joined(self.live, {"cut_ms": 1_200, "back_by_ms": 1_400}, seconds=0.3)
        self.assertEqual([joined[when]["p99"] for when in ("before", "during", "after")], [1.0, 9.0, 2.0])
        self.assertEqual((joined["during"]["worst"], joined["back_s"]), (18.0, 0.2))

    def test_a_storm_that_lasts_longer_than_the_live_room_is_no_measurement(self):
        with self.assertRaisesRegex(load.LoadFailed, "too short"):
            live_storm.joined(self.live, {"cut_ms": 1_200, "back_by_ms": 1_550}, seconds=0.3)


if __name__ == "__main__":
    unittest.main()
