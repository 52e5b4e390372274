"""The bounded list of exchanges: what was asked, what was answered, and why."""

import math
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator
from threading import Lock
from typing import Any, NamedTuple

from sandbox.kernel.clock import SECOND, real_now, stopwatch
from sandbox.kernel.request import Request, Response

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
"""What came of holding a request to its spec; skipped when it was refused before that."""
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 50.0, 250.0, 1_000.0)
"""Upper bounds of the duration counts, in real milliseconds."""

_OVERHEAD = 1_024
_HEADER = 192
"""Bytes that an exchange, and each header of it, takes besides its texts."""
_LARGE = 4
"""Bodies of an exchange that would take more than this part of a journal are not kept."""
_TOGETHER = 64
"""Exchanges that are counted in one go: the work for one is half as long when that for another went just before."""
_AT_ONCE = 16_384
"""Bytes of bodies from which on an exchange is counted at once, and of headers from which on they are not shared."""


class Exchange(NamedTuple):
    """One request with its answer. ``at`` is an instant of the namespace's clock, ``duration`` real milliseconds."""

    id: int
    at: int
    wall: int
    """The instant of the machine's own clock when it was answered."""
    api: str | None
    """None for a request that was for no Api."""
    operation: str | None
    request: Request
    response: Response
    duration: float
    reason: str | None
    validation: str
    """PASSED, FAILED or SKIPPED."""
    kept: bool
    """Whether its bodies were."""
    size: int
    """Bytes it is counted with."""


class Tally:
    """How many exchanges of one kind there were: ``counts`` by BUCKETS and one more, ``total`` their milliseconds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0


class Ledger:
    """What the journals of a sandbox share: how much all of them may hold, and counts that outlive the exchanges.

    The last few exchanges are not counted yet; ``settle`` does that before anything here is read.
    """

    def __init__(self, entries: int = 10_000, size: int = 64 * 1_048_576) -> None:
        self.entries = entries
        self.size = size
        self.bytes = 0
        self.dropped = 0
        self.tallies: defaultdict[tuple[str | None, str | None, int], Tally] = defaultdict(Tally)
        """By Api, operation and status."""
        self.attempts: dict[str, int] = {}
        """Webhook attempts by how they ended."""
        self.lock = Lock()
        """Journals of several namespaces may be written at once."""
        self.held = 0
        """Exchanges that all journals hold."""
        self.order: deque[Journal] = deque()
        """Whose each exchange is, the oldest first; of each journal the first ``stale`` count no more."""
        self.pending: deque[tuple[Journal, tuple[Any, ...]]] = deque()
        """Exchanges that are not counted yet, the oldest first."""
        self.epoch = 0.0
        """The real instant at which the stopwatch read 0, as of lately."""
        self.good_until = -math.inf
        """The reading of the stopwatch from which on that is to be asked anew."""

    def settle(self) -> None:
        """Count every exchange recorded so far, and let go of what is too much."""
        with self.lock:
            while self.pending:
                self.pending[0][0].keep(self.pending)
            self.trim()

    def trim(self) -> None:
        """Let go of the oldest of all until the rest fits; the lock is held."""
        order = self.order
        while order and (order[0].stale or self.held > self.entries or self.bytes > self.size):
            journal = order.popleft()
            if journal.stale:
                journal.stale -= 1
            else:
                journal.drop()
        if len(order) > 2 * self.entries:
            self.order = deque(journal for journal in order if journal.counts_on())

    def ask(self) -> None:
        """Ask the machine's clock, which may take longer than all the rest: once a second is enough."""
        reading = stopwatch()
        self.epoch, self.good_until = real_now() - reading * SECOND, reading + 1

    def attempted(self, outcome: str) -> None:
        """One more webhook attempt ended."""
        with self.lock:
            self.attempts[outcome] = self.attempts.get(outcome, 0) + 1


class Journal:
    """The newest exchanges of a namespace, at most ``entries`` and ``size`` bytes of them; the oldest go first.

    When all that share the ``ledger`` hold too much together, the oldest of all goes.
    """

    def __init__(self, entries: int = 1_000, size: int = 16 * 1_048_576, ledger: Ledger | None = None) -> None:
        self._entries = entries
        self._size = size
        self._list: deque[tuple[Any, ...]] = deque()
        self._bytes = 0
        self._last = 0
        self.ledger = Ledger() if ledger is None else ledger
        self._headers: dict[str, str] = {}
        self._headers_size = 0
        """Those of the last request: clients send the same again and again, which are kept once."""
        self.stale = 0
        """How many of its places in the ledger's order are those of exchanges that are gone."""

    def __len__(self) -> int:
        self.ledger.settle()
        return len(self._list)

    def __iter__(self) -> Iterator[Exchange]:
        self.ledger.settle()
        with self.ledger.lock:
            listed = tuple(self._list)
        for number, at, ended, *rest, epoch, kept, size in listed:
            yield Exchange._make((number, at, round(epoch + ended * SECOND), *rest, kept, size))

    @property
    def bytes(self) -> int:
        """Bytes held now."""
        self.ledger.settle()
        return self._bytes

    def record(  # noqa: PLR0913, PLR0917  # the members of an Exchange
        self,
        at: int,
        api: str | None,
        operation: str | None,
        request: Request,
        response: Response,
        duration: float,
        reason: str | None,
        checked: str = PASSED,
        ended: float | None = None,
    ) -> int:
        """Add one exchange; its id. ``ended`` is what the stopwatch read then, None for now.

        One thread at a time may call this on one journal.
        """
        if ended is None:
            ended = stopwatch()
        self._last = number = self._last + 1
        ledger = self.ledger
        told = number, at, ended, api, operation, request, response, duration, reason, checked
        ledger.pending.append((self, told))
        large = len(request.body) + len(response.body) > _AT_ONCE or response.attempts
        if large or len(ledger.pending) >= _TOGETHER:
            ledger.settle()
        return number

    def keep(self, pending: deque[tuple["Journal", tuple[Any, ...]]]) -> None:
        """Take its own exchanges from the front of ``pending``: count them, and let go of what is too much then.

        The ledger's lock is held, and the ledger is to be trimmed afterwards.
        """
        ledger, listed = self.ledger, self._list
        before, added = len(listed), 0
        while pending and pending[0][0] is self:
            told = pending.popleft()[1]
            _, _, ended, api, operation, request, response, duration, reason, _ = told
            if request.headers == self._headers:
                request.headers = self._headers
            else:
                self._headers, self._headers_size = request.headers, _size_of(request.headers)
            size, kept = self._headers_size + _size(request, response, reason), True
            if size > self._size // _LARGE:
                request, response = _without_bodies(request, response)
                size, kept = self._headers_size + _size(request, response, reason), False
                told = *told[:5], request, response, *told[7:]
            if ended > ledger.good_until:
                ledger.ask()
            listed.append(told + (ledger.epoch, kept, size))  # noqa: RUF005  # half the time of unpacking it
            added += size
            tally = ledger.tallies[api, operation, response.status]
            tally.total += duration
            tally.counts[bisect_left(BUCKETS, duration)] += 1
        if self._headers_size > _AT_ONCE:
            self._headers, self._headers_size = {}, 0
        more = len(listed) - before
        self._bytes += added
        ledger.bytes += added
        ledger.held += more
        ledger.order.extend([self] * more)
        while len(listed) > self._entries or self._bytes > self._size:
            self.drop()
            self.stale += 1

    def find(self, number: int) -> Exchange | None:
        """The exchange of that id, None when there is none any more."""
        return next((exchange for exchange in self if exchange.id == number), None)

    def clear(self) -> None:
        """Forget everything; numbering goes on."""
        ledger = self.ledger
        ledger.settle()
        with ledger.lock:
            ledger.bytes -= self._bytes
            ledger.held -= len(self._list)
            self.stale += len(self._list)
            self._bytes = 0
            self._list.clear()
            ledger.trim()

    def drop(self) -> None:
        """Let go of the oldest; the ledger's lock is held."""
        size = self._list.popleft()[-1]
        ledger = self.ledger
        self._bytes -= size
        ledger.bytes -= size
        ledger.held -= 1
        ledger.dropped += 1

    def counts_on(self) -> bool:
        """Whether its oldest place in the ledger's order, which is given up if not, is that of an exchange."""
        if not self.stale:
            return True
        self.stale -= 1
        return False


def _size(request: Request, response: Response, reason: str | None) -> int:
    """Without the headers of the request."""
    size = _OVERHEAD + _HEADER * len(response.headers) + len(request.path) + len(request.query)
    size += len(request.body) + len(response.body)
    if reason:
        size += 4 * len(reason)
    if response.attempts:
        size += sum(_OVERHEAD + len(attempt.body) for attempt in response.attempts)
    return size


def _size_of(headers: dict[str, str]) -> int:
    return _HEADER * len(headers) + len("".join(headers)) + len("".join(headers.values()))


def _without_bodies(request: Request, response: Response) -> tuple[Request, Response]:
    bare = Request(request.method, request.path, request.query, request.headers, b"")
    told = Response(response.status, b"", response.headers)
    told.effect = response.effect
    return bare, told
