"""Line items: what they are, how they change, in which order they are consumed (C2.3, C4.3, G17-G19, G37)."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sandbox.apis.dynamic_monetization.amounts import ZERO
from sandbox.apis.dynamic_monetization.errors import Refused
from sandbox.apis.dynamic_monetization.records import LineItem, State
from sandbox.apis.dynamic_monetization.state import ACTIONS, ALLOCATED, LINE_ITEMS, LIVE, SESSIONS, USED
from sandbox.kernel.errors import Conflict, NotFound
from sandbox.kernel.store import Collection, remember
from sandbox.kernel.world import World

_UNLIMITED = "Unlimited"
_NUMBER = "Number"
_end = attrgetter("end")


def find(world: World, instance: str, line_item: str) -> LineItem:
    """Raises NotFound."""
    found = world.store.get(LINE_ITEMS.of(instance), line_item)
    if found is None:
        msg = f"There is no line item {line_item!r} on the instance {instance!r}"
        raise NotFound(msg)
    return found


def used(world: World, instance: str, line_item: str) -> Decimal:
    """Tokens used of it."""
    found = world.store.get(USED.of(instance), line_item)
    return ZERO if found is None else found


def put(world: World, instance: str, body: Mapping[str, Any]) -> LineItem:
    """Map a line item, or replace all that is stored of it but ``used`` (C4.3).

    Raises Refused when the state or the dates are not allowed (G18, G19).
    """
    before = world.store.get(LINE_ITEMS.of(instance), body["activationId"])
    state = State(body["state"])
    if before is None and state is not State.DEPLOYED:
        raise Refused("$.state", f"{state} is only possible for a line item that exists: map it as DEPLOYED first")
    if before is not None and before.state is State.OBSOLETE and state is not State.OBSOLETE:
        raise Refused("$.state", f"an OBSOLETE line item cannot become {state} again")
    if body["end"] <= body["start"]:
        raise Refused("$.end", "must be later than start")
    return store(world, instance, body)


def store(world: World, instance: str, body: Mapping[str, Any]) -> LineItem:
    """Keep a line item as it is told, whatever was there before."""
    attributes = body["attributes"]
    made = LineItem(
        body["activationId"],
        State(body["state"]),
        Decimal(int(body["quantity"])),
        int(body["start"]),
        int(body["end"]),
        attributes.get("elastic", False),
        attributes.get("rateTableSeries", ""),
        _overdraft(attributes),
        attributes,
    )
    world.store.put(LINE_ITEMS.of(instance), made.id, made)
    if world.store.get(USED.of(instance), made.id) is None:
        world.store.put(USED.of(instance), made.id, ZERO)
    return made


def _overdraft(attributes: Mapping[str, Any]) -> Decimal | None:
    kind = attributes.get("overdraftType")
    if kind == _UNLIMITED:
        return None
    return Decimal(int(attributes.get("overdraftLimit", 0))) if kind == _NUMBER else ZERO


def delete(world: World, instance: str, line_item: str) -> None:
    """Gone for all but refunds to the sessions that hold tokens of it (G37). Raises NotFound, Conflict (G17)."""
    found = find(world, instance, line_item)
    if found.state is not State.OBSOLETE:
        msg = f"The line item {line_item!r} is {found.state}: only an OBSOLETE one can be deleted"
        raise Conflict(msg)
    world.store.delete(LINE_ITEMS.of(instance), line_item)
    for action in world.store.get(ACTIONS.of(instance), line_item) or ():
        world.store.delete(ALLOCATED.of(instance), action.id)
    world.store.delete(ACTIONS.of(instance), line_item)
    forget(world, instance, line_item)


def forget(world: World, instance: str, line_item: str) -> None:
    """Drop what was used of a deleted line item once no session holds tokens of it (S31)."""
    if line_item in world.store.all(LINE_ITEMS.of(instance)):
        return
    live = (world.store.get(SESSIONS, key) for key in world.store.all(LIVE.of(instance)))
    if not any(paid.line_item == line_item for session in live if session for paid in session.paid):
        world.store.delete(USED.of(instance), line_item)


def consumable(world: World, instance: str, tolerance: int) -> Iterator[LineItem]:
    """Those that may be consumed now, earliest end first, then earliest start, then as mapped (C4.3, G35)."""
    rows = world.store.all(LINE_ITEMS.of(instance))
    ordered = remember(rows.derived, "consumable", 1, lambda: _ordered(rows))
    earliest, latest = world.now - tolerance, world.now + tolerance
    for place in range(bisect_left(ordered, earliest, key=_end), len(ordered)):
        if ordered[place].start <= latest:
            yield ordered[place]


def _ordered(rows: Collection[LineItem]) -> list[LineItem]:
    found = [row for row in rows if row.elastic and row.state is State.DEPLOYED]
    return sorted(found, key=attrgetter("end", "start"))
