"""As much of MessagePack as the client protocol has."""

import struct
import typing

# First byte → format of what follows: a number itself, or how many bytes, items or members there are.
NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
SIZED = {0xC4: ("bin", ">B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xD9: ("str", ">B"), 0xDA: ("str", ">H"), 0xDB: ("str", ">I"),
         0xDC: ("array", ">H"), 0xDD: ("array", ">I"), 0xDE: ("map", ">H"), 0xDF: ("map", ">I")}


def pack(value: typing.Any) -> bytes:
    """Not in the fewest bytes: only the server reads it."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        return b"\xdb" + struct.pack(">I", len(text)) + text
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(pack(each) for each in value)
    if isinstance(value, dict):
        return b"\xdf" + struct.pack(">I", len(value)) + b"".join(pack(name) + pack(each) for name, each in value.items())
    raise TypeError(f"no MessagePack for {value!r}")


class Reader:
    """Takes values from the beginning of bytes."""

    def __init__(self, given: bytes) -> None:
        self.given, self.at = given, 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.given):
            raise ValueError("MessagePack is cut short")
        self.at += count
        return self.given[self.at - count : self.at]

    def number(self, form: str) -> typing.Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self) -> typing.Any:
        first = self.take(1)[0]
        if first < 0x80 or first >= 0xE0:
            return first - 256 if first >= 0xE0 else first
        if first < 0xC0:
            kind = "map" if first < 0x90 else "array" if first < 0xA0 else "str"
            return self.sized(kind, first & (0x1F if kind == "str" else 0x0F))
        if first in CONSTANTS:
            return CONSTANTS[first]
        if first in NUMBERS:
            return self.number(NUMBERS[first])
        if first not in SIZED:
            raise ValueError(f"{first:#x} begins no value of the client protocol")
        kind, form = SIZED[first]
        return self.sized(kind, self.number(form))

    def sized(self, kind: str, size: int) -> typing.Any:
        if kind == "map":
            return {self.value(): self.value() for _ in range(size)}
        if kind == "array":
            return [self.value() for _ in range(size)]
        return self.take(size).decode() if kind == "str" else self.take(size)


def unpack_all(given: bytes) -> list[typing.Any]:
    """The values of a message, one behind the other."""
    reader, values = Reader(given), []
    while reader.at < len(given):
        values.append(reader.value())
    return values
