"""One measurement after the other: a fresh server, the load against it, the result."""

import dataclasses
import pathlib
import sys
import time

from compare import live_storm, load, restart, slow_peer
from compare.machine import Watch
from compare.peers import PEERS
from compare.plan import Estimate, Step, duration
from compare.results import Measurement, Writer, value_at
from compare.server import Server, ServerFailed, running


@dataclasses.dataclass(frozen=True)
class Settings:
    build: pathlib.Path  # of Tidewire and the load generator
    folders: pathlib.Path  # where servers keep their data
    seconds: float
    server_core: int
    load_core: int

    @property
    def load_program(self) -> pathlib.Path:
        return self.build / "bench" / "load" / "tidewire-load"


def measure(steps: list[Step], settings: Settings, writer: Writer) -> None:
    estimate = Estimate(steps, settings.seconds)
    for number, step in enumerate(steps, 1):
        say(f"[{number}/{len(steps)}, {duration(estimate.left_s())} left] {step.scenario.name} {step.peer}: ", end="")
        began = time.monotonic()
        watch = Watch({settings.server_core, settings.load_core})
        measurement = dataclasses.replace(take(step, settings), others=watch.others())
        writer.add(measurement)
        estimate.done(step, time.monotonic() - began)
        say(summary(measurement))


def take(step: Step, settings: Settings) -> Measurement:
    def measurement(result: load.Result | None, error: str | None = None) -> Measurement:
        return Measurement(step.scenario.name, step.peer, step.repeat, result, error)

    try:
        with running(PEERS[step.peer], settings.server_core, settings.build, settings.folders) as server:
            try:
                result = run(step, server, settings)
            except load.LoadFailed as why:
                server.check()
                words = server.last_words()
                return measurement(why.result, f"{why}; the server says: {words}" if words else str(why))
            server.check()
            return measurement(result)
    except ServerFailed as why:
        return measurement(None, str(why))


def run(step: Step, server: Server, settings: Settings) -> load.Result:
    scenario = step.scenario
    if scenario.command == "restart":
        return restart.measure(server, settings.load_program, settings.load_core, **scenario.arguments)
    beside = {"slow-peer": slow_peer.measure, "live-storm": live_storm.measure}.get(scenario.command)
    if beside:
        wanted = scenario.arguments | scenario.for_kind.get(server.peer.kind, {})
        return beside(server, settings.load_program, settings.load_core, settings.seconds, **wanted)
    arguments = {"peer": server.peer.kind, "connect": server.address, "pid": server.pid, **scenario.arguments}
    arguments |= scenario.for_kind.get(server.peer.kind, {})
    if scenario.command in ("fan-out", "publish"):
        arguments["seconds"] = settings.seconds
    return load.run(settings.load_program, scenario.command, arguments, settings.load_core, settings.seconds)


DISTURBED = 0.05  # share of the two cores

SUMMARY = [
    ("deliveries_per_s", "{:,.0f} deliveries/s"),
    ("publishes_per_s", "{:,.0f} publishes/s"),
    ("server.cpu_us_per_delivery", "{:.2f} µs"),
    ("latency_ms.p50", "p50 {:.2f} ms"),
    ("latency_ms.p99", "p99 {:.2f} ms"),
    ("bytes_per_connection", "{:,.0f} B a connection"),
    ("connect_s", "connect {:.2f} s"),
    ("resume_s", "resume {:.2f} s"),
    ("slow_peer.current_s", "the slow one current after {:.2f} s"),
    ("before.p99", "live p99 {:.2f} ms"),
    ("during.p99", "then {:.2f} ms"),
    ("serve_s", "serves after {:.2f} s"),
]


def summary(measurement: Measurement) -> str:
    parts = [f"FAILED: {measurement.error}"] if measurement.error else []
    for metric, form in SUMMARY:
        value = value_at(measurement.result, metric)
        if value is not None:
            parts.append(form.format(value))
    if (measurement.result or {}).get("kept_up") is False:
        parts.append("fell behind")
    if (measurement.others or 0.0) > DISTURBED:
        parts.append(f"disturbed: others took {measurement.others:.0%}")
    return ", ".join(parts)


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)
