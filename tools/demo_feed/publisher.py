"""Publishes documents as entities of one room over HTTP keep-alive, one batch at a time."""

import http.client
import json
import random
import time
import urllib.parse
import uuid
from typing import Callable, Optional

TIMEOUT_S = 5.0
BACKOFF_MIN_S = 0.25
BACKOFF_MAX_S = 5.0
ANSWER_BYTES_MAX = 1 << 20
BATCH_ITEMS_MAX = 500  # the server takes 1,000 in one request

# The server did not say no: the same batch may be sent again, under the same ids.
RETRY_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504})

Document = dict[str, object]


class Publisher:
    """Keeps what the server has acknowledged and sends only what differs from it.

    A batch whose outcome is unknown is sent again as it was, item by item under the same idempotency_key, so that it
    applies once however often it travels. While it is out, nothing else is sent.
    """

    def __init__(self, server: str, room: str, token: Optional[str], log: Callable[[str], None],
                 sleep: Callable[[float], None] = time.sleep) -> None:
        url = urllib.parse.urlsplit(server if "://" in server else f"http://{server}")
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"not the address of a server: {server}")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(url.hostname, url.port, timeout=TIMEOUT_S)
        self._path = f"{url.path.rstrip('/')}/api/v1/rooms/{urllib.parse.quote(room, safe=':')}/events"
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._log = log
        self._sleep = sleep
        self._acknowledged: dict[str, Document] = {}
        self._run = uuid.uuid4().hex[:12]
        self._publishes = 0
        self._smooth = True  # no attempt of the last publish() failed
        self._complaint: Optional[str] = None  # what was logged last, until the server takes a batch again

    def publish(self, documents: dict[str, Document], attempts_max: Optional[int] = None) -> bool:
        """Brings the room to `documents`; entities that are no longer in it are removed.

        Blocks until the server has answered, or attempts_max attempts have failed. False: it was not taken.
        """
        items = self._changes(documents)
        batches = [items[first:first + BATCH_ITEMS_MAX] for first in range(0, len(items), BATCH_ITEMS_MAX)]
        self._smooth = True
        taken = all(self._deliver(batch, attempts_max) for batch in batches)
        if taken:
            self._acknowledged = dict(documents)
        if not (taken and self._smooth):
            # The server may be another one now, one that has lost everything, or may have kept a part: send it all next time.
            self._acknowledged = {key: {} for key in self._acknowledged | documents}
        return taken

    def close(self) -> None:
        self._connection.close()

    def _changes(self, documents: dict[str, Document]) -> list[Document]:
        self._publishes += 1
        changed = [{"key": key, "op": "set", "data": document}
                   for key, document in sorted(documents.items()) if self._acknowledged.get(key) != document]
        gone = [{"key": key, "op": "remove"} for key in sorted(self._acknowledged.keys() - documents.keys())]
        items = changed + gone
        for index, item in enumerate(items):
            item["idempotency_key"] = f"{self._run}-{self._publishes}-{index}"
        return items

    def _deliver(self, batch: list[Document], attempts_max: Optional[int]) -> bool:
        body = json.dumps(batch, separators=(",", ":")).encode()
        attempt = 0
        while True:
            failure, final = self._send(body)
            if failure is None:
                self._relent()
                return True
            self._smooth = False
            self._complain(failure)
            attempt += 1
            if final or attempt == attempts_max:
                return False
            ceiling = min(BACKOFF_MAX_S, BACKOFF_MIN_S * 2 ** min(attempt, 10))
            self._sleep(random.uniform(BACKOFF_MIN_S, ceiling))

    def _send(self, body: bytes) -> tuple[Optional[str], bool]:
        """What went wrong (None: nothing) and whether the answer was a final no."""
        try:
            self._connection.request("POST", self._path, body, self._headers)
            response = self._connection.getresponse()
            answer = response.read(ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return f"the server is away ({str(error) or type(error).__name__}); trying again", False
        if response.status < 300:
            return None, False
        final = response.status not in RETRY_STATUS
        return f"the server {'refused a batch' if final else 'is busy'}: {response.status} {_detail(answer, response.reason)}", final

    def _complain(self, text: str) -> None:
        if text != self._complaint:
            self._log(text)
        self._complaint = text

    def _relent(self) -> None:
        if self._complaint is not None:
            self._log("publishing again")
        self._complaint = None


def _detail(answer: bytes, reason: str) -> str:
    """The detail of an RFC 9457 problem, else its title, else the reason phrase."""
    try:
        problem = json.loads(answer)
        return str(problem.get("detail") or problem.get("title") or reason)
    except (ValueError, AttributeError):
        return reason
