"""Where a server's CPU time goes: perf looks while the load runs, and what a publication costs is divided among the parts of the server."""

import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from compare import measure, scenarios
from compare.load import Result
from compare.peers import PEERS
from compare.plan import Step
from compare.server import running
from compare.tables import MISSING, figure, markdown

# Scenario and peers, where a look inside says why a goal is met or missed.
WORTH_A_LOOK = {
    "1x1000-flat-16": ("tidewire", "redis"),
    "1x100-rate-200": ("tidewire", "redis"),
    "100x10-flat-100": ("tidewire", "redis"),
    "publish-http-1": ("tidewire", "tidewire-fsync", "redis-always"),
    "publish-http-batch-1": ("tidewire", "tidewire-fsync"),
    "publish-ws-1": ("tidewire",),
}
SAMPLES_PER_S = 1999
STARTING_S = 1.5  # connecting and warming up are not looked at

# What the kernel does is named by the first of these rules that any function on its stack follows.
KERNEL = [
    (r"^(tcp|unix_stream)_sendmsg", "kernel: sending"),
    (r"^tcp_recvmsg|^sock_(recvmsg|read_iter)", "kernel: receiving"),
    (r"fdatasync|fsync|sync_file", "kernel: syncing the log"),
    (r"^(ext4|xfs|btrfs|f2fs|overlay|ovl|generic|iomap)_", "kernel: writing the log"),
    (r"^(sock|vfs|ksys)_write", "kernel: sending"),
    (r"epoll", "kernel: looking for events"),
    (r"futex", "kernel: waking threads"),
]
KERNEL_REST = "kernel: the rest"
# What runs in user space, by library, and in our own program by function.
LIBRARIES = [
    (r"librocksdb", "RocksDB"),
    (r"libcaf", "CAF: messages"),
    (r"libjemalloc", "allocation"),
    (r"libsimdjson", "JSON and protocol"),
    (r"libc[.-]|libc$|libstdc\+\+|libm[.-]|\[vdso\]|ld-linux", "libc: copying, comparing, clocks"),
]
FUNCTIONS = [
    (r"^operator (new|delete)", "allocation"),
    (r"tidewire::(transport|frame)|boost::asio|boost::beast", "sockets, HTTP, frames, event loop"),
    (r"tidewire::(protocol|api|json|validate_json|append_json|utf8|check_)|simdjson", "JSON and protocol"),
    (r"tidewire::storage|tidewire::journal|msgpack", "journal and rows"),
    (r"tidewire::(room_|change_queue|entity|catch_up|apply|operation|publication|publish_request)|tidewire::room::", "rooms"),
    (r"tidewire::(fanout|broadcaster|member|audience)", "fan-out"),
    (r"tidewire::(session|gateway|directory|edge|http_)", "sessions, gateway, directory"),
    (r"caf::|tidewire::(actor_base|io_scheduler|make_reply|pending_reply)", "CAF: messages"),
]
ITSELF = "the program itself"


class ProfileFailed(Exception):
    """perf gave nothing to count."""


Frame = tuple[str, str]  # function, program or library; the first of a stack is where the processor was


def first_match(rules: list[tuple[str, str]], text: str) -> str | None:
    return next((name for pattern, name in rules if re.search(pattern, text)), None)


def part_of(stack: list[Frame]) -> str:
    """Stacks of user space are cut off at the first function without a frame pointer: only where the processor was counts there."""
    function, where = stack[0]
    if "kernel" in where or where.startswith("[k"):
        return next((name for pattern, name in KERNEL if any(re.search(pattern, each) for each, _ in stack)), KERNEL_REST)
    return first_match(LIBRARIES, where) or first_match(FUNCTIONS, function) or ITSELF


def stacks(script: str) -> list[list[Frame]]:
    """Of `perf script -F ip,sym,dso`: a line for each function, a blank line after each sample."""
    found = []
    for sample in script.split("\n\n"):
        frames = [frame for frame in map(read_frame, sample.splitlines()) if frame]
        if frames:
            found.append(frames)
    return found


def read_frame(line: str) -> Frame | None:
    found = re.match(r"^\s*[0-9a-f]+ (.*?)(?:\+0x[0-9a-f]+)? \((.*)\)$", line)
    return (found[1], found[2]) if found else None


def shares(samples: list[list[Frame]]) -> dict[str, float]:
    """What of the CPU time each part took."""
    if not samples:
        raise ProfileFailed("perf saw nothing of the server")
    counted: dict[str, float] = {}
    for stack in samples:
        name = part_of(stack)
        counted[name] = counted.get(name, 0.0) + 1.0 / len(samples)
    return counted


def look(step: Step, settings: measure.Settings) -> tuple[Result, dict[str, float]]:
    perf = shutil.which("perf")
    if perf is None:
        raise ProfileFailed("perf is not installed: apt-get install linux-perf")
    with running(PEERS[step.peer], settings.server_core, settings.build, settings.folders) as server, tempfile.TemporaryDirectory() as folder:
        recorded = str(pathlib.Path(folder) / "perf.data")
        with subprocess.Popen([perf, "record", "-q", "-g", "-F", str(SAMPLES_PER_S), "-D", str(round(STARTING_S * 1000)), "-p", str(server.pid),
                               "-o", recorded], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as watching:
            try:
                result = measure.run(step, server, settings)
            finally:
                watching.send_signal(signal.SIGINT)
        if not pathlib.Path(recorded).exists():
            assert watching.stderr is not None
            raise ProfileFailed("perf may not look at the server: see /proc/sys/kernel/perf_event_paranoid")
        script = subprocess.run([perf, "script", "-i", recorded, "-F", "ip,sym,dso"], check=True, capture_output=True, text=True).stdout
        return result, shares(stacks(script))


def table(looks: dict[tuple[str, str], tuple[Result, dict[str, float]]], titles: dict[str, str]) -> str:
    """µs of CPU time for each publication, its deliveries included."""
    costs = {key: result["server"]["cpu_us_per_publish"] for key, (result, _) in looks.items()}
    parts = sorted({name for _, found in looks.values() for name in found},
                   key=lambda name: -sum(found.get(name, 0.0) for _, found in looks.values()))
    rows = [[name, *(figure(found[name] * costs[key]) if name in found else MISSING for key, (_, found) in looks.items())] for name in parts]
    rows.append(["**all, as measured**", *(f"**{figure(costs[key])}**" for key in looks)])
    return markdown(["", *(f"{titles[scenario]}: {PEERS[peer].title}" for scenario, peer in looks)], rows)


def profile(chosen: list[scenarios.Scenario], peers: list[str], settings: measure.Settings) -> str:
    looks = {}
    for scenario in chosen:
        for peer in WORTH_A_LOOK.get(scenario.name, scenario.peers):
            if peer not in peers:
                continue
            measure.say(f"{scenario.name} {peer}: ", end="")
            began = time.monotonic()
            looks[scenario.name, peer] = look(Step(0, scenario, peer), settings)
            measure.say(f"{time.monotonic() - began:.0f} s")
    return table(looks, {scenario.name: scenario.title for scenario in chosen})
