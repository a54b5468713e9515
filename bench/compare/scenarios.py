"""What is measured, as data: one scenario is one command of tidewire-load and the peers that can do it."""

import dataclasses
import fnmatch
import typing

FAN_OUT = ("tidewire", "redis", "nats", "mosquitto", "centrifugo", "centrifugo-history", "ws", "socketio")
TIDEWIRES = ("tidewire-memory", "tidewire", "tidewire-fsync")
XADD = ("redis", "redis-everysec", "redis-always")

Arguments = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str  # for --scenario and the results
    table: str  # the table of bench/README.md it belongs to
    title: str  # its row there
    command: str  # of tidewire-load; "restart", "slow-peer" and "live-storm" are done here
    arguments: Arguments  # its options
    peers: tuple[str, ...]
    for_kind: dict[str, Arguments] = dataclasses.field(default_factory=dict)  # options that one kind of peer gets besides


def count(number: int) -> str:
    return f"{number:,}"


def flat_out(rooms: int, subscribers: int, in_flight: int) -> Scenario:
    title = f"{rooms} × {count(subscribers)}, {in_flight} in flight"
    arguments: Arguments = {"rooms": rooms, "subscribers": subscribers, "in-flight": in_flight}
    return Scenario(f"{rooms}x{subscribers}-flat-{in_flight}", "flat-out", title, "fan-out", arguments, FAN_OUT)


def paced(rooms: int, subscribers: int, rate: int, burst: int = 1) -> Scenario:
    name, title = f"{rooms}x{subscribers}-rate-{rate}", f"{rooms} × {count(subscribers)}, {count(rate)} msg/s"
    arguments: Arguments = {"rooms": rooms, "subscribers": subscribers, "rate": rate}
    if burst > 1:
        name, title, arguments = f"{name}-burst-{burst}", f"{title} in bursts of {burst}", arguments | {"burst": burst}
    return Scenario(name, "paced", title, "fan-out", arguments, FAN_OUT)


def idle(connections: int, subscribed: bool) -> Scenario:
    what = "subscribed" if subscribed else "connected"
    title = f"{count(connections)} connections, " + ("each subscribed to one room" if subscribed else "connected only")
    arguments: Arguments = {"connections": connections} | ({"subscribe": True} if subscribed else {})
    return Scenario(f"idle-{what}", "idle", title, "idle", arguments, FAN_OUT)


def publish(how: str, title: str, rooms: int, xadd: Arguments | None = None, **options: object) -> Scenario:
    """Redis appends to a stream for each room with as many connections, where `xadd` says how."""
    peers = TIDEWIRES + (XADD if xadd is not None else ())
    arguments: Arguments = {"rooms": rooms, "connections": 64} | options
    for_kind: dict[str, Arguments] = {"tidewire": {"how": how}, "redis": {"how": "xadd"} | (xadd or {})}
    title = f"{title}, {count(rooms)} room" + ("s" if rooms > 1 else "")
    return Scenario(f"publish-{how}-{rooms}", "publish", title, "publish", arguments, peers, for_kind)


def restart(entities: int, kill: bool) -> Scenario:
    name, title = ("restart-kill", "killed (SIGKILL)") if kill else ("restart-stop", "stopped in order (SIGTERM)")
    title = f"{count(entities)} entities, {title}"
    return Scenario(name, "restart", title, "restart", {"entities": entities, "kill": kill}, ("tidewire", "tidewire-fsync"))


def slow_peer(slow: bool) -> Scenario:
    name, title = ("slow-peer-one", "one of them reads 1 kB/s") if slow else ("slow-peer-none", "all keep pace")
    arguments: Arguments = {"rooms": 1, "subscribers": 1000, "rate": 200, "payload-bytes": 500, "keys": 100, "slow": slow}
    return Scenario(name, "slow-peer", f"1 × 1,000, 200 msg/s: {title}", "slow-peer", arguments, ("tidewire",))


def live_storm(connections: int, snapshots: bool) -> Scenario:
    """Centrifugo has no map whose state it would send."""
    name, what = ("live-storm-snapshots", "for the state") if snapshots else ("live-storm-recovery", "for what they missed")
    arguments: Arguments = {"connections": connections} | ({"snapshots": True} if snapshots else {})
    peers = ("tidewire",) if snapshots else ("tidewire", "centrifugo-history")
    return Scenario(name, "live-storm", f"{count(connections)} subscribers come back {what}", "live-storm", arguments, peers,
                    {"tidewire": {"keys": 200}})


def all_scenarios(connections: int = 10_000, entities: int = 1_000_000) -> list[Scenario]:
    rooms = (1, 1000)
    return [
        *(flat_out(1, subscribers, 16) for subscribers in (100, 1000, 5000)),
        *(flat_out(1, 1000, in_flight) for in_flight in (1, 64, 200)),
        flat_out(100, 10, 100),
        *(paced(1, subscribers, rate) for subscribers in (100, 1000) for rate in (50, 200, 1000)),
        paced(1, 5000, 50),
        paced(1, 1000, 1000, burst=10),
        paced(100, 10, 10_000),
        idle(connections, False),
        idle(connections, True),
        *(publish("http", "HTTP or XADD, one at a time", number, {}) for number in rooms),
        *(publish("http-batch", "HTTP, 100 a request, or XADD pipelines of 100", number, {"pipeline": 100}, batch=100) for number in rooms),
        *(publish("ws", "WebSocket, one at a time", number) for number in rooms),
        Scenario("storm", "storm", f"{count(connections)} clients drop and come back at once", "storm",
                 {"connections": connections, "rooms": 100}, ("tidewire", "centrifugo-history")),
        slow_peer(False),
        slow_peer(True),
        live_storm(connections // 2, snapshots=True),
        live_storm(connections // 2, snapshots=False),
        restart(entities, kill=False),
        restart(entities, kill=True),
    ]


def chosen(scenarios: typing.Iterable[Scenario], patterns: list[str]) -> list[Scenario]:
    """Those whose name matches one of the patterns; all without patterns. An unknown pattern is an error."""
    known = list(scenarios)
    for pattern in patterns:
        if not any(fnmatch.fnmatch(scenario.name, pattern) for scenario in known):
            raise ValueError(f'no scenario is called "{pattern}"; there are: {", ".join(scenario.name for scenario in known)}')
    return [scenario for scenario in known if not patterns or any(fnmatch.fnmatch(scenario.name, p) for p in patterns)]
