"""What this machine looks like now, as documents {type, source, state, attributes} by entity key.

A rate needs two readings: `documents(before, now)` compares them; what is new in `now` appears with the next reading.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import proc

Document = dict[str, object]


@dataclass(frozen=True)
class Usage:
    """Space of one file system, in bytes."""
    total: int
    free: int       # for root too
    available: int  # for everybody


@dataclass(frozen=True)
class Reading:
    at_s: float  # monotonic
    cores: dict[str, proc.CpuTimes]
    memory: dict[str, int]
    disks: dict[str, proc.DiskCounters]
    filesystems: dict[str, Usage]
    interfaces: dict[str, proc.NetCounters]
    load: proc.Load


def read(root: Path = Path("/proc")) -> Reading:
    disks = proc.parse_diskstats((root / "diskstats").read_text())
    return Reading(
        at_s=time.monotonic(),
        cores=proc.parse_stat((root / "stat").read_text()),
        memory=proc.parse_meminfo((root / "meminfo").read_text()),
        disks={name: counters for name, counters in disks.items() if _is_whole_disk(name)},
        filesystems=_read_filesystems((root / "mounts").read_text()),
        interfaces=proc.parse_net_dev((root / "net/dev").read_text()),
        load=proc.parse_loadavg((root / "loadavg").read_text()),
    )


def documents(source: str, before: Reading, now: Reading) -> dict[str, Document]:
    elapsed_s = now.at_s - before.at_s
    result = {}

    def put(key: str, kind: str, state: str, attributes: dict[str, object]) -> None:
        result[key] = {"type": kind, "source": source, "state": state, "attributes": attributes}

    for name in now.cores.keys() & before.cores.keys():
        attributes = _cpu_attributes(before.cores[name], now.cores[name])
        put(f"cpu/{name}", "cpu", _level(attributes["usage_percent"], "idle", "busy", "saturated"), attributes)
    for name in now.disks.keys() & before.disks.keys():
        attributes = _disk_attributes(before.disks[name], now.disks[name], elapsed_s)
        put(f"disk/{name}", "disk", _level(attributes["busy_percent"], "idle", "busy", "saturated"), attributes)
    for name in now.interfaces.keys() & before.interfaces.keys():
        attributes = _net_attributes(before.interfaces[name], now.interfaces[name], elapsed_s)
        moving = attributes["received_bytes_per_second"] or attributes["sent_bytes_per_second"]
        put(f"network/{name}", "network", "active" if moving else "idle", attributes)
    for point, usage in now.filesystems.items():
        attributes = _space_attributes(usage.total, usage.total - usage.free, usage.available)
        put(f"filesystem{point}", "filesystem", _level(attributes["usage_percent"], "ok", "ok", "full"), attributes)

    memory = now.memory
    attributes = _space_attributes(memory["MemTotal"], memory["MemTotal"] - memory["MemAvailable"], memory["MemAvailable"])
    attributes["cached_bytes"] = memory.get("Cached", 0)
    put("memory", "memory", _level(attributes["usage_percent"], "ok", "ok", "short"), attributes)
    attributes = _space_attributes(memory["SwapTotal"], memory["SwapTotal"] - memory["SwapFree"], memory["SwapFree"])
    state = _level(attributes["usage_percent"], "ok", "ok", "short") if memory["SwapTotal"] else "none"
    put("swap", "swap", state, attributes)

    load = now.load
    put("load", "load", _level(100 * load.minutes_1 / max(1, len(now.cores)), "calm", "busy", "overloaded"), {
        "load_1m": load.minutes_1,
        "load_5m": load.minutes_5,
        "load_15m": load.minutes_15,
        "running": load.running,
        "threads": load.threads,
    })
    return result


def _cpu_attributes(before: proc.CpuTimes, now: proc.CpuTimes) -> dict[str, object]:
    ticks = now.total - before.total

    def percent(part: int) -> float:
        return round(100 * max(0, part) / ticks, 1) if ticks > 0 else 0.0

    idle = (now.idle - before.idle) + (now.iowait - before.iowait)
    return {
        "usage_percent": percent(ticks - idle),
        "user_percent": percent(now.user - before.user),
        "system_percent": percent(now.system - before.system),
        "iowait_percent": percent(now.iowait - before.iowait),
        "steal_percent": percent(now.steal - before.steal),
    }


def _disk_attributes(before: proc.DiskCounters, now: proc.DiskCounters, elapsed_s: float) -> dict[str, object]:
    return {
        "busy_percent": min(100.0, round(_rate(before.busy_ms, now.busy_ms, elapsed_s) / 10, 1)),
        "read_bytes_per_second": round(_rate(before.read_bytes, now.read_bytes, elapsed_s)),
        "written_bytes_per_second": round(_rate(before.written_bytes, now.written_bytes, elapsed_s)),
        "reads_per_second": round(_rate(before.reads, now.reads, elapsed_s), 1),
        "writes_per_second": round(_rate(before.writes, now.writes, elapsed_s), 1),
    }


def _net_attributes(before: proc.NetCounters, now: proc.NetCounters, elapsed_s: float) -> dict[str, object]:
    return {
        "received_bytes_per_second": round(_rate(before.received_bytes, now.received_bytes, elapsed_s)),
        "sent_bytes_per_second": round(_rate(before.sent_bytes, now.sent_bytes, elapsed_s)),
        "received_packets_per_second": round(_rate(before.received_packets, now.received_packets, elapsed_s), 1),
        "sent_packets_per_second": round(_rate(before.sent_packets, now.sent_packets, elapsed_s), 1),
        "errors": now.errors,
    }


def _space_attributes(total: int, used: int, available: int) -> dict[str, object]:
    return {
        "usage_percent": round(100 * used / total, 1) if total else 0.0,
        "used_bytes": used,
        "available_bytes": available,
        "total_bytes": total,
    }


def _rate(before: int, now: int, elapsed_s: float) -> float:
    """A counter that went back was reset with its device: no rate this time."""
    return max(0, now - before) / elapsed_s if elapsed_s > 0 else 0.0


def _level(percent: float, low: str, middle: str, high: str) -> str:
    return low if percent < 20 else middle if percent < 90 else high


def _is_whole_disk(name: str) -> bool:
    return Path("/sys/block", name.replace("/", "!")).exists()


def _read_filesystems(mounts: str) -> dict[str, Usage]:
    result = {}
    for point in proc.parse_mounts(mounts):
        try:
            space = os.statvfs(point)
        except OSError:  # unmounted since, or not ours to see
            continue
        if space.f_blocks:
            result[point] = Usage(space.f_blocks * space.f_frsize, space.f_bfree * space.f_frsize, space.f_bavail * space.f_frsize)
    return result
