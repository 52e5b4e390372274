"""An API at a URL as a target: everything goes through a guard."""

from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from sandbox.contract import clocks
from sandbox.contract.calls import answer, ask, session
from sandbox.contract.cleanup import Cleaned, clean
from sandbox.contract.credentials import Credentials
from sandbox.contract.guard import Guard
from sandbox.contract.permission import SAFE, is_loopback
from sandbox.contract.reach import TRIES, attempt
from sandbox.contract.receiver import Receiver
from sandbox.contract.steps import Identity
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import Answer, Sent
from sandbox.kernel.clock import real_now

_NOT_NOW = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

_IN_VAIN = (
    "the target still answers 429, though it was waited {} times as long as Retry-After says: others use the same "
    "credentials, or it is a sandbox whose clock stands still, and --control lets the run move that"
)


class Remote:
    """One API at a base URL; close it when the run is over. What was created is taken back by ``clean``.

    ``control`` are sandboxes' URLs (those of namespaces end in ``/ns/NAME``) whose clocks are moved. A 429 or 503 that
    says when to come again is asked again then, ``patience`` times.
    """

    def __init__(
        self,
        guard: Guard,
        credentials: Credentials,
        *,
        name: str = "",
        control: Sequence[str] = (),
        patience: int = TRIES,
    ) -> None:
        self.guard = guard
        self.name = name or urlsplit(guard.url).netloc
        self.patience = patience
        guard.credentials = credentials
        guard.clocks = control if guard.mode != "read-only" else ()
        self._credentials, self._control = credentials, control
        self._session = session(guard)
        self._receiver = Receiver() if is_loopback(guard.url) and guard.mode != "read-only" else None
        self.can = frozenset(self._offers())
        self.hooks = "" if self._receiver is None else self._receiver.url
        """The URL of the webhook receiver, another one for each sequence; empty without one."""

    def _offers(self) -> Sequence[str]:
        offered = {
            "writes": self.guard.mode != "read-only",
            "permanent": self.guard.mode != "read-only" and self.guard.permanent,
            "second": self._credentials.second is not None,
            "limited": self._credentials.limited is not None,
            "receiver": self._receiver is not None,
            "clock": bool(self.guard.clocks),
        }
        return [name for name, can in offered.items() if can]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and of the receiver's port."""
        self._session.close()
        if self._receiver is not None:
            self._receiver.close()

    def begin(self) -> None:
        """Begin with what there is. Webhooks of earlier sequences are not heard any more."""
        if self._receiver is not None:
            self._receiver.begin()
            self.hooks = self._receiver.url

    def send(self, sent: Sent, identity: Identity) -> Answer:
        """The answer to a request. Raises Unreachable, Refused, Spent, Missing."""
        headers = {**sent.headers, **self._credentials.headers(identity)}
        if self._receiver is not None:
            self._receiver.notice(sent.body)
        # What is to reach its limit is not kept from it.
        for _ in range(0 if identity == "limited" else self.patience):
            response = self._ask(sent, headers)
            again = response.status_code in _NOT_NOW and "retry-after" in response.headers
            if not again or (response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and sent.method not in SAFE):
                return answer(sent, response)
        last = self._ask(sent, headers)
        if identity != "limited" and last.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise self.guard.budget.give_up(_IN_VAIN.format(self.patience))
        return answer(sent, last)

    def _ask(self, sent: Sent, headers: dict[str, str]) -> requests.Response:
        """Only what is safe is asked again where the connection fails."""
        tries = TRIES if sent.method in SAFE else 1
        return attempt(lambda: ask(self._session, self.guard.url, sent, headers), tries)

    def wait(self, seconds: float) -> None:
        """The clocks of the sandbox move, where that is allowed. Raises Unreachable."""
        if "clock" in self.can:
            clocks.shift(self.guard.clocks, seconds)

    def now(self) -> int:
        """What the target's clock says, in milliseconds: the sandbox's, else that of this machine."""
        return clocks.now(self._control[0]) if self._control else real_now()

    def delivered(self) -> Sequence[Delivered]:
        """Every webhook attempt of the sequence so far, once none has come for a moment."""
        return [] if self._receiver is None else self._receiver.settled()

    def clean(self) -> Cleaned:
        """Take back what the ledger holds."""
        return clean(self.guard, self._credentials, self._session)
