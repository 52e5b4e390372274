"""What the shadow believes of one tenant: only what it saw made, and how sure it is of the time.

Instants and spans are milliseconds. Line items, actions and sessions are known by identity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any, NamedTuple, TypeAlias

from sandbox.contract.wire import MISSING

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LIVE = ("IDLE", "ACTIVE")

Json: TypeAlias = dict[str, Any]  # Python 3.11


class Unsure(Exception):
    """What is known does not say what must be answered."""


class Span(NamedTuple):
    """An instant that lies between two, both included; they are the same where it is known exactly."""

    first: int
    last: int

    @property
    def exact(self) -> bool:
        """Whether it is one instant."""
        return self.first == self.last

    def plus(self, span: int) -> "Span":
        """Later by ``span``."""
        return Span(self.first + span, self.last + span)

    def since(self, instant: int) -> bool:
        """Whether it is ``instant`` or later. Raises Unsure."""
        if self.first < instant <= self.last:
            raise Unsure
        return self.first >= instant


ALWAYS = Span(0, 1 << 62)
"""An instant of which nothing is known."""


@dataclass(eq=False)
class Action:
    """One rule of access: what was said of it, and what was charged under it (None: not known)."""

    id: str
    said: Json
    used: Fraction | None = Fraction(0)


@dataclass(eq=False)
class Line:
    """A line item: what was said of it, what was charged (None: not known), and its actions in order."""

    said: Json
    used: Fraction | None = Fraction(0)
    actions: list[Action] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id on the instance."""
        return str(self.said["activationId"])


class Charge(NamedTuple):
    """What one line item, under one of its actions, is charged for an item."""

    line: Line
    action: Action | None
    rate: Fraction
    tokens: Fraction


@dataclass(eq=False)
class Session:
    """``until`` is the end of the paid hour, ``limit`` the last instant for a heartbeat, ``idle`` since when it idles.

    ``paid`` is what the running hour cost; ``turn`` orders what is due at one instant.
    """

    id: str
    idle: Span
    turn: tuple[int, int]
    state: str = "IDLE"
    asked: Json = field(default_factory=dict)
    items: list[Json] = field(default_factory=list)
    paid: list[Charge] = field(default_factory=list)
    until: Span | None = None
    limit: Span | None = None
    heartbeat: Span | None = None
    request: Span | None = None


@dataclass(eq=False)
class Instance:
    """One that was seen made, so that all it holds is known. ``deleted`` line items may still get refunds."""

    id: str
    shown: Json
    lines: list[Line] = field(default_factory=list)
    deleted: list[Line] = field(default_factory=list)
    conditions: list[Json] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    def line(self, name: str) -> Line | None:
        """The line item of an id."""
        return next((one for one in self.lines if one.id == name), None)

    def session(self, name: str) -> Session | None:
        """The session of an id."""
        return next((one for one in self.sessions if one.id == name), None)


@dataclass(eq=False)
class Table:
    """A rate table. ``own``: it was seen made, and not merely listed."""

    series: str
    version: str
    since: int
    prices: list[Json]
    shown: Json
    own: bool


class Tenant:
    """What one tenant has set, at ``now``.

    ``complete``: all rate tables are known; ``every`` are class and id of all keys. That and ``tolerant`` are None, and
    an account has no entry in ``defaults``, where nothing is known; an account that has no instance yet has None there.
    ``aware`` are the ids it was told of things made, and ``others`` the other tenants.
    """

    def __init__(self) -> None:
        self.now = ALWAYS
        self.turn = count()
        self.instances: dict[str, Instance] = {}
        self.aware: set[str] = set()
        self.others: list[Tenant] = []
        self.forget_settings()

    def forget_settings(self) -> None:
        """Believe nothing of what is not of one instance."""
        self.tables: list[Table] = []
        self.retired: set[tuple[str, str]] = set()
        self.complete = False
        self.tolerant: bool | None = None
        self.configured: Span | None = None
        self.keys: dict[tuple[str, str], Json] = {}
        self.dropped: set[tuple[str, str]] = set()
        self.every: set[tuple[str, str]] | None = None
        self.defaults: dict[str, str | None] = {}
        self.walks: dict[Any, Walk] = {}

    def forget(self, instance: str) -> None:
        """Believe nothing of an instance."""
        self.instances.pop(instance, None)

    def shrink(self) -> None:
        """Something was deleted: a page may now be empty."""
        for walk in self.walks.values():
            walk.shrunk = True

    def foreign(self) -> frozenset[str]:
        """The ids of instances that only other tenants have."""
        return frozenset(one for tenant in self.others for one in tenant.instances) - self.aware

    def rate(self, series: str, item: str, version: str) -> Fraction | None:
        """The price of an item by the table of a series that is in effect. Raises Unsure."""
        if not self.complete:
            raise Unsure
        found = None
        for table in self.tables:
            if table.series == series and self.now.since(table.since) and (found is None or table.since >= found.since):
                found = table
        prices = found.prices if found else []
        same = (one["rate"] for one in prices if (one["name"], one["version"]) == (item, version))
        return next(map(Fraction, same), None)


@dataclass
class Walk:
    """Reading a list page by page: which ids were seen, and the cursor of the next page.

    ``shrunk``: something was deleted meanwhile.
    """

    wanted: frozenset[Any]
    next: int = 0
    seen: list[Any] = field(default_factory=list)
    shrunk: bool = False


@dataclass(frozen=True)
class Ask:
    """A request with its answer, as the judges read it: numbers with a fraction are exact."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    status: int
    told: Any
    now: Span

    def made(self, status: int, *at: str | int) -> str:
        """An id in the answer. Raises Differs for another status, Unsure where there is none."""
        if self.status != status:
            raise Differs(Expected(status))
        value = self.told
        for part in at:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                raise Unsure from None
        if not isinstance(value, str):
            raise Unsure
        return value


ANY = MISSING
"""A value that may be anything."""


class Expected(NamedTuple):
    """What must be answered; ``rule`` is the mark of what demands it, where it is not that of the operation."""

    status: int
    body: Any = ANY
    rule: str = ""


class Differs(Exception):
    """The answer is another one than it must be."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(str(expected.status))
        self.expected = expected
