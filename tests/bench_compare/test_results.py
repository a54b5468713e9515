"""Medians, what is left out of them, and which run a figure is of."""

import json
import pathlib
import tempfile
import unittest

import made
from compare import results

RATE = "deliveries_per_s"


class Medians(unittest.TestCase):
    def test_a_median_is_over_the_repeats(self):
        found = made.results(*made.rates("flat", "redis", 3, 100, 4))
        self.assertEqual(found.median("flat", "redis", RATE), 4)

    def test_what_was_not_measured_has_none(self):
        found = made.results(*made.rates("flat", "redis", 3))
        self.assertIsNone(found.median("flat", "nats", RATE))
        self.assertIsNone(found.median("flat", "redis", "server.cpu_s"))

    def test_a_failed_repeat_does_not_count(self):
        found = made.results(*made.rates("flat", "redis", 3, 5), made.line("flat", "redis", 2, error="lost", deliveries_per_s=900))
        self.assertEqual(found.median("flat", "redis", RATE), 4)
        self.assertIsNone(found.error("flat", "redis"))

    def test_when_most_repeats_failed_the_first_reason_is_told(self):
        found = made.results(made.line("flat", "redis", 0, error="lost"), made.line("flat", "redis", 1, error="late"),
                             made.line("flat", "redis", 2))
        self.assertEqual(found.error("flat", "redis"), "lost")

    def test_a_metric_is_a_path_and_a_number(self):
        self.assertEqual(results.value_at({"server": {"cpu_s": 2}}, "server.cpu_s"), 2.0)
        self.assertIsNone(results.value_at({"server": None}, "server.cpu_s"))
        self.assertIsNone(results.value_at(None, "server.cpu_s"))

    def test_a_rate_is_lost_when_most_repeats_lost_it(self):
        kept = [made.line("paced", "ws", repeat, kept_up=repeat == 0) for repeat in range(3)]
        self.assertTrue(made.results(*kept).fell_behind("paced", "ws"))
        self.assertFalse(made.results(*kept[:2]).fell_behind("paced", "ws"))


class Runs(unittest.TestCase):
    def test_a_later_run_replaces_the_scenarios_it_has_and_only_those(self):
        first = [made.RUN, *made.rates("flat", "redis", 1, 1, 1), *made.rates("flat", "nats", 1), *made.rates("storm", "redis", 7)]
        found = results.Results([*first, made.RUN, *made.rates("flat", "redis", 5)])
        self.assertEqual(found.median("flat", "redis", RATE), 5)
        self.assertEqual(found.peers("flat"), {"redis"})
        self.assertEqual(found.median("storm", "redis", RATE), 7)
        self.assertEqual(len(found.runs), 2)

    def test_a_file_is_read_as_it_was_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "deep" / "results.jsonl"
            for value in (3.0, 4.0):
                with results.Writer(path, made.RUN["run"]) as writer:
                    writer.add(results.Measurement("flat", "redis", 0, {RATE: value}))
            self.assertEqual(results.read(path).median("flat", "redis", RATE), 4)
            self.assertEqual([list(json.loads(line))[0] for line in path.read_text().splitlines()], ["run", "scenario"] * 2)
            self.assertEqual(results.newest(path.parent), path)
            self.assertIsNone(results.newest(path.parent / "none"))


if __name__ == "__main__":
    unittest.main()
