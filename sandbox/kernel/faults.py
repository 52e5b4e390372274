"""Faults: rules of a namespace that make some of its calls go wrong, the same ones for the same seed and calls.

A rule counts the calls it matches. Whether it acts on one, and how long that one takes, follows from the seed, the
rule's number and that count: never from other rules, other namespaces or real time.
"""

import math
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from sandbox.kernel.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
)
from sandbox.kernel.ids import stream
from sandbox.kernel.world import Snapshot

MOST = 100
"""Rules a namespace may have."""
LONGEST = 120_000
"""Milliseconds that all rules together may delay one answer."""

Spoiled = Literal["empty", "reset", "truncated", "malformed", "stale", "duplicate"]


class Call(NamedTuple):
    """A call as rules see it; ``path`` is what follows the API's ``prefix``, which a rule may write or not."""

    api: str
    operation: str
    method: str
    path: str
    prefix: str = ""


class Match(NamedTuple):
    """Which calls a rule counts; None means any. ``path`` is a glob whose ``*`` passes slashes too."""

    api: str | None = None
    operation: str | None = None
    method: str | None = None
    path: str | None = None

    def holds(self, call: Call) -> bool:
        """Whether the call is one of them."""
        api, operation, method, path = self
        return (
            (operation is None or operation == call.operation)
            and (api is None or api == call.api)
            and (method is None or method == call.method)
            and (path is None or fnmatchcase(call.path, path) or fnmatchcase(call.prefix + call.path, path))
        )


class When(NamedTuple):
    """Which of the calls counted a rule acts on; all that is given must hold.

    ``call`` is one of them by its number from 1, ``every`` each so many, ``times`` the most it acts at all. Only
    calls from instant ``start`` until before ``end`` are counted.
    """

    call: int | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None
    start: int | None = None
    end: int | None = None

    def open(self, now: int) -> bool:
        """Whether calls count at this instant."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


class Latency(NamedTuple):
    """Milliseconds: ``fixed`` at ``a``, ``uniform`` from ``a`` to ``b``, ``lognormal`` of median ``a``, sigma ``b``."""

    kind: Literal["fixed", "uniform", "lognormal"]
    a: float
    b: float = 0

    def draw(self, *key: str | int) -> int:
        """The delay that follows from the key, at most LONGEST."""
        if self.kind == "fixed":
            return int(self.a)
        drawn = stream(*key)
        if self.kind == "uniform":
            return int(drawn.uniform(self.a, self.b))
        return int(min(drawn.lognormvariate(math.log(self.a), self.b), LONGEST))


class Act(NamedTuple):
    """What a rule does to a call: an error ``status`` or a ``spoiled`` answer (one of them at most), and slowness.

    ``commit`` carries the call out before its answer is lost (``status``, ``empty``, ``reset``). ``retry_after`` is in
    seconds, ``rate`` in bytes of the body per second.
    """

    status: int | None = None
    message: str | None = None
    retry_after: int | None = None
    spoiled: Spoiled | None = None
    commit: bool = False
    latency: Latency | None = None
    rate: int | None = None

    @property
    def decides(self) -> bool:
        """Whether it changes what is answered, not only how fast."""
        return self.status is not None or self.spoiled is not None


class Fault(NamedTuple):
    """One rule. ``since`` is the state that its stale answers come out of."""

    id: int
    name: str | None
    match: Match
    when: When
    act: Act
    since: Snapshot | None = None

    def counts(self, call: Call, now: int) -> bool:
        """Whether the call is one of its calls. Only what reads can be stale."""
        return (
            self.match.holds(call)
            and self.when.open(now)
            and (self.act.spoiled != "stale" or call.method in {"GET", "HEAD"})
        )

    def acts(self, seed: int, number: int) -> bool:
        """Whether it acts on the call of that number, from 1."""
        call, every, probability = self.when[:3]
        return (
            call in {None, number}
            and (every is None or number % every == 0)
            and (probability is None or stream(seed, "fault", self.id, number).random() < probability)
        )

    def delay(self, seed: int, number: int) -> int:
        """Milliseconds it delays the answer to the call of that number."""
        latency = self.act.latency
        return 0 if latency is None else latency.draw(seed, "fault.latency", self.id, number)

    def failure(self) -> Failure:
        """Its error status as a Failure, for the API's own envelope."""
        message = self.act.message or f"Fault {self.id} of this sandbox answers this call"
        status = self.act.status or 500
        if status == TooManyRequests.status:
            return TooManyRequests(message, self.act.retry_after or 1)
        made = _FAILURES.get(status, Failure)(message)
        made.status = status
        return made


_FAILURES: dict[int, Callable[[str], Failure]] = {
    kind.status: kind for kind in (Invalid, Unauthorized, Forbidden, NotFound, Conflict, TooLarge, UnsupportedMediaType)
}


class Struck(NamedTuple):
    """What the rules make of one call: ``fault`` decides the answer (None leaves it), ``delay`` is in milliseconds."""

    fault: Fault | None
    delay: int
    rate: int | None
    ids: tuple[int, ...]


class Tally(NamedTuple):
    """How many calls a rule counted, and on how many it acted."""

    calls: int = 0
    hits: int = 0


class Faults:
    """The rules of one namespace, in the order they were made; ``rules`` is empty for nearly everybody."""

    __slots__ = ("_last", "_tallies", "rules")

    def __init__(self) -> None:
        self.rules: tuple[Fault, ...] = ()
        self._tallies: dict[int, Tally] = {}
        self._last = 0

    def __iter__(self) -> Iterator[tuple[Fault, Tally]]:
        return ((fault, self._tallies[fault.id]) for fault in self.rules)

    def get(self, number: int) -> tuple[Fault, Tally]:
        """The rule and how it stands. Raises NotFound."""
        for fault, tally in self:
            if fault.id == number:
                return fault, tally
        msg = f"There is no fault {number}"
        raise NotFound(msg)

    def add(self, make: Callable[[int], Fault]) -> Fault:
        """A rule made for the next number. Raises Conflict when there are too many."""
        if len(self.rules) >= MOST:
            msg = f"There are {MOST} faults already: delete some first"
            raise Conflict(msg)
        self._last += 1
        fault = make(self._last)
        self._tallies[fault.id] = Tally()
        self.rules += (fault,)
        return fault

    def replace(self, fault: Fault) -> None:
        """Another rule in the place of the one with its number; it counts anew. Raises NotFound."""
        self.get(fault.id)
        self._tallies[fault.id] = Tally()
        self.rules = tuple(fault if old.id == fault.id else old for old in self.rules)

    def delete(self, number: int) -> None:
        """Take a rule away. Raises NotFound."""
        self.get(number)
        del self._tallies[number]
        self.rules = tuple(fault for fault in self.rules if fault.id != number)

    def delete_all(self) -> None:
        """Take all rules away; numbering goes on."""
        self.rules = ()
        self._tallies.clear()

    def clear(self) -> None:
        """As new: numbering starts again, so that the same history has the same faults."""
        self.delete_all()
        self._last = 0

    def strike(self, call: Call, now: int, seed: int) -> Struck | None:
        """Count a call; what becomes of it, None if nothing does.

        The first rule that acts and decides what is answered wins; delays add up, the slowest rate holds.
        """
        acting, decisive = [], None
        for fault in self.rules:
            if not fault.counts(call, now):
                continue
            number = self._count(fault)
            if (decisive and fault.act.decides) or not fault.acts(seed, number):
                continue
            calls, hits = self._tallies[fault.id]
            if fault.when.times is None or hits < fault.when.times:
                self._tallies[fault.id] = Tally(calls, hits + 1)
                acting.append((fault, number))
                decisive = fault if fault.act.decides else decisive
        if not acting:
            return None
        delay = sum(fault.delay(seed, number) for fault, number in acting)
        rate = min((fault.act.rate for fault, _ in acting if fault.act.rate is not None), default=None)
        return Struck(decisive, min(delay, LONGEST), rate, tuple(fault.id for fault, _ in acting))

    def _count(self, fault: Fault) -> int:
        """The number of one more call of a rule."""
        calls, hits = self._tallies[fault.id]
        self._tallies[fault.id] = Tally(calls + 1, hits)
        return calls + 1
