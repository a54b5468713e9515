"""The machine: its name, its cores, and which two of them are used."""

import os
import pathlib
import platform
import resource
import time
import typing

CPUS = pathlib.Path("/sys/devices/system/cpu")


def siblings(core: int, cpus: pathlib.Path = CPUS) -> set[int]:
    """The hardware threads that share a physical core with this one, itself included."""
    try:
        text = (cpus / f"cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return {core}
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def two_cores(allowed: set[int], cpus: pathlib.Path = CPUS) -> tuple[int, int]:
    """The core of the server and the one of the load: two physical cores where there are two, else whatever there is."""
    first, *others = sorted(allowed)
    apart = [core for core in others if core not in siblings(first, cpus)]
    return first, (apart or others or [first])[0]


def raise_file_limit() -> int:
    """Servers and load inherit the limit; each connection is a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Watch:
    """What other processes, and other guests of the same host, take from some cores while our own children run and end."""

    def __init__(self, cores: set[int]) -> None:
        self._cores = cores
        self._began, self._busy, self._own = time.monotonic(), busy_s(cores), children_s()

    def others(self) -> float:
        """Their share of the cores' time since the beginning."""
        taken = (busy_s(self._cores) - self._busy) - (children_s() - self._own)
        return max(0.0, taken / (len(self._cores) * (time.monotonic() - self._began)))


def busy_s(cores: set[int]) -> float:
    """CPU time of all processes, and stolen time; without interrupts, which mostly are of our own traffic."""
    ticks = 0
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name in {f"cpu{core}" for core in cores}:
            user, nice, system, _, _, _, _, stolen = (int(field) for field in fields[:8])
            ticks += user + nice + system + stolen
    return ticks / os.sysconf("SC_CLK_TCK")


def children_s() -> float:
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def describe() -> dict[str, typing.Any]:
    allowed = os.sched_getaffinity(0)
    server, load = two_cores(allowed)
    return {"processor": processor(), "cores": len(allowed), "server_core": server, "load_core": load,
            "system": system(), "kernel": platform.release(), "memory_gib": round(memory_bytes() / 2**30)}
