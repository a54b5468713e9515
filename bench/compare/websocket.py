"""A raw WebSocket to Tidewire, for those who count bytes or hold them up."""

import base64
import json
import os
import socket
import typing
import zlib

from compare import msgpack

Json = dict[str, typing.Any]


class WebSocketFailed(Exception):
    """The server refused, ended or broke the connection."""


class WebSocket:
    """Blocking. `read_bytes` takes what comes next from the socket; whoever is slow has another one."""

    def __init__(self, port: int, deflate: bool = False, timeout_s: float = 60.0, receive_buffer: int = 0,
                 in_msgpack: bool = False) -> None:
        self._in_msgpack = in_msgpack
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout_s)
        self.socket.connect(("127.0.0.1", port))
        self._received = b""
        self._upgrade(port, deflate)

    def send(self, commands: list[Json]) -> None:
        payload = b"".join(map(msgpack.pack, commands)) if self._in_msgpack else "\n".join(map(json.dumps, commands)).encode()
        mask = os.urandom(4)
        masked = bytes(octet ^ mask[index % 4] for index, octet in enumerate(payload))
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        self.socket.sendall((b"\x82" if self._in_msgpack else b"\x81") + size + mask + masked)

    def read_message(self) -> tuple[list[Json], int]:
        """The objects of one frame, and its bytes on the wire. (The server never splits a message.)"""
        first, second = self._take(2)
        header, size = 2, second & 0x7F
        if size >= 126:
            wide = 2 if size == 126 else 8
            size, header = int.from_bytes(self._take(wide), "big"), 2 + wide
        payload = self._take(size)
        if first & 0x0F != (2 if self._in_msgpack else 1):
            raise WebSocketFailed(f"a frame of another kind: {payload!r}")
        if first & 0x40:
            payload = zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")
        objects = msgpack.unpack_all(payload) if self._in_msgpack else [json.loads(line) for line in payload.split(b"\n")]
        return objects, header + size

    def read_bytes(self) -> bytes:
        return self.socket.recv(65_536)

    def close(self) -> None:
        self.socket.close()

    def _upgrade(self, port: int, deflate: bool) -> None:
        lines = ["GET /connection/websocket HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        if self._in_msgpack:
            lines.append("Sec-WebSocket-Protocol: tidewire.msgpack.v1")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, self._received = self._received.split(b"\r\n\r\n", 1)
        if b" 101 " not in head or deflate != (b"permessage-deflate" in head):
            raise WebSocketFailed(head.decode())

    def _receive(self) -> None:
        piece = self.read_bytes()
        if not piece:
            raise WebSocketFailed("the connection has ended")
        self._received += piece

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._receive()
        taken, self._received = self._received[:count], self._received[count:]
        return taken
