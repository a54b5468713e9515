"""How many bytes a change of a home costs on the wire, for each way to subscribe to it. All ways listen to the same changes at the same time."""

import dataclasses
import http.client
import json
import pathlib
import threading
import time
import typing

from compare import home
from compare.peers import PEERS
from compare.server import running
from compare.tables import figure, markdown
from compare.websocket import WebSocket, WebSocketFailed

SEED = 7
ROOM = "bench:home"
LAST_KEY = "the-end"
FIELDS = {"fields": ["state", "attributes.celsius", "attributes.brightness", "attributes.watts", "attributes.occupied"]}
DEADLINE_S = 60.0
BATCH = 20
COMPACT = {"flag": 1}  # a number instead of the room's name


@dataclasses.dataclass(frozen=True)
class Way:
    title: str
    subscribe: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    deflate: bool = False
    in_msgpack: bool = False


WAYS = [
    Way("whole documents"),
    Way("`fields`", {"data": FIELDS}),
    Way("`delta`", {"delta": "fossil"}),
    Way("`fields`, `delta`", {"data": FIELDS, "delta": "fossil"}),
    Way("channel compaction", COMPACT),
    Way("`fields`, `delta`, channel compaction", {"data": FIELDS, "delta": "fossil"} | COMPACT),
    Way("permessage-deflate", deflate=True),
    Way("`fields`, permessage-deflate", {"data": FIELDS}, deflate=True),
    Way("`delta`, permessage-deflate", {"delta": "fossil"}, deflate=True),
    Way("MessagePack", in_msgpack=True),
    Way("MessagePack, `fields`", {"data": FIELDS}, in_msgpack=True),
    Way("MessagePack, `delta`", {"delta": "fossil"}, in_msgpack=True),
    Way("MessagePack, `fields`, `delta`", {"data": FIELDS, "delta": "fossil"}, in_msgpack=True),
    Way("MessagePack, `fields`, `delta`, channel compaction", {"data": FIELDS, "delta": "fossil"} | COMPACT, in_msgpack=True),
    Way("MessagePack, permessage-deflate", deflate=True, in_msgpack=True),
    Way("MessagePack, `fields`, permessage-deflate", {"data": FIELDS}, deflate=True, in_msgpack=True),
    Way("MessagePack, `delta`, permessage-deflate", {"delta": "fossil"}, deflate=True, in_msgpack=True),
    Way("`max_rate` 1", {"data": {"max_rate": 1}}),
    Way("`fields`, `max_rate` 1, permessage-deflate", {"data": FIELDS | {"max_rate": 1}}, deflate=True),
]


@dataclasses.dataclass(frozen=True)
class Heard:
    """What one way cost: bytes of WebSocket frames, and the publications in them."""
    title: str
    bytes: int
    publications: int


class BandwidthFailed(Exception):
    """A subscriber did not hear what it should."""


class Subscriber(threading.Thread):
    """Counts every byte; ends when it hears of LAST_KEY."""

    def __init__(self, port: int, way: Way) -> None:
        super().__init__(daemon=True)
        self.way, self.bytes, self.publications, self.heard_all = way, 0, 0, False
        self.socket = WebSocket(port, way.deflate, DEADLINE_S, in_msgpack=way.in_msgpack)
        request = {"channel": ROOM, "type": 1, "phase": 2, "limit": 1000, **way.subscribe}
        self.socket.send([{"connect": {}, "id": 1}, {"subscribe": request, "id": 2}])
        replies: list[dict[str, typing.Any]] = []
        while len(replies) < 2:
            replies += self.socket.read_message()[0]
        if "subscribe" not in replies[1]:
            raise BandwidthFailed(f"{way.title}: {replies[1]}")

    def run(self) -> None:
        while True:
            objects, size = self.socket.read_message()
            pushed = [each["push"]["pub"] for each in objects if "push" in each]
            if not pushed:
                self.socket.send([{}])  # the answer to a ping
                continue
            self.bytes += size
            self.publications += len(pushed)
            if any(pub["key"] == LAST_KEY for pub in pushed):
                self.heard_all = True
                return


def publish(connection: http.client.HTTPConnection, items: list[dict[str, typing.Any]]) -> None:
    connection.request("POST", f"/api/v1/rooms/{ROOM}/events", json.dumps(items), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise BandwidthFailed(f"publishing: {answer.status} {said.decode()}")


def listen(port: int, count: int, batch: int) -> list[Heard]:
    """What each way has heard of that many changes, published so many at a time, 100 batches a second at most."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    documents = home.entities()
    publish(connection, [{"key": key, "op": "set", "data": document} for key, document in documents.items()])
    try:
        subscribers = [Subscriber(port, way) for way in WAYS]
    except WebSocketFailed as why:
        raise BandwidthFailed(str(why)) from None
    for each in subscribers:
        each.start()
    happened = home.changes(count, SEED)
    for first in range(0, count, batch):
        publish(connection, [{"key": each.key, "data": each.patch} for each in happened[first : first + batch]])
        time.sleep(0.01)
    publish(connection, [{"key": LAST_KEY, "op": "set", "data": {"state": "on"}}])
    for each in subscribers:
        each.join(DEADLINE_S)
        if not each.heard_all:
            raise BandwidthFailed(f"{each.way.title}: not everything came within {DEADLINE_S:.0f} s")
    return [Heard(each.way.title, each.bytes, each.publications) for each in subscribers]


def table(single: list[Heard], batched: list[Heard], count: int) -> str:
    """`single` and `batched`: as of listen(), each of `count` changes."""
    rows = []
    for one, many in zip(single, batched):
        rows.append([one.title, figure(one.bytes / one.publications), figure(one.bytes / count), f"{one.bytes / single[0].bytes:.0%}",
                     figure(many.bytes / count), f"{many.bytes / batched[0].bytes:.0%}"])
    return markdown(["subscription", "bytes a delivery", "bytes a change", "of whole documents", f"bytes a change, {BATCH} at a time",
                     "of whole documents"], rows)


def measure(build: pathlib.Path, folders: pathlib.Path, core: int, count: int) -> str:
    with running(PEERS["tidewire"], core, build, folders) as server:
        single = listen(server.place.port, count, 1)
    with running(PEERS["tidewire"], core, build, folders) as server:
        batched = listen(server.place.port, count, BATCH)
    return table(single, batched, count)
