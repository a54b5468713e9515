"""How long a server with many stored entities takes from its start to its first answer."""

import http.client
import json
import pathlib
import time

from compare import load
from compare.server import Server

SERVE_S = 120.0
ROOM = "/api/v1/rooms/bench:0/entities"


def get(address: str, path: str) -> tuple[int, bytes]:
    host, port = address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def first_entity(address: str) -> str:
    """The path of an entity that is stored."""
    status, body = get(address, ROOM + "?limit=1")
    rows = json.loads(body).get("data") if status == 200 else None
    if not rows:
        raise load.LoadFailed(f"nothing is stored in the first room: {status} {body[:200]!r}")
    return f"{ROOM}/{rows[0]['key']}"


def serve_s(server: Server, path: str) -> float:
    """Starts the server; seconds until it has answered with the entity."""
    began = time.monotonic()
    server.start()
    while time.monotonic() - began < SERVE_S:
        try:
            if get(server.address, path)[0] == 200:
                return time.monotonic() - began
        except OSError:
            server.check()
        time.sleep(0.001)
    raise load.LoadFailed(f"no answer {SERVE_S:.0f} s after the start")


def resident_bytes(pid: int) -> int:
    fields = pathlib.Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * 4096


def stored_bytes(folder: pathlib.Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(server: Server, program: pathlib.Path, core: int, entities: int, kill: bool) -> load.Result:
    filled = load.run(program, "fill", {"connect": server.address, "entities": entities}, core, seconds=entities / 1000)
    path = first_entity(server.address)
    began = time.monotonic()
    server.stop(kill)
    stop_s = time.monotonic() - began
    stored = stored_bytes(server.place.folder / "data")
    taken = serve_s(server, path)
    return {"scenario": "restart", "entities": entities, "fill_s": filled["seconds"], "stop_s": stop_s, "serve_s": taken,
            "rss_bytes": resident_bytes(server.pid), "stored_bytes": stored}
