"""Readers of /proc: text in, plain values out. Nothing here opens a file, so that everything can be tested with literal text.

Formats: proc(5), and the kernel's Documentation/admin-guide/iostats.rst for /proc/diskstats.
"""

from dataclasses import dataclass

SECTOR_BYTES = 512  # /proc/diskstats counts in these, whatever the device's own sector size


@dataclass(frozen=True)
class CpuTimes:
    """Ticks since boot that one core spent in each way."""
    user: int
    system: int
    idle: int
    iowait: int
    steal: int

    @property
    def total(self) -> int:
        return self.user + self.system + self.idle + self.iowait + self.steal


@dataclass(frozen=True)
class DiskCounters:
    """Since boot."""
    reads: int
    read_bytes: int
    writes: int
    written_bytes: int
    busy_ms: int


@dataclass(frozen=True)
class NetCounters:
    """Since the interface came up."""
    received_bytes: int
    received_packets: int
    sent_bytes: int
    sent_packets: int
    errors: int  # errors and drops, both directions


@dataclass(frozen=True)
class Load:
    minutes_1: float
    minutes_5: float
    minutes_15: float
    running: int
    threads: int


def parse_stat(text: str) -> dict[str, CpuTimes]:
    """Core number → times, from /proc/stat. Guest time is already part of user time."""
    cores = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        if not name.startswith("cpu") or not name[3:].isdigit():
            continue
        user, nice, system, idle, iowait, irq, softirq, steal = (int(field) for field in rest.split()[:8])
        cores[name[3:]] = CpuTimes(user + nice, system + irq + softirq, idle, iowait, steal)
    return cores


def parse_meminfo(text: str) -> dict[str, int]:
    """Name → bytes, from /proc/meminfo; members without a unit (huge page counts) are left out."""
    values = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        fields = rest.split()
        if len(fields) == 2 and fields[1] == "kB":
            values[name] = int(fields[0]) * 1024
    return values


def parse_diskstats(text: str) -> dict[str, DiskCounters]:
    """Device → counters, from /proc/diskstats; devices that never saw a request (unused loop devices) are left out."""
    disks = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 14:
            continue
        reads, _, sectors_read, _, writes, _, sectors_written, _, _, busy_ms = (int(field) for field in fields[3:13])
        if reads or writes:
            disks[fields[2]] = DiskCounters(reads, sectors_read * SECTOR_BYTES, writes, sectors_written * SECTOR_BYTES, busy_ms)
    return disks


def parse_net_dev(text: str) -> dict[str, NetCounters]:
    """Interface → counters, from /proc/net/dev."""
    interfaces = {}
    for line in text.splitlines()[2:]:
        name, _, rest = line.rpartition(":")
        fields = [int(field) for field in rest.split()]
        if len(fields) < 12:
            continue
        errors = fields[2] + fields[3] + fields[10] + fields[11]
        interfaces[name.strip()] = NetCounters(fields[0], fields[1], fields[8], fields[9], errors)
    return interfaces


def parse_mounts(text: str) -> list[str]:
    """Mount points of file systems on block devices, the first one of each device, from /proc/mounts."""
    points = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 2 and fields[0].startswith("/dev/") and fields[0] not in points:
            points[fields[0]] = _unescape(fields[1])
    return list(points.values())


def parse_loadavg(text: str) -> Load:
    one, five, fifteen, tasks = text.split()[:4]
    running, _, threads = tasks.partition("/")
    return Load(float(one), float(five), float(fifteen), int(running), int(threads))


def _unescape(path: str) -> str:
    """The kernel writes space, tab, newline and backslash in octal."""
    for escaped, plain in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(escaped, plain)
    return path
