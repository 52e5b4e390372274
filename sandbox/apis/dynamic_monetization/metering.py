"""What an access request takes from the line items of an instance, and what goes back (C4.2-C4.4, G26-G30)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from sandbox.apis.dynamic_monetization import configuration, line_items
from sandbox.apis.dynamic_monetization.amounts import ZERO, add, multiply, proportion, subtract, total
from sandbox.apis.dynamic_monetization.rate_tables import InForce
from sandbox.apis.dynamic_monetization.records import Action, LineItem, Paid, Requester, Wanted
from sandbox.apis.dynamic_monetization.rules_of_access import Judge
from sandbox.apis.dynamic_monetization.state import ALLOCATED, USED
from sandbox.kernel.store import Table
from sandbox.kernel.world import World

GRANTED = "101"
UNDECIDED = "102"
UNKNOWN = "201"
INSUFFICIENT = "202"
DENIED = "203"
DESCRIPTIONS = {
    GRANTED: "Successfully checked out",
    UNDECIDED: "No Status",
    UNKNOWN: "Item not found in any effective rate table",
    INSUFFICIENT: "Insufficient tokens available",
    DENIED: "Access denied by rules of access",
}
"""Of an item's status; 202 and 203 are ours (G6)."""


class Part(NamedTuple):
    """What a line item gives to an item: its rate, and how many tokens under which of its actions."""

    rate: Decimal
    paid: Paid


class Result(NamedTuple):
    """How an item fared: its status code, and what it took."""

    wanted: Wanted
    code: str
    parts: tuple[Part, ...] = ()

    @property
    def tokens(self) -> Decimal:
        """All that it took."""
        return total(part.paid.tokens for part in self.parts)

    @property
    def granted(self) -> bool:
        """Whether it was."""
        return self.code == GRANTED


class Till:
    """Books tokens of one instance for one requester; nothing is in the World before ``commit``."""

    __slots__ = ("_allocated", "_instance", "_judge", "_prices", "_tolerance", "_used", "_world")

    def __init__(self, world: World, instance: str, requester: Requester | None) -> None:
        self._world = world
        self._instance = instance
        self._judge = Judge(world, instance, requester.dictionary if requester else {})
        self._prices = InForce(world)
        self._tolerance = configuration.tolerance(world)
        self._used: dict[str, Decimal] = {}
        self._allocated: dict[str, Decimal] = {}

    def take(self, wanted: Wanted) -> Result:
        """Take what an item costs, or nothing (G28)."""
        item = (wanted.item, wanted.version or "")
        code, rest, last_rate = UNKNOWN, ZERO, ZERO
        parts: list[Part] = []
        for line_item in line_items.consumable(self._world, self._instance, self._tolerance):
            rate = self._prices.of(line_item.series).get(item)
            if rate is None:
                continue
            allowed, action = self._judge.decide(line_item.id)
            if not allowed:
                code = DENIED if code == UNKNOWN else code
                continue
            code = INSUFFICIENT
            room = self._room(line_item, action)
            need = proportion(rest, rate, last_rate) if parts and rate != last_rate else rest
            need = need if parts else multiply(wanted.quantity, rate)
            if room is not None and room <= 0 < need:
                continue
            tokens = need if room is None else max(ZERO, min(need, room))
            parts.append(Part(rate, Paid(line_item.id, action.id if action else None, tokens)))
            rest, last_rate = subtract(need, tokens), rate
            if not rest:
                self._book(part.paid for part in parts)
                return Result(wanted, GRANTED, tuple(parts))
        if code == UNKNOWN and self._prices.any(item):
            code = INSUFFICIENT
        return Result(wanted, code)

    def give_back(self, paid: Iterable[Paid]) -> None:
        """Book a refund, to actions only where they still exist."""
        counted = self._world.store.all(ALLOCATED.of(self._instance))
        for line_item, action, tokens in paid:
            known = action if action is not None and action in counted else None
            self._book([Paid(line_item, known, subtract(ZERO, tokens))])

    def commit(self) -> None:
        """Keep all that was booked."""
        store, instance = self._world.store, self._instance
        for line_item, tokens in self._used.items():
            store.put(USED.of(instance), line_item, tokens)
        for action, tokens in self._allocated.items():
            store.put(ALLOCATED.of(instance), action, tokens)

    def _room(self, line_item: LineItem, action: Action | None) -> Decimal | None:
        """Tokens that may be taken from a line item under an action, None for any number (C4.3, G13)."""
        room = None
        if line_item.overdraft is not None:
            room = subtract(add(line_item.quantity, line_item.overdraft), self._of(USED, self._used, line_item.id))
        if action is not None and action.allocation is not None:
            left = subtract(action.allocation, self._of(ALLOCATED, self._allocated, action.id))
            room = left if room is None else min(room, left)
        return room

    def _book(self, paid: Iterable[Paid]) -> None:
        for line_item, action, tokens in paid:
            self._used[line_item] = add(self._of(USED, self._used, line_item), tokens)
            if action is not None:
                self._allocated[action] = add(self._of(ALLOCATED, self._allocated, action), tokens)

    def _of(self, table: Table[Decimal], changed: dict[str, Decimal], key: str) -> Decimal:
        found = changed.get(key)
        if found is None:
            found = self._world.store.get(table.of(self._instance), key)
        return ZERO if found is None else found


def refund(paid: Iterable[Paid], left: int, period: int) -> list[Paid]:
    """What goes back for the ``left`` ms of a period: for each line item and action rounded once (G29).

    Never more than was paid, which may have more than nine places.
    """
    sums: dict[tuple[str, str | None], Decimal] = {}
    for line_item, action, tokens in paid:
        sums[line_item, action] = add(sums.get((line_item, action), ZERO), tokens)
    return [Paid(*key, min(tokens, proportion(tokens, left, period))) for key, tokens in sums.items()]
