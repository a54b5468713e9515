#!/usr/bin/env python3
"""Plants one bug after the other in the engine, and sees whether the histories of the simulation find it.

    tests/actors/sim/plant.py [--build build/release] [--seeds 1000] [NAME …]

Each bug is a change of one line or so, made in the working tree, built, and taken back, whatever happens. Prints one row of a table for each:
the first seed that breaks, what it breaks, and how long the search took.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# name: (file, what stands there, what the bug makes of it)
BUGS = {
    "answer before the commit": (
        "actors/room/room_changes.cpp",
        "  append_ticket_ = room_.next_ticket();\n",
        "  append_ticket_ = room_.next_ticket();\n"
        "  for (auto& each : in_flight_.completions) each.request->reply->answer(each.outcome);\n",
    ),
    "tell before the commit": (
        "actors/room/room_changes.cpp",
        "  append_ticket_ = room_.next_ticket();\n",
        "  append_ticket_ = room_.next_ticket();\n"
        "  std::vector<change> early;\n"
        "  for (const auto& each : in_flight_.publications) early.push_back({each, nullptr});\n"
        "  room_.port.tell(std::move(early));\n",
    ),
    "no sync": (
        "actors/store/journal_state.cpp",
        "return each.kept == durability::fsync; });\n  settle",
        "return each.kept == durability::memory; });\n  settle",
    ),
    "a refused append leaves its overlay": ("actors/room/room_changes.cpp", "  changes_.refuse_all(why);\n  open();", "  open();"),
    "no id is stored": ("actors/room/room_changes.cpp", "in_flight_.publications, in_flight_.dedupe}", "in_flight_.publications, {}}"),
    "attach off by one": ("actors/room/catch_up.cpp", "  made.from = room_.top;", "  made.from = room_.top == 0 ? 0 : room_.top - 1;"),
    "rows above the frozen offset": (
        "actors/room/catch_up.cpp",
        "return row->version <= at.frozen; });",
        "return row->version <= at.frozen + 1; });",
    ),
    "recovery from an unknown epoch": (
        "actors/room/catch_up.cpp",
        "command.epoch.empty() ? command.offset == 0 : command.epoch == room_.epoch",
        "command.epoch.empty() || command.epoch == room_.epoch",
    ),
    "one push is dropped": (
        "actors/fanout/room_fanout.cpp",
        "    pending.changes.push_back(each);",
        "    if (each.told->offset % 50 != 0) pending.changes.push_back(each);",
    ),
    "the base of deltas stays": ("actors/fanout/room_fanout.cpp", "members.shown(index, std::move(last));", "if (!members.audiences()[index].last) members.shown(index, std::move(last));"),
    "an empty audience stays": ("actors/fanout/broadcaster_state.cpp", "  rooms_.erase(room->name);\n", ""),
    "a slow client goes on at once": (
        "actors/fanout/broadcaster_state.cpp",
        "ready.whole ? std::nullopt : std::optional(ready.up_to)",
        "std::optional<std::uint64_t>()",
    ),
    "conflation goes back": (
        "schemas/conflation.cpp",
        "    at->second = place;\n  }\n  const auto bytes = std::max(bytes_of(news), wire_bytes);\n  bytes_ += bytes;\n"
        "  in_order_.emplace_hint(in_order_.end(), place, entry{std::move(news), bytes});",
        "  }\n  const auto bytes = std::max(bytes_of(news), wire_bytes);\n  bytes_ += bytes;\n"
        "  in_order_.emplace(at->second, entry{std::move(news), bytes});",
    ),
    "filters leave ghosts": (
        "schemas/protocol/view.cpp",
        "const bool was_shown = passes(through, told.tags_before);",
        "const bool was_shown = passes(through, told.tags);",
    ),
    "expiry without a condition": (
        "actors/world/expirer_state.cpp",
        "  what.only_if = {precondition::demand::one_of, {{row.epoch, row.version}}};\n",
        "",
    ),
}


def run(command: list[str], **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


def search(build: str, seeds: int) -> tuple[str, str]:
    """The first seed that breaks, and what it breaks."""
    done = run([f"{build}/tests/actors/sim/sim_test"], env={**os.environ, "TIDEWIRE_SIM_SEEDS": str(seeds)})
    said = re.sub(r"\s+", " ", done.stdout + done.stderr)
    found = re.search(r"TIDEWIRE_SEED=(\d+) breaks: (.*?) =====", said)
    if found:
        return found[1], re.sub(r"a subscriber \{.*\} ", "a subscriber ", found[2])
    return ("-", "nothing") if done.returncode == 0 else ("?", said[-200:])


def plant(name: str, build: str, seeds: int) -> bool:
    path, old, new = BUGS[name]
    file = ROOT / path
    sound = file.read_text()
    if sound.count(old) != 1:
        sys.exit(f"{path}: what {name!r} changes is not there, or more than once")
    try:
        file.write_text(sound.replace(old, new))
        built = run(["ninja", "-C", build, "sim_test"])
        if built.returncode != 0:
            sys.exit(f"{name!r} does not compile:\n{built.stdout[-2000:]}")
        started = time.monotonic()
        seed, what = search(build, seeds)
    finally:
        file.write_text(sound)
    print(f"| {name} | `{path}` | {seed} | {what} | {time.monotonic() - started:.1f} s |", flush=True)
    return seed not in "-?"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--build", default="build/release")
    asked.add_argument("--seeds", type=int, default=1000)
    asked.add_argument("names", nargs="*", metavar="NAME", default=list(BUGS))
    given = asked.parse_args()
    print("| bug | in | seed | breaks | after |\n|---|---|---|---|---|", flush=True)
    found = [plant(name, given.build, given.seeds) for name in given.names]
    run(["ninja", "-C", given.build, "sim_test"])
    sys.exit(0 if all(found) else 1)


if __name__ == "__main__":
    main()
