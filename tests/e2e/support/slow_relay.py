"""A slow link: a TCP relay to a port of loopback that can be held up, connection by connection.

Usage: slow_relay.py PORT. Prints the port it listens on. Then reads commands, one a line, where N is the port that the client of a
connection has: "pause N", "resume N", "rate N BYTES" (a second; 0: no limit). A connection that is gone is passed over. Ends with its
input. Its buffers are small: what is not taken waits at the server.
"""

from __future__ import annotations

import socket
import sys
import threading
import time

RECEIVE_BUFFER_BYTES = 4_096
PIECE_BYTES = 2_048


class Link:
    """One connection through the relay."""

    def __init__(self, client: socket.socket, port: int) -> None:
        self.client = client
        self.server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.server.connect(("127.0.0.1", port))
        self.open = threading.Event()
        self.open.set()
        self.bytes_per_second = 0
        threading.Thread(target=self.carry_up, daemon=True).start()
        threading.Thread(target=self.carry_down, daemon=True).start()

    def carry_up(self) -> None:
        try:
            while piece := self.client.recv(PIECE_BYTES):
                self.server.sendall(piece)
        except OSError:
            pass
        self.end(self.server)
        self.open.set()

    def carry_down(self) -> None:
        try:
            while self.open.wait() and (piece := self.server.recv(PIECE_BYTES)):
                self.client.sendall(piece)
                if self.bytes_per_second:
                    time.sleep(len(piece) / self.bytes_per_second)
        except OSError:
            pass
        self.end(self.client)

    @staticmethod
    def end(one: socket.socket) -> None:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def obey(links: dict[int, Link], command: str) -> None:
    what, number, *rest = command.split()
    link = links.get(int(number))
    if link is None:
        return
    if what == "pause":
        link.open.clear()
    elif what == "resume":
        link.open.set()
    elif what == "rate":
        link.bytes_per_second = int(rest[0])


def main() -> None:
    port = int(sys.argv[1])
    links: dict[int, Link] = {}
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            client, (_, number) = listener.accept()
            try:
                links[number] = Link(client, port)
            except OSError:  # the server is down
                client.close()

    threading.Thread(target=accept, daemon=True).start()
    for line in sys.stdin:
        obey(links, line)


if __name__ == "__main__":
    main()
