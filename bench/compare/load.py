"""Runs tidewire-load, pinned to its core, and takes its result."""

import json
import os
import pathlib
import subprocess
import tempfile
import typing

from compare.scenarios import Arguments

PATIENCE_S = 180.0  # for connecting and draining, on top of the time that is measured

Result = dict[str, typing.Any]


class LoadFailed(Exception):
    """The load generator gave no result that counts; `result` is what it said all the same."""

    def __init__(self, why: str, result: Result | None = None) -> None:
        super().__init__(why)
        self.result = result


def flags(arguments: Arguments) -> list[str]:
    """{"rooms": 1, "subscribe": True} → --rooms 1 --subscribe"""
    words = []
    for name, value in arguments.items():
        words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return words


def run(program: pathlib.Path, command: str, arguments: Arguments, core: int, seconds: float) -> Result:
    """`seconds` is what the command should take, after connecting."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "result.json"
        try:
            done = subprocess.run(
                [str(program), command, *flags(arguments), "--json", str(output)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, timeout=seconds + PATIENCE_S, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        except subprocess.TimeoutExpired as late:
            raise LoadFailed(f"no result after {late.timeout:.0f} s") from None
        result: Result | None = json.loads(output.read_text()) if output.exists() and output.stat().st_size else None
    if done.returncode != 0 or result is None:
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise LoadFailed(lost(result) or words[-1].strip().removeprefix(f"{program.name}: "), result)
    return result


def lost(result: Result | None) -> str:
    """What was wrong with the deliveries, in words; empty if nothing was."""
    found = (result or {}).get("violations")
    if not isinstance(found, dict):
        return ""
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in found.items() if number)
