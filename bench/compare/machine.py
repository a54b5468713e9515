"""The machine: its name, its cores, and which two of them are used."""

import os
import pathlib
import platform
import resource

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


def describe() -> dict[str, object]:
    allowed = os.sched_getaffinity(0)
    server, load = two_cores(allowed)
    return {"processor": processor(), "cores": len(allowed), "server_core": server, "load_core": load,
            "system": system(), "kernel": platform.release(), "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)}
