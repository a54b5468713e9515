"""Ratios within each repeat, and when a goal is met."""

import unittest

import made
from compare.goals import Check, Goal, Quantity, all_goals, evaluate
from compare.scenarios import all_scenarios

RATE = "deliveries_per_s"
OURS, THEIRS = Quantity("flat", "tidewire", RATE), Quantity("flat", "redis", RATE)


def verdict(results, *checks):
    return evaluate([Goal("a goal", "×", checks)], results)[0]


class Ratios(unittest.TestCase):
    def test_a_ratio_is_the_median_of_the_repeats_ratios(self):
        # Of the medians it would be 20 / 10.
        found = made.results(*made.rates("flat", "tidewire", 20, 90, 10), *made.rates("flat", "redis", 10, 30, 10))
        self.assertEqual(Check(OURS, "≥", 1, THEIRS).measure(found), 2)
        found = made.results(*made.rates("flat", "tidewire", 10, 20, 90), *made.rates("flat", "redis", 30, 10, 10))
        self.assertEqual(Check(OURS, "≥", 1, THEIRS).measure(found), 2)

    def test_only_repeats_that_have_both_count(self):
        found = made.results(*made.rates("flat", "tidewire", 30, 40), made.line("flat", "redis", 1, deliveries_per_s=10))
        self.assertEqual(Check(OURS, "≥", 1, THEIRS).measure(found), 4)

    def test_without_a_reference_it_is_the_figure_itself(self):
        found = made.results(*made.rates("flat", "tidewire", 30, 40, 50))
        self.assertEqual(Check(OURS, "≤", 40).measure(found), 40)

    def test_nothing_is_divided_by_zero(self):
        found = made.results(*made.rates("flat", "tidewire", 30), *made.rates("flat", "redis", 0))
        self.assertIsNone(Check(OURS, "≥", 1, THEIRS).measure(found))


class Verdicts(unittest.TestCase):
    found = made.results(*made.rates("flat", "tidewire", 30), *made.rates("flat", "redis", 20))

    def test_a_bound_itself_is_good_enough(self):
        self.assertTrue(verdict(self.found, Check(OURS, "≥", 1.5, THEIRS)).met)
        self.assertTrue(verdict(self.found, Check(OURS, "≤", 1.5, THEIRS)).met)

    def test_one_missed_check_misses_the_goal(self):
        told = verdict(self.found, Check(OURS, "≥", 1, THEIRS), Check(OURS, "≥", 1.6, THEIRS), Check(OURS, "≥", 1.2, THEIRS))
        self.assertIs(told.met, False)
        self.assertEqual(len(told.missed), 1)
        self.assertEqual(told.worst[0].bound, 1.6)

    def test_the_worst_of_upper_bounds_is_the_highest(self):
        told = verdict(self.found, Check(OURS, "≤", 40), Check(OURS, "≤", 31))
        self.assertEqual(told.worst[0].bound, 31)

    def test_what_is_not_measured_is_neither_met_nor_missed(self):
        absent = Check(Quantity("flat", "nats", RATE), "≥", 1)
        self.assertIsNone(verdict(self.found, Check(OURS, "≥", 1), absent).met)
        self.assertIs(verdict(self.found, Check(OURS, "≥", 99), absent).met, False)
        self.assertIsNone(verdict(self.found, absent).worst)


class TheGoals(unittest.TestCase):
    def test_every_goal_asks_for_what_is_measured(self):
        peers = {scenario.name: scenario.peers for scenario in all_scenarios()}
        fan_out = [scenario.name for scenario in all_scenarios() if scenario.command == "fan-out"]
        for goal in all_goals(fan_out):
            for check in goal.checks:
                for quantity in filter(None, (check.value, check.reference)):
                    self.assertIn(quantity.peer, peers[quantity.scenario], goal.title)


if __name__ == "__main__":
    unittest.main()
