"""Webhooks of Monetize360 (A2.10, A3.8, A5): which events there are, how a delivery is written and signed."""

import hmac
from typing import Any

import orjson

from sandbox.apis.monetize360.state import NAME
from sandbox.kernel.clock import iso
from sandbox.kernel.errors import Invalid
from sandbox.kernel.settings import Setting
from sandbox.kernel.webhooks import SUBSCRIPTIONS, Subscription, emit, subscribers
from sandbox.kernel.world import World

DOCUMENTED = ("workflow.completed", "mdata.created")
EXTENDED = ("workflow.started", "workflow.failed", "mdata.updated", "mdata.deleted")

EXTENDED_EVENTS = Setting(
    "monetize360.extendedEvents", default=False, description=f"accept webhooks for {', '.join(EXTENDED)} too (A5)"
)


def subscribe(world: World, url: str, events: list[str], secret: str | None) -> Subscription:
    """A new webhook. Raises Invalid for an extension event while the setting is off (A5)."""
    for place, event in enumerate(events):
        if event in EXTENDED and not world.setting(EXTENDED_EVENTS):
            msg = f"{event} is not a documented event: turn on the setting {EXTENDED_EVENTS.name} to use it"
            raise Invalid(msg, field=f"events.{place}", value=event)
    key = world.new_uuid("monetize360.webhook")
    made = Subscription(key, NAME, url, tuple(events), secret, world.now)
    world.store.put(SUBSCRIPTIONS, key, made)
    return made


def wanted(world: World, event: str) -> bool:
    """Whether anyone subscribed to the event."""
    return bool(len(world.store.all(SUBSCRIPTIONS))) and any(True for _ in subscribers(world, NAME, event))


def announce(world: World, event: str, data: dict[str, Any]) -> None:
    """Deliver an event to every webhook subscribed to it."""

    def dated(at: int) -> bytes:
        return orjson.dumps({"event": event, "timestamp": iso(at), "data": data})

    body = dated(world.now)
    for target in subscribers(world, NAME, event):
        emit(world, target, event, body, dated)


def sign(secret: str, event: str, delivery: str, body: bytes) -> list[tuple[str, str]]:
    """Headers of an attempt. The vendor documents none: these are the sandbox's (A5)."""
    headers = [("X-Monetize360-Event", event), ("X-Monetize360-Delivery", delivery)]
    if secret:
        digest = hmac.new(secret.encode(), body, "sha256").hexdigest()
        headers.append(("X-Monetize360-Signature", f"sha256={digest}"))
    return headers
