"""The order of the measurements, and how long they will take."""

import dataclasses

from compare.scenarios import Scenario

# What starting, connecting and stopping take beside the seconds measured, until it is known better.
OVERHEAD_S = {"fan-out": 3.0, "publish": 2.0, "idle": 8.0, "storm": 15.0, "restart": 60.0, "slow-peer": 5.0, "live-storm": 40.0}
MEASURED = {"fan-out", "publish", "slow-peer"}  # commands whose time is --seconds and a warm-up


@dataclasses.dataclass(frozen=True)
class Step:
    repeat: int
    scenario: Scenario
    peer: str


def steps(scenarios: list[Scenario], peers: list[str], repeats: int) -> list[Step]:
    """Repeat by repeat, and in each scenario one peer after the other: what drifts on a shared machine hits all alike. Each repeat
    begins with another peer."""
    found = []
    for repeat in range(repeats):
        for scenario in scenarios:
            taking_part = [peer for peer in peers if peer in scenario.peers]
            first = repeat % len(taking_part) if taking_part else 0
            found += [Step(repeat, scenario, peer) for peer in taking_part[first:] + taking_part[:first]]
    return found


class Estimate:
    """Time that is left: what a step took before it will take again."""

    def __init__(self, todo: list[Step], seconds: float) -> None:
        self._todo, self._seconds = list(todo), seconds
        self._took: dict[tuple[str, str], float] = {}

    def done(self, step: Step, took_s: float) -> None:
        self._todo.remove(step)
        self._took[step.scenario.name, step.peer] = took_s

    def left_s(self) -> float:
        return sum(self._expected_s(step) for step in self._todo)

    def _expected_s(self, step: Step) -> float:
        command = step.scenario.command
        guess = OVERHEAD_S[command] + (self._seconds + 1 if command in MEASURED else 0)
        return self._took.get((step.scenario.name, step.peer), guess)


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
