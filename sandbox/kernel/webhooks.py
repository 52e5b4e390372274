"""Webhooks on simulated time: subscriptions, deliveries, attempts and their schedule. Sending is the adapter's work.

A delivery is `pending` until an attempt succeeds (`delivered`) or the schedule is exhausted (`failed`). One to a target
that the sandbox never calls is `blocked`, one that a fault swallowed is `dropped`: both when the event happens.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import DAY, MINUTE, SECOND, parse_duration
from sandbox.kernel.misdelivery import DELAY, DROP, DUPLICATE, REORDER, STALE_TIME, strike
from sandbox.kernel.settings import Setting
from sandbox.kernel.store import Table
from sandbox.kernel.targets import ALLOWED, callable_target
from sandbox.kernel.world import World

API = "webhooks"
RETRY = "retry"
KEPT = 10_000
KEPT_BYTES = 64 * 1_048_576
"""Deliveries remembered in a namespace, and bytes of their bodies. Beyond either the oldest finished ones are
forgotten; this is looked at for every hundredth delivery, and for each large one."""
_BATCH = 100
_LARGE = 65_536
_WAITS = 100
_LONGEST = 400 * DAY


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants to hear of which events of one Api. ``secret`` is None when deliveries are not signed."""

    id: str
    api: str
    url: str
    events: tuple[str, ...]
    secret: str | None
    created_at: int


class Tried(NamedTuple):
    """One attempt that was made at instant ``at``: ``status`` of the answer, or what went wrong."""

    at: int
    status: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription; ``next_attempt`` is an instant, ``faults`` are the effects that struck it.

    ``failures`` counts the attempts of the schedule that failed, ``copies`` the outcomes to come besides the one that
    every attempt has.
    """

    id: str
    api: str
    subscription: str
    url: str
    event: str
    body: bytes
    secret: str | None
    state: str
    tried: tuple[Tried, ...] = ()
    next_attempt: int | None = None
    faults: tuple[str, ...] = ()
    failures: int = 0
    copies: int = 0


class Attempt(NamedTuple):
    """A POST the adapter must make now; ``namespace`` and ``epoch`` say where its outcome belongs.

    Of several it makes those of the lowest ``turn`` first and waits for them. ``timeout`` is in real seconds; a
    ``replay`` is outside of the schedule.
    """

    namespace: str
    epoch: int
    delivery: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    turn: int = 0
    timeout: float = 10
    replay: bool = False


class Outcome(NamedTuple):
    """How an attempt ended: the status of the answer, or None and the error in words."""

    status: int | None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        """Any 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # the 2xx class

    @property
    def kind(self) -> str:
        """``delivered``, ``refused`` (any other answer) or ``unanswered``."""
        return "unanswered" if self.status is None else "delivered" if self.delivered else "refused"


SUBSCRIPTIONS: Table[Subscription] = Table("webhooks.subscriptions")
DELIVERIES: Table[Delivery] = Table("webhooks.deliveries")
TOLD = frozenset({"webhook.delivered", "webhook.attempted", "webhook.failed"})
"""What the timeline says of an attempt of the schedule; which of them shows when it is made."""
HELD: Table[str] = Table("webhooks.held")
"""By subscription, the delivery that is held back until another one has overtaken it."""


def _bad_schedule(value: list[Any]) -> str | None:
    if len(value) > _WAITS:
        return f"at most {_WAITS} waits"
    try:
        wrong = [wait for wait in value if not 0 <= parse_duration(wait) <= _LONGEST]
    except ValueError as error:
        return str(error)
    return f"{wrong[0]!r} is not between 0 and {_LONGEST // DAY} days" if wrong else None


def _bad_timeout(value: str) -> str | None:
    try:
        span = parse_duration(value)
    except ValueError as error:
        return str(error)
    return None if 0 < span <= MINUTE else "more than nothing, at most a minute"


RETRIES: Setting[list[Any]] = Setting(
    "webhooks.retries",
    ["PT1M", "PT10M", "PT1H", "PT6H", "P1D"],
    "waits between attempts, as durations of simulated time",
    _bad_schedule,
)
TIMEOUT: Setting[str] = Setting("webhooks.timeout", "PT10S", "real time that one attempt may take", _bad_timeout)
SETTINGS = (ALLOWED, RETRIES, TIMEOUT)


def subscribers(world: World, api: str, event: str) -> Iterator[Subscription]:
    """Who wants that event."""
    return (s for s in world.store.all(SUBSCRIPTIONS) if s.api == api and event in s.events)


def unsubscribe(world: World, gone: Subscription) -> None:
    """Remove a webhook; what waits to be delivered to it has failed."""
    world.store.delete(SUBSCRIPTIONS, gone.id)
    world.store.delete(HELD, gone.id)
    for delivery in world.store.all(DELIVERIES):
        if delivery.subscription == gone.id and delivery.state == "pending":
            world.cancel(API, RETRY, delivery.id)
            world.store.put(DELIVERIES, delivery.id, replace(delivery, state="failed", next_attempt=None))


def emit(
    world: World, target: Subscription, event: str, body: bytes, dated: Callable[[int], bytes] | None = None
) -> None:
    """Deliver the event to one subscription once the answer is out, or record that its target is never called.

    ``dated`` writes the body with another event time, for the fault that wants one.
    """
    number = world.ordinal("webhook.delivery") + 1
    key = str(number)
    made = Delivery(key, target.api, target.id, target.url, event, body, target.secret, "pending")
    if callable_target(target.url, world.setting(ALLOWED)):
        spared = REORDER if target.id in world.store.all(HELD) else None
        _begin(world, made, strike(world, target.api, event, spared=spared), dated)
    else:
        _end(world, made, "blocked")
    if number % _BATCH == 0 or len(body) > _LARGE:
        _forget(world)


def _begin(world: World, made: Delivery, struck: dict[str, int], dated: Callable[[int], bytes] | None) -> None:
    """The first attempt: now, or later, or never."""
    if struck:
        made = replace(made, faults=tuple(struck))
    if STALE_TIME in struck and dated:
        made = replace(made, body=dated(max(0, world.now - struck[STALE_TIME])))
    if DROP in struck:
        _end(world, made, "dropped")
    elif DELAY in struck or REORDER in struck:
        _schedule(world, made, world.now + struck.get(DELAY, struck.get(REORDER, 0)))
        if DELAY not in struck:
            world.store.put(HELD, made.subscription, made.id)
    else:
        _hand_out(world, made)
        _let_go(world, made.subscription)


def _hand_out(world: World, delivery: Delivery) -> None:
    copies = int(DUPLICATE in delivery.faults and not delivery.tried)
    world.store.put(DELIVERIES, delivery.id, replace(delivery, next_attempt=None, copies=copies))
    world.outbox = (*world.outbox, *[delivery.id] * (1 + copies))


def _let_go(world: World, subscription: str) -> None:
    """What was held back for that subscription follows what has just gone out."""
    held = world.store.get(HELD, subscription)
    if held is not None:
        world.store.delete(HELD, subscription)
        delivery = world.store.get(DELIVERIES, held)
        if delivery is not None:
            world.cancel(API, RETRY, held)
            _hand_out(world, delivery)


def _schedule(world: World, delivery: Delivery, at: int) -> None:
    world.store.put(DELIVERIES, delivery.id, replace(delivery, next_attempt=at))
    world.schedule(at, API, RETRY, delivery.id)


def _end(world: World, delivery: Delivery, state: str) -> None:
    """Nothing is sent, or no more."""
    world.store.put(DELIVERIES, delivery.id, replace(delivery, state=state, next_attempt=None))
    world.note(f"webhook.{state}", delivery.id, event=delivery.event, url=delivery.url)


def _forget(world: World) -> None:
    deliveries = world.store.all(DELIVERIES)
    count, size = len(deliveries), sum(len(delivery.body) for delivery in deliveries)
    for delivery in deliveries:
        if count <= KEPT and size <= KEPT_BYTES:
            break
        if delivery.state != "pending":
            world.store.delete(DELIVERIES, delivery.id)
            count, size = count - 1, size - len(delivery.body)


def retry(world: World, item: Due) -> None:
    """Agenda: the next attempt of a delivery is due."""
    delivery = world.store.get(DELIVERIES, item.subject)
    if delivery is None or delivery.state != "pending":
        return
    if world.store.get(HELD, delivery.subscription) == delivery.id:
        world.store.delete(HELD, delivery.subscription)
    if callable_target(delivery.url, world.setting(ALLOWED)):
        _hand_out(world, delivery)
    else:
        _end(world, delivery, "blocked")


def settle(world: World, key: str, outcome: Outcome) -> None:
    """Book the outcome of an attempt: delivered, to be tried again after the next wait, or failed for good.

    Of two copies the last decides, unless one was delivered.
    """
    delivery = world.store.get(DELIVERIES, key)
    if delivery is None or (delivery.state != "pending" and not delivery.copies):
        return
    told = _told(outcome)
    tried = (*delivery.tried, Tried(world.now, outcome.status, told))
    booked = replace(delivery, tried=tried, copies=max(0, delivery.copies - 1))
    if delivery.state == "pending" and outcome.delivered:
        booked = replace(booked, state="delivered", next_attempt=None, copies=delivery.copies)
    elif delivery.state == "pending" and not delivery.copies:
        booked = _failed(world, booked)
    world.store.put(DELIVERIES, key, booked)
    type_ = "delivered" if outcome.delivered else "failed" if booked.state == "failed" else "attempted"
    world.note(f"webhook.{type_}", key, event=delivery.event, url=delivery.url, outcome=told)


def _failed(world: World, delivery: Delivery) -> Delivery:
    """After one more failure: waiting for the next attempt, or given up."""
    waits = world.setting(RETRIES)
    if delivery.failures >= len(waits):
        return replace(delivery, state="failed", next_attempt=None)
    following = world.now + parse_duration(waits[delivery.failures])
    world.schedule(following, API, RETRY, delivery.id)
    return replace(delivery, failures=delivery.failures + 1, next_attempt=following)


def settle_replay(world: World, key: str, outcome: Outcome) -> None:
    """Book the outcome of a replay: if it was delivered nothing is left to do, else the schedule goes on.

    The outcome of a scheduled attempt that is under way meanwhile is booked all the same when it comes.
    """
    delivery = world.store.get(DELIVERIES, key)
    if delivery is None:
        return
    told = _told(outcome)
    booked = replace(delivery, tried=(*delivery.tried, Tried(world.now, outcome.status, told)))
    if outcome.delivered:
        world.cancel(API, RETRY, key)
        under_way = delivery.state == "pending" and delivery.next_attempt is None
        booked = replace(booked, state="delivered", next_attempt=None, copies=delivery.copies + under_way)
    world.store.put(DELIVERIES, key, booked)
    world.note("webhook.replayed", key, event=delivery.event, url=delivery.url, outcome=told)


def _told(outcome: Outcome) -> str:
    return outcome.error or f"answered {outcome.status}"


def patience(world: World) -> float:
    """Real seconds that one attempt may take."""
    return parse_duration(world.setting(TIMEOUT)) / SECOND
