"""Webhooks on simulated time: subscriptions, deliveries, attempts and their schedule. Sending is the adapter's work.

A delivery is `pending` until an attempt succeeds (`delivered`), the schedule is exhausted (`failed`), or its target
is one the sandbox never calls (`blocked`, decided when the event happens).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import DAY, parse_duration
from sandbox.kernel.settings import Setting
from sandbox.kernel.store import Table
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
_HOST = re.compile(r"[^\s/?#@]+")
_PORTS = {"http": 80, "https": 443}


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
    """One event for one subscription; ``next_attempt`` is an instant."""

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


class Attempt(NamedTuple):
    """A POST the adapter must make now; ``namespace`` and ``epoch`` say where its outcome belongs."""

    namespace: str
    epoch: int
    delivery: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class Outcome(NamedTuple):
    """How an attempt ended: the status of the answer, or None and the error in words."""

    status: int | None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        """Any 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # the 2xx class


SUBSCRIPTIONS: Table[Subscription] = Table("webhooks.subscriptions")
DELIVERIES: Table[Delivery] = Table("webhooks.deliveries")


def _bad_schedule(value: list[Any]) -> str | None:
    if len(value) > _WAITS:
        return f"at most {_WAITS} waits"
    try:
        wrong = [wait for wait in value if not 0 <= parse_duration(wait) <= _LONGEST]
    except ValueError as error:
        return str(error)
    return f"{wrong[0]!r} is not between 0 and {_LONGEST // DAY} days" if wrong else None


def _bad_hosts(value: list[Any]) -> str | None:
    wrong = [host for host in value if not isinstance(host, str) or not _HOST.fullmatch(host)]
    return f"{wrong[0]!r} is not a host or host:port" if wrong else None


ALLOWED: Setting[list[Any]] = Setting("webhooks.allow", [], "hosts (or host:port) called besides loopback", _bad_hosts)
RETRIES: Setting[list[Any]] = Setting(
    "webhooks.retries",
    ["PT1M", "PT10M", "PT1H", "PT6H", "P1D"],
    "waits between attempts, as durations of simulated time",
    _bad_schedule,
)
SETTINGS = (ALLOWED, RETRIES)


def callable_target(url: str, allowed: Sequence[str]) -> bool:
    """Whether the sandbox may call that URL: http(s) to loopback, or to a host that was explicitly allowed.

    An allowed host is written as in a URL, with or without a port; case and a dot at the end do not matter.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not host:
        return False
    if host == "localhost" or _loopback(host):
        return True
    written = f"[{host}]" if ":" in host else host
    with_port = f"{written}:{_PORTS[parts.scheme] if port is None else port}"
    return any(entry.lower().rstrip(".") in {written, with_port} for entry in allowed)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def subscribers(world: World, api: str, event: str) -> Iterator[Subscription]:
    """Who wants that event."""
    return (s for s in world.store.all(SUBSCRIPTIONS) if s.api == api and event in s.events)


def emit(world: World, target: Subscription, event: str, body: bytes) -> None:
    """Deliver the event to one subscription once the answer is out, or record that its target is never called."""
    number = world.ordinal("webhook.delivery") + 1
    key = str(number)
    blocked = not callable_target(target.url, world.setting(ALLOWED))
    state = "blocked" if blocked else "pending"
    world.store.put(
        DELIVERIES, key, Delivery(key, target.api, target.id, target.url, event, body, target.secret, state)
    )
    if blocked:
        world.note("webhook.blocked", key, event=event, url=target.url)
    else:
        world.outbox = (*world.outbox, key)
    if number % _BATCH == 0 or len(body) > _LARGE:
        _forget(world)


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
    if callable_target(delivery.url, world.setting(ALLOWED)):
        world.outbox = (*world.outbox, delivery.id)
    else:
        world.store.put(DELIVERIES, delivery.id, replace(delivery, state="blocked", next_attempt=None))
        world.note("webhook.blocked", delivery.id, event=delivery.event, url=delivery.url)


def settle(world: World, key: str, outcome: Outcome) -> None:
    """Book the outcome of an attempt: delivered, to be tried again after the next wait, or failed for good."""
    delivery = world.store.get(DELIVERIES, key)
    if delivery is None or delivery.state != "pending":
        return
    told = outcome.error or f"answered {outcome.status}"
    tried = (*delivery.tried, Tried(world.now, outcome.status, told))
    waits = world.setting(RETRIES)
    if outcome.delivered:
        state, next_attempt = "delivered", None
    elif len(tried) <= len(waits):
        state, next_attempt = "pending", world.now + parse_duration(waits[len(tried) - 1])
        world.schedule(next_attempt, API, RETRY, key)
    else:
        state, next_attempt = "failed", None
    world.store.put(DELIVERIES, key, replace(delivery, state=state, tried=tried, next_attempt=next_attempt))
    world.note(_TYPES[state], key, event=delivery.event, url=delivery.url, outcome=told)


_TYPES = {"delivered": "webhook.delivered", "pending": "webhook.attempted", "failed": "webhook.failed"}
