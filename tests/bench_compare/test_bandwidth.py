"""The home whose bytes are counted, and the table of them."""

import unittest

from compare import bandwidth, home


class Home(unittest.TestCase):
    def test_has_two_hundred_entities_and_changes_only_those(self) -> None:
        documents = home.entities()
        self.assertEqual(len(documents), 200)
        self.assertLessEqual({each.key for each in home.changes(1_000, 1)}, documents.keys())

    def test_a_seed_repeats_the_changes(self) -> None:
        self.assertEqual(home.changes(100, 1), home.changes(100, 1))
        self.assertNotEqual(home.changes(100, 1), home.changes(100, 2))

    def test_every_kind_of_device_changes(self) -> None:
        kinds = {each.key.rpartition("-")[0] for each in home.changes(1_000, 1)}
        self.assertEqual(kinds, home.KINDS.keys())


class Table(unittest.TestCase):
    def test_sets_bytes_against_whole_documents(self) -> None:
        whole, fields = bandwidth.Heard("whole", 4_000, 10), bandwidth.Heard("fields", 1_000, 5)
        rows = bandwidth.table([whole, fields], [whole, bandwidth.Heard("fields", 200, 5)], 10).splitlines()
        self.assertEqual(rows[2], "| whole | 400 | 400 | 100% | 400 | 100% |")
        self.assertEqual(rows[3], "| fields | 200 | 100 | 25% | 20.0 | 5% |")
