"""MessagePack as the measurement of bytes reads and writes it."""

import unittest

from compare import msgpack


class MessagePack(unittest.TestCase):
    def test_reads_what_it_writes(self) -> None:
        value = {"id": 1, "list": [None, True, False, -1, 2.5, "é" * 40], "map": {"": {}}, "none": []}
        self.assertEqual(msgpack.unpack_all(msgpack.pack(value) + msgpack.pack(7)), [value, 7])

    def test_reads_the_short_forms(self) -> None:
        self.assertEqual(msgpack.unpack_all(b"\x82\xa2id\x05\xa1a\x92\xff\xc4\x02xy"), [{"id": 5, "a": [-1, b"xy"]}])
        self.assertEqual(msgpack.unpack_all(b"\xcd\x01\x00\xcc\xff\xd0\x80\xde\x00\x01\xa1k\xc0"), [256, 255, -128, {"k": None}])

    def test_refuses_what_is_cut_short_or_unknown(self) -> None:
        for bad in (b"\x92\x01", b"\xc1", b"\xd9\x05abc", b"\xcb\x00"):
            with self.assertRaises(ValueError):
                msgpack.unpack_all(bad)


if __name__ == "__main__":
    unittest.main()
