"""The publisher against a real HTTP server on loopback that answers as it is told."""

import unittest

from answering_server import AnsweringServer
from publisher import Publisher


def document(value):
    return {"type": "t", "source": "s", "state": "on", "attributes": {"value": value}}


class Publishing(unittest.TestCase):
    def setUp(self):
        self.server = AnsweringServer()
        self.log, self.slept = [], []
        self.publisher = Publisher(self.server.address, "host:a b", "secret", self.log.append, self.slept.append)
        self.addCleanup(self.server.stop)
        self.addCleanup(self.publisher.close)

    def items(self, request):
        return self.server.requests[request]["items"]

    def test_sends_sets_to_the_room_with_the_token(self):
        self.assertTrue(self.publisher.publish({"a": document(1)}))
        request = self.server.requests[0]
        self.assertEqual(request["path"], "/api/v1/rooms/host:a%20b/events")
        self.assertEqual(request["headers"]["Authorization"], "Bearer secret")
        item = dict(request["items"][0])
        self.assertTrue(item.pop("idempotency_key"))
        self.assertEqual(item, {"key": "a", "op": "set", "data": document(1)})

    def test_keeps_its_connection(self):
        self.publisher.publish({"a": document(1)})
        self.publisher.publish({"a": document(2)})
        self.assertEqual(self.server.requests[0]["peer"], self.server.requests[1]["peer"])

    def test_sends_only_what_changed(self):
        self.publisher.publish({"a": document(1), "b": document(1)})
        self.publisher.publish({"a": document(1), "b": document(2)})
        self.publisher.publish({"a": document(1), "b": document(2)})
        self.assertEqual([item["key"] for item in self.items(1)], ["b"])
        self.assertEqual(len(self.server.requests), 2)

    def test_removes_what_vanished(self):
        self.publisher.publish({"a": document(1), "b": document(1)})
        self.publisher.publish({"b": document(1)})
        self.assertEqual([(item["key"], item["op"]) for item in self.items(1)], [("a", "remove")])

    def test_a_retry_is_the_very_same_batch(self):
        self.server.script = [None, 503, 200]
        self.assertTrue(self.publisher.publish({"a": document(1), "b": document(1)}))
        self.assertEqual(self.items(0), self.items(1))
        self.assertEqual(self.items(0), self.items(2))
        self.assertEqual(len({item["idempotency_key"] for item in self.items(0)}), 2)
        self.assertEqual(len(self.slept), 2)

    def test_another_batch_has_other_ids(self):
        self.publisher.publish({"a": document(1)})
        self.publisher.publish({"a": document(2)})
        self.assertNotEqual(self.items(0)[0]["idempotency_key"], self.items(1)[0]["idempotency_key"])

    def test_says_once_that_the_server_is_away_and_once_that_it_is_back(self):
        self.server.script = [None, None, None, 200]
        self.publisher.publish({"a": document(1)})
        self.publisher.publish({"a": document(2)})
        self.assertEqual(len(self.log), 2)
        self.assertIn("away", self.log[0])
        self.assertEqual(self.log[1], "publishing again")

    def test_after_an_outage_everything_is_sent_again(self):
        self.publisher.publish({"a": document(1), "b": document(1)})
        self.server.script = [None, 200]
        self.publisher.publish({"a": document(1), "b": document(2)})
        self.publisher.publish({"a": document(1), "b": document(2)})
        self.assertEqual([item["key"] for item in self.items(-1)], ["a", "b"])

    def test_a_refusal_is_logged_with_its_detail_and_not_repeated(self):
        self.server.script = [413]
        self.assertFalse(self.publisher.publish({"a": document(1)}))
        self.assertEqual(self.log, ["the server refused a batch: 413 detail of 413"])
        self.assertEqual(len(self.server.requests), 1)

    def test_what_was_refused_may_still_have_to_be_removed(self):
        self.server.script = [413]
        self.publisher.publish({"a": document(1)})
        self.publisher.publish({})
        self.assertEqual([(item["key"], item["op"]) for item in self.items(1)], [("a", "remove")])

    def test_gives_up_after_as_many_attempts_as_allowed(self):
        self.server.script = [503, 503]
        self.assertFalse(self.publisher.publish({"a": document(1)}, attempts_max=2))
        self.assertEqual(len(self.server.requests), 2)

    def test_large_states_travel_in_several_batches(self):
        self.publisher.publish({f"k{n:04}": document(n) for n in range(1200)})
        self.assertEqual([len(request["items"]) for request in self.server.requests], [500, 500, 200])

    def test_backoff_is_bounded(self):
        self.server.script = [503] * 20
        self.publisher.publish({"a": document(1)})
        self.assertLessEqual(max(self.slept), 5.0)


class Address(unittest.TestCase):
    def test_nonsense_is_refused(self):
        with self.assertRaises(ValueError):
            Publisher("ftp://x", "r", None, print)


if __name__ == "__main__":
    unittest.main()
