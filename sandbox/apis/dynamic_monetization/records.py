"""The records of Dynamic Monetization. Frozen: change is replacement. Instants are milliseconds since 1970, UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sandbox.kernel.clock import HOUR


class Role(StrEnum):
    """Who a key speaks for: the ``kty`` of its tokens (C1.3, G2)."""

    ADMIN = "ADMIN"
    CLIENT = "CLIENT"


class Principal(NamedTuple):
    """Who sent a request: the key of the token, and the instances a client may act on."""

    role: Role
    key_id: str
    instances: frozenset[str]


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as it is listed."""

    id: str
    role: Role
    pem: str
    created: int
    modified: int


class Stage(NamedTuple):
    """What counts as a key's value from an instant on; None for nothing (C4.7)."""

    pem: str | None
    since: int


@dataclass(frozen=True, slots=True)
class Signer:
    """The built-in key pair of a role: its key id, its public key, and the private number that it follows from."""

    key_id: str
    pem: str
    number: int


@dataclass(frozen=True, slots=True)
class Instance:
    """What hosts the line items of an account."""

    id: str
    short_name: str
    account: str
    default: bool
    created: int
    modified: int = 0


class State(StrEnum):
    """Of a line item (C3)."""

    DEPLOYED = "DEPLOYED"
    INACTIVE = "INACTIVE"
    OBSOLETE = "OBSOLETE"


@dataclass(frozen=True, slots=True)
class LineItem:
    """A line item as mapped; what was used of it is counted apart (``state.USED``).

    ``overdraft`` is how far ``used`` may go beyond ``quantity``, None for no end. ``attributes`` are as sent.
    """

    id: str
    state: State
    quantity: Decimal
    start: int
    end: int
    elastic: bool
    series: str
    overdraft: Decimal | None
    attributes: Mapping[str, Any]


class Priced(NamedTuple):
    """One item of a rate table."""

    name: str
    version: str | None
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RateTable:
    """Prices from an instant on; ``rates`` are the items by name and version ("" for none)."""

    series: str
    version: str
    effective_from: int
    created: int
    items: tuple[Priced, ...]
    rates: Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a requester's dictionary may hold; ``criterion`` is all of it but the id (G11)."""

    id: str
    criterion: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Action:
    """What a line item does with requests that meet a condition (None: with all); its count is kept apart.

    ``allocation`` is the most tokens that such requests may take, None for no limit.
    """

    id: str
    name: str | None
    condition: str | None
    allows: bool
    allocation: Decimal | None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks for items."""

    type: str
    value: str
    dictionary: Mapping[str, Any]


class Wanted(NamedTuple):
    """An item that is asked for, and how much of it (its ``count``); ``version`` is as sent."""

    item: str
    version: str | None
    quantity: Decimal


class Paid(NamedTuple):
    """Tokens taken from a line item, under one of its actions or none."""

    line_item: str
    action: str | None
    tokens: Decimal


class Live(StrEnum):
    """State of a session (C4.5)."""

    IDLE = "IDLE"
    ACTIVE = "ACTIVE"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Session:
    """A session, number ``seq`` in the order of creation.

    While ACTIVE: what it uses and for whom, what was ``paid`` for the period that began at ``period_start``, and until
    when a heartbeat is due (None: none is). ``kept`` says that its heartbeats come by themselves, ``misses`` that the
    next of these does not.
    """

    id: str
    seq: int
    instance: str
    created: int
    state: Live = Live.IDLE
    requester: Requester | None = None
    items: tuple[Wanted, ...] = ()
    paid: tuple[Paid, ...] = ()
    period_start: int = 0
    idle_since: int = 0
    heartbeat_due: int | None = None
    last_heartbeat: int = 0
    last_access: int = 0
    kept: bool = False
    misses: bool = False
    ended_by: str | None = None

    @property
    def live(self) -> bool:
        """Whether it can still be used."""
        return self.state in {Live.IDLE, Live.ACTIVE}

    @property
    def charged_until(self) -> int:
        """The end of the paid period, 0 without one (C4.5)."""
        return self.period_start + HOUR if self.state is Live.ACTIVE else 0


@dataclass(frozen=True, slots=True)
class Configured:
    """A setting of the tenant that was changed: its value, when, and by the token of which key."""

    value: str
    modified: int
    updated_by: str
