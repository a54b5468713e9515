#!/usr/bin/env python3
"""report.py TIDEWIRE_MICRO: runs the microbenchmarks and writes the table "micro" of bench/README.md: CPU time of each step, medians of 5."""

import json
import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"

# What a benchmark measures, in the order of the way of a publication. Times are for one item: a publication, a frame, a write.
STEPS = {
    "read_messages/64": "in: one WebSocket message of 64 that came together",
    "decode_publish_command": "in: the JSON command in it",
    "read_http_request": "in: or one HTTP request",
    "parse_publish_body/0": "in: and its JSON body",
    "parse_publish_body/100": "in: an item of a body of 100",
    "room_publish/1": "room: order and answer, alone",
    "room_publish/100": "room: the same, one of 100",
    "room_change_entity": "room: with a key, the entity's decision included",
    "apply_merge": "room: of which the merge",
    "encode_publication_row": "journal: the row",
    "commit_wal/changes:1/rooms:0/keyed:0": "journal: commit without sync, alone",
    "commit_wal/changes:100/rooms:0/keyed:0": "journal: the same, one of 100",
    "commit_wal_spread/keyed:0/iterations:4000": "journal: the same, one of 64 among 1,000 rooms",
    "encode_run/1": "broadcaster: encoding, alone",
    "encode_run/64": "broadcaster: the same, one of 64",
    "queue_frames/1": "out, for each subscriber: the frame into its queue and out of it",
    "write_frames/1": "out, for each subscriber: a write of one frame",
    "write_frames/16": "out, for each subscriber: a write of 16",
    "write_frames/64": "out, for each subscriber: a write of 64",
    "write_frames_together/16": "(for comparison: a write of 16, copied into one buffer first)",
    "write_frames_uring/1": "(for comparison: a write of one frame by io_uring)",
    "write_frames_uring/16": "(for comparison: a write of 16 by io_uring)",
    "encode_publish_reply": "answer: over WebSocket",
    "write_publish_answer": "answer: over HTTP",
    "account_message/times:0": "beside: an actor's account of one message, without clocks",
    "account_message/times:1": "beside: the same as it is by default",
    "trace_publish_off": "beside: all steps of a publish that nobody traces",
    "note_request_off": "beside: what is noted of an HTTP request that no log names",
    "reply_with_page/0": "answer: a page of 1,000 rows, compressed",
    "reply_with_page/1": "answer: the same, compressed for others already",
}


def measure(binary: str) -> dict[str, float]:
    """Nanoseconds of CPU time for one item, by benchmark."""
    command = [binary, "--benchmark_format=json", "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true",
               "--benchmark_min_time=0.1", "--benchmark_filter=" + "|".join(f"^{re.escape(name)}$" for name in STEPS)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["benchmarks"]
    return {each["run_name"]: each["each"] * 1e9 for each in found if each["aggregate_name"] == "median"}


def table(times: dict[str, float]) -> str:
    rows = [f"| {what} | `{name}` | {times[name]:,.0f} |" for name, what in STEPS.items() if name in times]
    return "\n".join(["| step | benchmark | ns |", "| --- | --- | --- |", *rows])


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    made = table(measure(sys.argv[1]))
    text, changed = re.subn(r"(<!-- table: micro -->\n).*?(<!-- end -->)", lambda found: f"{found[1]}{made}\n{found[2]}",
                            README.read_text(encoding="utf-8"), flags=re.DOTALL)
    if changed != 1:
        sys.exit(f"{README} has no table called micro")
    README.write_text(text, encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
