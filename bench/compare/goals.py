"""The goals, as data: each is a ratio of two quantities of one run, or one quantity, and the bound that it has to keep."""

import dataclasses
import statistics

from compare.results import Results

CPU, RATE = "server.cpu_us_per_delivery", "deliveries_per_s"
P50, P99 = "latency_ms.p50", "latency_ms.p99"
PUBLISHES = "publishes_per_s"
NOISE = 1.05  # "no higher than" something that is itself measured: equal within what repeats differ by


@dataclasses.dataclass(frozen=True)
class Quantity:
    scenario: str
    peer: str
    metric: str


@dataclasses.dataclass(frozen=True)
class Check:
    """`value` is at least, or at most, `bound` times `reference`; without a reference it is `bound` itself."""
    value: Quantity
    relation: str  # "≥" or "≤"
    bound: float
    reference: Quantity | None = None

    def measure(self, results: Results) -> float | None:
        """The median of the repeats' ratios; None where something was not measured."""
        values = results.values(*dataclasses.astuple(self.value))
        if self.reference is not None:
            references = results.values(*dataclasses.astuple(self.reference))
            values = {repeat: values[repeat] / references[repeat] for repeat in values if references.get(repeat)}
        return statistics.median(values.values()) if values else None

    def holds(self, measured: float) -> bool:
        return measured >= self.bound if self.relation == "≥" else measured <= self.bound


@dataclasses.dataclass(frozen=True)
class Goal:
    title: str
    unit: str  # of the measured figure: "×" for ratios
    checks: tuple[Check, ...]


@dataclasses.dataclass(frozen=True)
class Verdict:
    goal: Goal
    measured: list[tuple[Check, float]]  # the checks that could be made

    @property
    def missed(self) -> list[tuple[Check, float]]:
        return [(check, value) for check, value in self.measured if not check.holds(value)]

    @property
    def unmeasured(self) -> int:
        return len(self.goal.checks) - len(self.measured)

    @property
    def met(self) -> bool | None:
        """None: nothing speaks against it, but not everything was measured."""
        if self.missed:
            return False
        return None if self.unmeasured else True

    @property
    def worst(self) -> tuple[Check, float] | None:
        """The check that is farthest from its bound, or nearest to it if all hold."""
        margin = lambda one: one[1] / one[0].bound if one[0].relation == "≥" else -one[1] / one[0].bound
        return min(self.measured, key=margin, default=None)


def evaluate(goals: list[Goal], results: Results) -> list[Verdict]:
    verdicts = []
    for goal in goals:
        values = [(check, check.measure(results)) for check in goal.checks]
        verdicts.append(Verdict(goal, [(check, value) for check, value in values if value is not None]))
    return verdicts


def against(scenario: str, metric: str, relation: str, bound: float, peer: str, reference: str | None = None) -> Check:
    """Tidewire beside another peer, in the same scenario unless told otherwise."""
    return Check(Quantity(scenario, "tidewire", metric), relation, bound, Quantity(reference or scenario, peer, metric))


def own(scenario: str, metric: str, relation: str, bound: float, other: str, other_metric: str | None = None) -> Check:
    """Tidewire beside itself in another scenario, or by another metric."""
    return Check(Quantity(scenario, "tidewire", metric), relation, bound, Quantity(other, "tidewire", other_metric or metric))


def all_goals(fan_out: list[str]) -> list[Goal]:
    flat = ["1x1000-flat-1", "1x1000-flat-16", "1x1000-flat-64", "1x1000-flat-200"]
    alike = ["flat-16", "rate-50", "rate-200", "rate-1000"]
    fsync = [(scenario, how) for how in ("http", "http-batch") for scenario in (f"publish-{how}-1", f"publish-{how}-1000")]

    def fsynced(how: str, bound: float) -> tuple[Check, ...]:
        return tuple(
            Check(Quantity(scenario, "tidewire-fsync", PUBLISHES), "≥", bound,
                  Quantity(scenario.replace("http-batch", "http"), "redis-always", PUBLISHES))
            for scenario, of in fsync if of == how)

    return [
        Goal("1 × 1,000, 16 in flight: deliveries/s at least 1.5 times Redis", "×", (against(flat[1], RATE, "≥", 1.5, "redis"),)),
        Goal("the same with 64 and 200 in flight: at least Redis", "×",
             tuple(against(scenario, RATE, "≥", 1, "redis") for scenario in flat[2:])),
        Goal("more in flight is not less throughput (within 5 %)", "×",
             tuple(own(more, RATE, "≥", 1 / NOISE, less) for less, more in zip(flat, flat[1:]))),
        Goal("CPU per delivery at most that of Redis, every scenario", "×",
             tuple(against(scenario, CPU, "≤", 1, "redis") for scenario in fan_out)),
        Goal("CPU per delivery at most half of Centrifugo's, every scenario", "×",
             tuple(against(scenario, CPU, "≤", 0.5, "centrifugo") for scenario in fan_out)),
        Goal("CPU per delivery at most half of NATS's, every scenario", "×",
             tuple(against(scenario, CPU, "≤", 0.5, "nats") for scenario in fan_out)),
        Goal("1 × 100 at 50 msg/s: p50 and p99 no higher than Redis", "×",
             tuple(against("1x100-rate-50", metric, "≤", 1, "redis") for metric in (P50, P99))),
        Goal("1 × 1,000 at 1,000 msg/s: p99 no higher than Redis", "×", (against("1x1000-rate-1000", P99, "≤", 1, "redis"),)),
        Goal("an idle connection at most 4 KiB, connected and subscribed", "B",
             tuple(Check(Quantity(f"idle-{what}", "tidewire", "bytes_per_connection"), "≤", 4096) for what in ("connected", "subscribed"))),
        Goal("fsynced batches at least 20 times Redis XADD, appendfsync always", "×", fsynced("http-batch", 20)),
        Goal("fsynced single publishes at least 4 times the same", "×", fsynced("http", 4)),
        Goal("10,000 clients resume faster than they connected", "×", (own("storm", "resume_s", "≤", 1, "storm", "connect_s"),)),
        Goal("CPU per delivery flat or falling from 100 to 1,000 subscribers (within 5 %)", "×",
             tuple(own(f"1x1000-{how}", CPU, "≤", NOISE, f"1x100-{how}") for how in alike)),
    ]
