"""A live room while the subscribers of another one are cut off and come back all at once: latency before, meanwhile and after."""

import concurrent.futures
import pathlib
import statistics
import typing

from compare import load
from compare.scenarios import Arguments
from compare.server import Server

SLICE_MS = 100
LIVE = {"rooms": 1, "subscribers": 200, "rate": 200, "slice-ms": SLICE_MS}
CONNECTING_S = 10.0  # at most, until all are there

Slice = dict[str, float]


def between(live: load.Result, begin_ms: float, end_ms: float) -> list[Slice]:
    """The slices that have some of that time, from when it begins to when it ends."""
    first = live["began_ms"]
    return [each for number, each in enumerate(live["slices"])
            if first + (number + 1) * SLICE_MS > begin_ms and first + number * SLICE_MS < end_ms and each["deliveries"] > 0]


def latency(slices: list[Slice]) -> dict[str, float]:
    if not slices:
        raise load.LoadFailed("nothing was measured before, during or after the storm: --seconds is too short")
    return {"p50": statistics.median(each["p50"] for each in slices), "p99": statistics.median(each["p99"] for each in slices),
            "worst": max(each["max"] for each in slices)}


def joined(live: load.Result, storm: load.Result, seconds: float) -> load.Result:
    """What the two load generators say, on one clock."""
    end_ms = live["began_ms"] + live["seconds"] * 1000
    if storm["back_by_ms"] + 2 * SLICE_MS > end_ms:
        raise load.LoadFailed("the storm was not over when the live room was: --seconds is too short")
    return storm | {
        "scenario": "live-storm", "back_s": (storm["back_by_ms"] - storm["cut_ms"]) / 1000,
        "before": latency(between(live, storm["cut_ms"] - seconds * 1000, storm["cut_ms"] - SLICE_MS)),
        "during": latency(between(live, storm["cut_ms"], storm["back_by_ms"])),
        "after": latency(between(live, storm["back_by_ms"] + SLICE_MS, storm["back_by_ms"] + seconds * 1000)),
    }


def measure(server: Server, program: pathlib.Path, core: int, seconds: float, **arguments: typing.Any) -> load.Result:
    """`seconds` of quiet before and after."""
    common: Arguments = {"peer": server.peer.kind, "connect": server.address, "pid": server.pid}
    whole = 2 * seconds + 2 * CONNECTING_S
    with concurrent.futures.ThreadPoolExecutor() as pool:
        live = pool.submit(load.run, program, "fan-out", common | LIVE | {"seconds": whole}, core, whole)
        storm = load.run(program, "storm", common | {"rooms": 1, "first-room": 1, "hold-s": seconds} | arguments, core, whole)
        return joined(live.result(), storm, seconds)
