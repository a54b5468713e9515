#!/usr/bin/env python3
"""The demo feed: publishes this machine's CPU, memory, disks, network and load once a second as entities of a room.

An integration like any other: it speaks only HTTP with the server (POST /api/v1/rooms/{room}/events).
"""

import argparse
import os
import signal
import socket
import sys
import time

import host
from publisher import Publisher


def log(text: str) -> None:
    print(f"demo feed: {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    name = socket.gethostname()
    parser = argparse.ArgumentParser(description="Publishes this machine's readings to a Tidewire server.")
    parser.add_argument("--server", default="http://127.0.0.1:8000", help="address of the server (default: %(default)s)")
    parser.add_argument("--room", default=f"host:{name}", help="room to publish to (default: %(default)s)")
    parser.add_argument("--token", default=os.environ.get("TIDEWIRE_TOKEN"),
                        help="bearer token, for a server without --dev (default: environment TIDEWIRE_TOKEN)")
    parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help="time between readings (default: %(default)s)")
    parser.add_argument("--once", action="store_true", help="publish one reading and stop; exits 1 if it was not taken")
    options = parser.parse_args()
    if not 0.05 <= options.interval <= 3600:
        parser.error("--interval must be between 0.05 and 3600 seconds")
    return options


def run(publisher: Publisher, interval_s: float, once: bool) -> int:
    source = socket.gethostname()
    before = host.read()
    due = time.monotonic()
    while True:
        due = max(due + interval_s, time.monotonic())  # after a long wait for the server: go on from now, do not catch up
        time.sleep(max(0.0, due - time.monotonic()))
        now = host.read()
        taken = publisher.publish(host.documents(source, before, now), attempts_max=1 if once else None)
        if once:
            return 0 if taken else 1
        before = now


def stop(*_: object) -> None:
    raise SystemExit(0)


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        publisher = Publisher(options.server, options.room, options.token, log)
    except ValueError as error:
        log(str(error))
        return 2
    try:
        return run(publisher, options.interval, options.once)
    finally:
        publisher.close()


if __name__ == "__main__":
    sys.exit(main())
