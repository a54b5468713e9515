"""One client that reads 1 kB/s, beside many that keep pace: what it costs them, and where it ends when it reads again."""

import http.client
import json
import pathlib
import socket
import threading
import time
import typing

from compare import load
from compare.server import Server
from compare.websocket import Json, WebSocket, WebSocketFailed

ROOM = "bench:0"  # of tidewire-load
BYTES_PER_S = 1_000
PIECE_BYTES = 250
RECEIVE_BUFFER = 4_096
UNRECOVERABLE = 112
RESYNCHRONISE = 2500
RETRY_S = 0.2
CURRENT_S = 60.0  # to become current when it reads again


class SlowLink(WebSocket):
    """Reads no faster than BYTES_PER_S until `hurry` is set."""

    def __init__(self, port: int, hurry: threading.Event) -> None:
        self._hurry = hurry
        super().__init__(port, receive_buffer=RECEIVE_BUFFER)

    def read_bytes(self) -> bytes:
        if self._hurry.is_set():
            return super().read_bytes()
        self._hurry.wait(PIECE_BYTES / BYTES_PER_S)
        return self.socket.recv(PIECE_BYTES)


class SlowPeer(threading.Thread):
    """Subscribes to the room's map as the SDK does: recovers, starts anew from a snapshot where it must, comes back when it is closed."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.state: dict[str, typing.Any] = {}
        self.offset = 0
        self.told = self.snapshots = self.closed = self.resynchronised = 0
        self.hurry, self.over, self.live = threading.Event(), threading.Event(), threading.Event()
        self._port, self._epoch = port, ""
        self._fault = ""

    @property
    def fault(self) -> str:
        """What it was told that cannot be; empty: nothing."""
        return self._fault

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self._listen(SlowLink(self._port, self.hurry))
            except (OSError, WebSocketFailed, socket.timeout):
                self.closed += not self.over.is_set()
                time.sleep(RETRY_S)

    def _listen(self, link: WebSocket) -> None:
        try:
            link.send([{"connect": {}, "id": 1}, self._subscribe()])
            while not self.over.is_set():
                for each in link.read_message()[0]:
                    answer = self._hear(each)
                    if answer is not None:
                        link.send([answer])
        finally:
            link.close()

    def _subscribe(self) -> Json:
        request: Json = {"channel": ROOM, "type": 1, "limit": 1_000}
        if self._epoch:
            request |= {"phase": 1, "recover": True, "offset": self.offset, "epoch": self._epoch}
        else:
            request |= {"phase": 2}
        return {"subscribe": request, "id": 2}

    def _hear(self, what: Json) -> Json | None:
        """What to send for that, if anything."""
        if not what:
            return {}  # a ping
        if what.get("error", {}).get("code") == UNRECOVERABLE:
            self._epoch = ""
            return self._subscribe()
        if "subscribe" in what:
            return self._subscribed(what["subscribe"])
        push = what.get("push", {})
        if push.get("unsubscribe", {}).get("code") == RESYNCHRONISE:
            self.resynchronised += 1
            return self._subscribe()
        if "pub" in push:
            self._apply(push["pub"])
        return None

    def _subscribed(self, reply: Json) -> Json | None:
        if "recovered" not in reply and reply.get("phase", 0) == 0:
            self.snapshots += 1
            self.state = {row["key"]: row["data"] for row in reply.get("state", [])}
            self.offset = 0
        for each in reply.get("publications", []):
            self._apply(each)
        self.offset, self._epoch = reply.get("offset", 0), reply.get("epoch", "")
        if reply.get("phase", 0) != 0:  # more is missing than one reply holds
            return self._subscribe()
        self.live.set()
        return None

    def _apply(self, pub: Json) -> None:
        if pub["offset"] <= self.offset:
            self._fault = f"offset {pub['offset']} after {self.offset}"
        self.offset = pub["offset"]
        self.told += 1
        if pub.get("removed"):
            self.state.pop(pub["key"], None)
        else:
            self.state[pub["key"]] = pub["data"]


def get(port: int, path: str) -> Json:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer: Json = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()


def state_of(port: int) -> dict[str, typing.Any]:
    page = get(port, f"/api/v1/rooms/{ROOM}/entities?limit=1000")
    return {row["key"]: row["data"] for row in page["data"]}


def peak_bytes(pid: int) -> int:
    """The most memory that the process ever had."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise load.LoadFailed("the kernel does not tell the server's memory")


def read_again(peer: SlowPeer, port: int) -> Json:
    """It reads as fast as it can; what it says when it is current. Fails when that is not exactly the room's state."""
    top = get(port, f"/api/v1/rooms/{ROOM}")["offset"]
    told, began = peer.told, time.monotonic()
    behind = top - peer.offset
    peer.hurry.set()
    while peer.offset < top:
        if time.monotonic() - began > CURRENT_S:
            raise load.LoadFailed(f"the slow peer is at {peer.offset} of {top} {CURRENT_S:.0f} s after it began to read again")
        time.sleep(0.01)
    took_s = time.monotonic() - began
    if peer.fault:
        raise load.LoadFailed(f"the slow peer was told {peer.fault}")
    if peer.state != state_of(port):
        raise load.LoadFailed("the slow peer's state is not that of the room")
    return {"told_slowly": told, "told": peer.told, "behind": behind, "current_s": took_s, "snapshots": peer.snapshots,
            "closed": peer.closed, "resynchronised": peer.resynchronised}


def measure(server: Server, program: pathlib.Path, core: int, seconds: float, slow: bool, **arguments: typing.Any) -> load.Result:
    port = server.place.port
    peer = SlowPeer(port) if slow else None
    if peer:
        peer.start()
        if not peer.live.wait(CURRENT_S):
            raise load.LoadFailed("the slow peer cannot subscribe")
    try:
        wanted = {"peer": server.peer.kind, "connect": server.address, "pid": server.pid, "seconds": seconds, **arguments}
        result = load.run(program, "fan-out", wanted, core, seconds)
        result["peak_rss_bytes"] = peak_bytes(server.pid)
        if peer:
            result["slow_peer"] = read_again(peer, port)
        return result
    finally:
        if peer:
            peer.over.set()
            peer.hurry.set()
