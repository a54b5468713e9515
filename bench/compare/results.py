"""Results as JSON lines: a line that says what a run was, then one for each measurement; and the medians over them."""

import dataclasses
import json
import pathlib
import statistics
import typing

Json = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True)
class Measurement:
    scenario: str
    peer: str
    repeat: int
    result: Json | None  # of tidewire-load
    error: str | None = None  # why it does not count
    others: float | None = None  # share of the two cores that other processes took meanwhile


class Writer:
    """Appends a run to a file; every line is on its way to the disk at once, so that an interrupted run loses nothing."""

    def __init__(self, path: pathlib.Path, run: Json) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a")
        self._line({"run": run})

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, measurement: Measurement) -> None:
        self._line(dataclasses.asdict(measurement))

    def _line(self, value: Json) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
        self._file.flush()


class Results:
    """A results file as read: of each scenario the measurements of the last run that has it, so that ratios are within one run."""

    def __init__(self, lines: typing.Iterable[Json]) -> None:
        self.runs: list[Json] = []
        self._cells: dict[tuple[str, str], dict[int, Measurement]] = {}
        run_of: dict[str, int] = {}
        for line in lines:
            if "run" in line:
                self.runs.append(line["run"])
                continue
            found = Measurement(**line)
            if run_of.get(found.scenario) != len(self.runs):
                run_of[found.scenario] = len(self.runs)
                self._cells = {cell: repeats for cell, repeats in self._cells.items() if cell[0] != found.scenario}
            self._cells.setdefault((found.scenario, found.peer), {})[found.repeat] = found

    def repeats(self, scenario: str, peer: str) -> list[Measurement]:
        cell = self._cells.get((scenario, peer), {})
        return [cell[repeat] for repeat in sorted(cell)]

    def peers(self, scenario: str) -> set[str]:
        return {peer for name, peer in self._cells if name == scenario}

    def measured(self) -> set[str]:
        return {name for name, _ in self._cells}

    def error(self, scenario: str, peer: str) -> str | None:
        """Why there is no figure: what went wrong in most of the repeats."""
        wrong = self.errors(scenario, peer)
        return wrong[0] if len(wrong) * 2 > len(self.repeats(scenario, peer)) else None

    def errors(self, scenario: str, peer: str) -> list[str]:
        return [found.error for found in self.repeats(scenario, peer) if found.error is not None]

    def values(self, scenario: str, peer: str, metric: str) -> dict[int, float]:
        """By repeat; without those that do not count or do not have it."""
        found = {one.repeat: value_at(one.result, metric) for one in self.repeats(scenario, peer) if one.error is None}
        return {repeat: value for repeat, value in found.items() if value is not None}

    def median(self, scenario: str, peer: str, metric: str) -> float | None:
        values = self.values(scenario, peer, metric)
        return statistics.median(values.values()) if values else None

    def others(self) -> list[float]:
        """Of every measurement what other processes took meanwhile."""
        return [one.others for cell in self._cells.values() for one in cell.values() if one.others is not None]

    def fell_behind(self, scenario: str, peer: str) -> bool:
        """A rate that was not held in most of the repeats."""
        kept = [(found.result or {}).get("kept_up", True) for found in self.repeats(scenario, peer)]
        return kept.count(False) * 2 > len(kept)


def value_at(result: Json | None, metric: str) -> float | None:
    """"server.cpu_us_per_delivery" → that member of that member"""
    value: typing.Any = result
    for name in metric.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return float(value) if isinstance(value, (int, float)) else None


def read(path: pathlib.Path) -> Results:
    with open(path) as file:
        return Results(json.loads(line) for line in file if line.strip())


def newest(folder: pathlib.Path) -> pathlib.Path | None:
    return max(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime, default=None)
