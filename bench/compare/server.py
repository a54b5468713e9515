"""A peer's server: started fresh for one measurement, pinned to its core, stopped by its process id."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import typing

from compare.peers import Peer, Place

START_S = 60.0
STOP_S = 30.0


class ServerFailed(Exception):
    """The server did not start, or ended by itself."""


class Server:
    """One process. May be stopped and started again on the same folder."""

    def __init__(self, peer: Peer, place: Place, core: int) -> None:
        self.peer, self.place, self.core = peer, place, core
        self.address = f"127.0.0.1:{place.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._greeting_bytes = 0  # of the log, when it had started

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        program = self.peer.program(self.place.build)
        assert program is not None, "who asks for a missing peer?"
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [str(program), *self.peer.command(self.place)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.place.folder, env=os.environ | self.peer.environment, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {self.core}))

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        while not answers(self.place.port, self.peer.probe):
            self.check()
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.peer.name} did not answer within {START_S:.0f} s: {self.last_words() or 'it said nothing'}")
            time.sleep(0.02)
        self._greeting_bytes = self._log.stat().st_size

    def check(self) -> None:
        assert self._process is not None
        status = self._process.poll()
        if status is not None:
            raise ServerFailed(f"{self.peer.name} ended with status {status}: {self.last_words() or 'it said nothing'}")

    def last_words(self) -> str:
        """The last lines that it logged after it had started."""
        said = self._log.read_bytes()[self._greeting_bytes :].decode(errors="replace")
        return " / ".join(said.strip().splitlines()[-3:])

    def stop(self, kill: bool = False) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def _log(self) -> pathlib.Path:
        return self.place.folder / "log"


def answers(port: int, probe: bytes) -> bool:
    """A server that ends the connection without a word has understood as well that this is not for it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(probe)
            connection.recv(1)
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return True


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@contextlib.contextmanager
def running(peer: Peer, core: int, build: pathlib.Path, folders: pathlib.Path) -> typing.Iterator[Server]:
    """A server that answers, with an empty folder on the disk of `folders`; both are gone afterwards."""
    folders.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{peer.name}-", dir=folders))
    server = Server(peer, Place(*free_ports(), folder, build), core)
    try:
        server.start()
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
