"""The peers: how each is configured and started. Why so: bench/README.md."""

import dataclasses
import json
import os
import pathlib
import shutil
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS_BUILD = ROOT / "build" / "bench-peers"
SCRIPTS = ROOT / "bench" / "peers"

# Nobody is to lose a message because a queue was too short for the experiment.
QUEUE_BYTES = 512 * 1024 * 1024
HTTP_PROBE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclasses.dataclass(frozen=True)
class Place:
    """What a server is given: ports of its own, an empty folder, and the build directory of Tidewire."""
    port: int
    other_port: int
    folder: pathlib.Path
    build: pathlib.Path

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    kind: str  # the dialect tidewire-load speaks with it
    title: str
    program: typing.Callable[[pathlib.Path], pathlib.Path | None]  # where it is, for the given build directory
    command: typing.Callable[[Place], list[str]]  # what starts it, without the program
    probe: bytes = HTTP_PROBE  # it has started when this is answered
    environment: dict[str, str] = dataclasses.field(default_factory=dict)


def installed(name: str) -> typing.Callable[[pathlib.Path], pathlib.Path | None]:
    def find(_: pathlib.Path) -> pathlib.Path | None:
        found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")
        return pathlib.Path(found) if found else None

    return find


def present(path: pathlib.Path) -> pathlib.Path | None:
    return path if path.exists() else None


def npm(package: str) -> typing.Callable[[pathlib.Path], pathlib.Path | None]:
    return lambda build: installed("node")(build) if (SCRIPTS / "node_modules" / package).exists() else None


def tidewire(durability: str) -> typing.Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        config = place.write("tidewire.toml", f'[[namespace]]\nname = "bench"\ndurability = "{durability}"\n')
        return ["serve", "--dev", "--log-level", "warn", "--config", config, "--data", str(place.folder / "data"),
                "--listen", f"127.0.0.1:{place.port}", "--admin", f"127.0.0.1:{place.other_port}"]

    return command


def redis(*persistence: str) -> typing.Callable[[Place], list[str]]:
    return lambda place: ["--port", str(place.port), "--bind", "127.0.0.1", "--protected-mode", "no", "--dir", str(place.folder), "--save", "",
                          "--client-output-buffer-limit", "pubsub 0 0 0", "--maxclients", "20000", "--tcp-backlog", "4096",
                          "--loglevel", "warning", *persistence]


def nats(place: Place) -> list[str]:
    return ["--config", place.write("nats.conf", f"""
host: "127.0.0.1"
port: {place.other_port}
max_pending: {QUEUE_BYTES}
write_deadline: "60s"
websocket {{ host: "127.0.0.1", port: {place.port}, no_tls: true, compression: false }}
""")]


def mosquitto(place: Place) -> list[str]:
    """The plain listener is not used; without one Debian's 2.0.11 does not start."""
    return ["-c", place.write("mosquitto.conf", f"""
listener {place.port} 127.0.0.1
protocol websockets
listener {place.other_port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 0
set_tcp_nodelay true
log_dest stderr
log_type error
""")]


def centrifugo(**options: object) -> typing.Callable[[Place], list[str]]:
    namespace = {"name": "bench", "allow_subscribe_for_client": True, "allow_subscribe_for_anonymous": True,
                 "allow_publish_for_client": True, "allow_publish_for_anonymous": True} | options

    def command(place: Place) -> list[str]:
        config = {"address": "127.0.0.1", "port": place.port, "engine": "memory", "log_level": "error", "usage_stats_disable": True,
                  "allow_anonymous_connect_without_token": True, "client_queue_max_size": QUEUE_BYTES, "namespaces": [namespace]}
        return ["--config", place.write("config.json", json.dumps(config))]

    return command


def script(name: str) -> typing.Callable[[Place], list[str]]:
    return lambda place: [str(SCRIPTS / name), str(place.port)]


def own(build: pathlib.Path) -> pathlib.Path | None:
    return present(build / "tools" / "tidewire")


def from_go(_: pathlib.Path) -> pathlib.Path | None:
    return present(PEERS_BUILD / "centrifugo")


PING = b"PING\r\n"
ONE_CORE = {"GOMAXPROCS": "1"}
RECOVERABLE = {"history_size": 10_000, "history_ttl": "24h", "force_recovery": True,
               "allow_history_for_client": True, "allow_history_for_anonymous": True}

PEERS = {
    peer.name: peer
    for peer in (
        Peer("tidewire", "tidewire", "Tidewire, wal", own, tidewire("wal")),
        Peer("tidewire-memory", "tidewire", "Tidewire, memory", own, tidewire("memory")),
        Peer("tidewire-fsync", "tidewire", "Tidewire, fsync", own, tidewire("fsync")),
        Peer("redis", "redis", "Redis", installed("redis-server"), redis("--appendonly", "no"), PING),
        Peer("redis-everysec", "redis", "Redis, appendfsync everysec", installed("redis-server"),
             redis("--appendonly", "yes", "--appendfsync", "everysec"), PING),
        Peer("redis-always", "redis", "Redis, appendfsync always", installed("redis-server"),
             redis("--appendonly", "yes", "--appendfsync", "always"), PING),
        Peer("nats", "nats", "NATS", installed("nats-server"), nats, environment=ONE_CORE),
        Peer("mosquitto", "mosquitto", "Mosquitto", installed("mosquitto"), mosquitto),
        Peer("centrifugo", "centrifugo", "Centrifugo", from_go, centrifugo(), environment=ONE_CORE),
        Peer("centrifugo-history", "centrifugo", "Centrifugo, history", from_go, centrifugo(**RECOVERABLE), environment=ONE_CORE),
        Peer("ws", "ws", "npm ws", npm("ws"), script("ws_server.js")),
        Peer("socketio", "socketio", "Socket.IO", npm("socket.io"), script("socketio_server.js")),
    )
}


def chosen(names: list[str]) -> list[str]:
    """The named peers, all without names; a name like redis means its variants too. An unknown name is an error."""
    for name in names:
        if name not in PEERS:
            raise ValueError(f'no peer is called "{name}"; there are: {", ".join(PEERS)}')
    return [peer for peer in PEERS if not names or any(peer == name or peer.startswith(name + "-") for name in names)]
