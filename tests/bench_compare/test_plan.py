"""The order of the measurements, the time they take, and what is chosen by name."""

import pathlib
import tempfile
import unittest

from compare import machine, peers, plan, scenarios
from compare.scenarios import Scenario


def scenario(name, *names):
    return Scenario(name, "flat-out", name, "fan-out", {}, names)


class Order(unittest.TestCase):
    def test_each_repeat_goes_through_everything_and_begins_with_another_peer(self):
        steps = plan.steps([scenario("a", "tidewire", "redis"), scenario("b", "redis")], ["tidewire", "redis"], 2)
        self.assertEqual([(step.repeat, step.scenario.name, step.peer) for step in steps], [
            (0, "a", "tidewire"), (0, "a", "redis"), (0, "b", "redis"),
            (1, "a", "redis"), (1, "a", "tidewire"), (1, "b", "redis"),
        ])

    def test_a_peer_that_is_missing_is_left_out(self):
        self.assertEqual(plan.steps([scenario("a", "nats")], ["redis"], 3), [])


class Time(unittest.TestCase):
    def test_what_a_step_took_it_will_take_again(self):
        steps = plan.steps([scenario("a", "redis")], ["redis"], 2)
        estimate = plan.Estimate(steps, seconds=5)
        self.assertEqual(estimate.left_s(), 2 * (5 + 1 + plan.OVERHEAD_S["fan-out"]))
        estimate.done(steps[0], took_s=7.5)
        self.assertEqual(estimate.left_s(), 7.5)

    def test_durations_are_rounded_to_what_matters(self):
        said = {3.4: "3 s", 89: "89 s", 100: "2 min", 3600: "60 min", 7260: "2 h 1 min"}
        self.assertEqual({seconds: plan.duration(seconds) for seconds in said}, said)


class Choice(unittest.TestCase):
    def test_scenarios_are_chosen_by_name_and_pattern_in_their_own_order(self):
        known = [scenario("a-1"), scenario("a-2"), scenario("b")]
        self.assertEqual([one.name for one in scenarios.chosen(known, ["b", "a-*"])], ["a-1", "a-2", "b"])
        self.assertEqual(scenarios.chosen(known, []), known)
        with self.assertRaisesRegex(ValueError, 'no scenario is called "c"'):
            scenarios.chosen(known, ["a-1", "c"])

    def test_a_peer_means_its_variants_too(self):
        self.assertEqual(peers.chosen(["redis", "ws"]), ["redis", "redis-everysec", "redis-always", "ws"])
        self.assertEqual(peers.chosen([]), list(peers.PEERS))
        with self.assertRaisesRegex(ValueError, 'no peer is called "resid"'):
            peers.chosen(["resid"])

    def test_names_are_unique_and_peers_known(self):
        names = [one.name for one in scenarios.all_scenarios()]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({peer for one in scenarios.all_scenarios() for peer in one.peers}, set(peers.PEERS))


class Cores(unittest.TestCase):
    def test_the_load_gets_another_physical_core_if_there_is_one(self):
        with tempfile.TemporaryDirectory() as folder:
            for core, listed in enumerate(("0-1", "0-1", "2,6")):
                path = pathlib.Path(folder) / f"cpu{core}" / "topology"
                path.mkdir(parents=True)
                (path / "thread_siblings_list").write_text(listed + "\n")
            self.assertEqual(machine.two_cores({0, 1, 2}, pathlib.Path(folder)), (0, 2))
            self.assertEqual(machine.two_cores({0, 1}, pathlib.Path(folder)), (0, 1))
            self.assertEqual(machine.two_cores({3}, pathlib.Path(folder)), (3, 3))
            self.assertEqual(machine.two_cores({3, 4}, pathlib.Path(folder)), (3, 4))


if __name__ == "__main__":
    unittest.main()
