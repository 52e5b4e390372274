"""Webhooks in tests: what was delivered, without any receiver."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from sandbox.kernel.namespace import Namespace
from sandbox.kernel.webhooks import DELIVERIES, Attempt, Delivery, Outcome

Receiver = Callable[[str, dict[str, str], bytes], int]
"""Takes URL, headers and body of a delivery, answers a status."""


class Delivered:
    """One event for one subscription, as a receiver gets it; ``state`` is ``blocked`` for a host never called."""

    def __init__(self, delivery: Delivery, signature: list[tuple[str, str]]) -> None:
        self.id = delivery.id
        self.event = delivery.event
        self.url = delivery.url
        self.state = delivery.state
        self.body = delivery.body
        self.headers = {"Content-Type": "application/json", **dict(signature)}
        self.attempts = delivery.tried

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)

    def __repr__(self) -> str:
        return f"<{self.event} for {self.url}, {self.state}: {self.body.decode()}>"

    def is_signed_with(self, secret: str) -> bool:
        """Whether some header is the HMAC-SHA256 of the exact body under that secret, in hexadecimal."""
        wanted = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return any(
            hmac.compare_digest(value.removeprefix("sha256=").encode(), wanted.encode())
            for value in self.headers.values()
        )

    def replay(self, receiver: Any, path: str | None = None) -> Any:
        """Send it to a receiver of the test's own: a callable ``(url, headers, body)``, or a test client with ``post``.

        A Flask client, a Starlette or an httpx one are all good; ``path`` says where, the path of the URL else. Answers
        what the receiver answers.
        """
        if callable(receiver) and not hasattr(receiver, "post"):
            return receiver(self.url, self.headers, self.body)
        target = path or "/" + self.url.partition("://")[2].partition("/")[2]
        name = "data" if type(receiver).__module__.startswith(("flask.", "werkzeug.")) else "content"
        return receiver.post(target, headers=self.headers, **{name: self.body})


class Webhooks:
    """The deliveries of a namespace, oldest first; ``status`` is what each attempt is answered with.

    ``receiver`` takes the attempts instead, where it is set: it answers a status, or raises OSError if it is down.
    """

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self.status = 200
        self.receiver: Receiver | None = None

    def answer(self, attempt: Attempt) -> Outcome:
        """How an attempt ends."""
        if self.receiver is None:
            return Outcome(self.status)
        try:
            return Outcome(self.receiver(attempt.url, dict(attempt.headers), attempt.body))
        except OSError as error:
            return Outcome(None, str(error) or type(error).__name__)

    def __iter__(self) -> Iterator[Delivered]:
        for delivery in self._namespace.world.store.all(DELIVERIES):
            yield Delivered(delivery, self._namespace.signature(delivery))

    def __len__(self) -> int:
        return len(self._namespace.world.store.all(DELIVERIES))

    def of(self, event: str) -> list[Delivered]:
        """Those of one event."""
        return [one for one in self if one.event == event]

    def one(self, event: str) -> Delivered:
        """The only one of an event. Raises AssertionError that lists what there is instead."""
        found = self.of(event)
        if len(found) != 1:
            there = "\n".join(map(repr, self)) or "none at all"
            msg = f"{len(found)} deliveries of {event}; there are:\n{there}"
            raise AssertionError(msg)
        return found[0]
