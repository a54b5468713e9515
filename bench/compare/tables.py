"""The tables of bench/README.md, as Markdown."""

import functools
import statistics
import typing

from compare.goals import CPU, P50, P99, PUBLISHES, RATE, Check, Verdict
from compare.peers import PEERS
from compare.results import Results
from compare.scenarios import Scenario

MISSING = "—"
FULL = 0.95  # share of its core: the load generator could do no more


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """Empty without rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def figure(value: float) -> str:
    """Three digits that count: 3.68 M, 412 k, 6.4, 0.27"""
    for unit, size in (("M", 1e6), ("k", 1e4)):
        if abs(value) >= size:
            scaled = value / (1e6 if unit == "M" else 1e3)
            return f"{digits(scaled)} {unit}"
    return digits(value)


def digits(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def shortened(reason: str, letters: int = 160) -> str:
    """On one line, and without what could be taken for Markdown."""
    words = " ".join(reason.split()).replace("`", "'")
    return f"`{words if len(words) <= letters else words[: letters - 1] + '…'}`"


Cell = typing.Callable[[Scenario, str], str | None]  # what a table says of one scenario and one peer


class Tables:
    """Writes each table from the same results."""

    def __init__(self, results: Results, scenarios: list[Scenario]) -> None:
        self._results, self._scenarios = results, scenarios

    def fan_out(self, table: str) -> str:
        return self._by_peer(table, {"flat-out": self._throughput, "paced": self._pace}[table])

    def idle(self) -> str:
        return self._by_peer("idle", lambda scenario, peer: self._plain(scenario, peer, "bytes_per_connection", "{:,.0f}"))

    def publish(self) -> str:
        return self._by_peer("publish", lambda scenario, peer: self._median(scenario, peer, PUBLISHES))

    def storm(self) -> str:
        columns = [("connected and subscribed, s", "connect_s"), ("server CPU, s", "connect_cpu_s"), ("resumed, s", "resume_s"),
                   ("server CPU, s", "server.cpu_s")]
        return self._by_metric("storm", columns)

    def slow_peer(self) -> str:
        """Both ways, and how they relate: medians of the ratios within each repeat."""
        rows = self._rows("slow-peer")
        metrics = [("p50, ms", P50), ("p99, ms", P99), ("CPU µs a delivery", CPU), ("most memory (RSS), bytes", "peak_rss_bytes")]
        told = [("told meanwhile", "slow_peer.told_slowly"), ("closed, times", "slow_peer.closed"),
                ("publications behind", "slow_peer.behind"), ("current after, s", "slow_peer.current_s")]
        cells = [[row.title, *(self._cell(row, "tidewire", functools.partial(self._median, metric=metric)) for _, metric in metrics + told)]
                 for row in rows]
        if len(rows) == 2:
            cells.append(["the second against the first", *(self._ratio(rows[1], rows[0], metric) for _, metric in metrics), *[""] * len(told)])
        return markdown(["", *(title for title, _ in metrics + told)], cells)

    def live_storm(self) -> str:
        columns = [(f"{metric} {when}, ms", f"{when}.{metric}") for metric in ("p50", "p99") for when in ("before", "during", "after")]
        columns += [("worst, ms", "during.worst"), ("all are back, s", "back_s"), ("server CPU meanwhile, s", "server.cpu_s")]
        return self._by_metric("live-storm", columns)

    def restart(self) -> str:
        columns = [("time to serve, s", "serve_s"), ("filling took, s", "fill_s"), ("stopping took, s", "stop_s"),
                   ("on disk, bytes", "stored_bytes"), ("RSS when serving, bytes", "rss_bytes")]
        return self._by_metric("restart", columns)

    def notes(self) -> str:
        """What went wrong, also in single repeats."""
        lines = []
        for scenario in self._scenarios:
            for peer in PEERS:
                errors = self._results.errors(scenario.name, peer)
                if errors:
                    of = f"{len(errors)} of {len(self._results.repeats(scenario.name, peer))}"
                    lines.append(f"- {scenario.title}, {PEERS[peer].title}, {of}: {shortened(errors[0])}")
        return "\n".join(lines)

    def _rows(self, table: str) -> list[Scenario]:
        measured = self._results.measured()
        return [scenario for scenario in self._scenarios if scenario.table == table and scenario.name in measured]

    def _by_peer(self, table: str, cell: Cell) -> str:
        rows = self._rows(table)
        peers = [peer for peer in PEERS if any(peer in self._results.peers(scenario.name) for scenario in rows)]
        return markdown(["", *(PEERS[peer].title for peer in peers)],
                        [[scenario.title, *(self._cell(scenario, peer, cell) for peer in peers)] for scenario in rows])

    def _cell(self, scenario: Scenario, peer: str, cell: Cell) -> str:
        if self._results.error(scenario.name, peer):
            return "failed"
        return cell(scenario, peer) or MISSING

    def _by_metric(self, table: str, columns: list[tuple[str, str]]) -> str:
        rows = [(scenario, peer) for scenario in self._rows(table) for peer in PEERS if peer in self._results.peers(scenario.name)]
        cells = [(title, functools.partial(self._median, metric=metric)) for title, metric in columns]
        return markdown(["", "", *(title for title, _ in cells)],
                        [[scenario.title, PEERS[peer].title, *(self._cell(scenario, peer, cell) for _, cell in cells)] for scenario, peer in rows])

    def _median(self, scenario: Scenario, peer: str, metric: str) -> str | None:
        value = self._results.median(scenario.name, peer, metric)
        return None if value is None else figure(value)

    def _ratio(self, above: Scenario, below: Scenario, metric: str) -> str:
        ours, others = (self._results.values(scenario.name, "tidewire", metric) for scenario in (above, below))
        ratios = [ours[repeat] / others[repeat] for repeat in ours.keys() & others.keys() if others[repeat] > 0]
        return f"{statistics.median(ratios):.2f} ×" if ratios else MISSING

    def _plain(self, scenario: Scenario, peer: str, metric: str, form: str) -> str | None:
        value = self._results.median(scenario.name, peer, metric)
        return None if value is None else form.format(value)

    def _throughput(self, scenario: Scenario, peer: str) -> str | None:
        rate, cpu = (self._median(scenario, peer, metric) for metric in (RATE, CPU))
        if rate is None:
            return None
        full = (self._results.median(scenario.name, peer, "load_cpu_share") or 0.0) > FULL
        return f"{rate}{'*' if full else ''} ({cpu or MISSING})"

    def _pace(self, scenario: Scenario, peer: str) -> str | None:
        cpu, p50, p99 = (self._median(scenario, peer, metric) for metric in (CPU, P50, P99))
        if cpu is None and p50 is None:
            return None
        if self._results.fell_behind(scenario.name, peer):
            return f"{cpu or MISSING}; falls behind"
        return f"{cpu or MISSING}; {p50}, {p99}"


def goals(verdicts: list[Verdict], titles: dict[str, str]) -> str:
    return markdown(["goal", "measured", "met"], [[verdict.goal.title, measured(verdict, titles), met(verdict)] for verdict in verdicts])


def measured(verdict: Verdict, titles: dict[str, str]) -> str:
    unit = verdict.goal.unit

    def said(check: Check, value: float) -> str:
        return f"{value:,.0f} {unit}" if unit != "×" else f"{figure(value)} ×"

    if verdict.worst is None:
        return "not measured"
    if len(verdict.goal.checks) <= 2:
        return ", ".join(said(check, value) for check, value in verdict.measured)
    check, value = verdict.worst
    holding = len(verdict.measured) - len(verdict.missed)
    return f"{holding} of {len(verdict.measured)}; worst {said(check, value)} ({titles[check.value.scenario]})"


def met(verdict: Verdict) -> str:
    return {True: "yes", False: "**no**", None: f"{verdict.unmeasured} not measured"}[verdict.met]
