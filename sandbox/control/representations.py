"""What the control plane shows of namespaces, clocks and deliveries; secrets are never shown."""

from collections.abc import Sequence
from typing import Any

from sandbox.control.redaction import without_password
from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import SECOND, iso_ms
from sandbox.kernel.footprint import footprint
from sandbox.kernel.misdelivery import Fault
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.settings import Setting
from sandbox.kernel.timeline import Moved, summarise
from sandbox.kernel.webhooks import Delivery, Subscription, Tried
from sandbox.kernel.world import Happening, World

TOLD = 1_000
"""Happenings that the answer to a clock move tells; the rest are in the timeline."""


def clock(world: World) -> dict[str, Any]:
    due = world.agenda.next
    return {
        "mode": world.clock.mode,
        "now": iso_ms(world.clock.tick(world.now)),
        "due": len(world.agenda),
        "next": None if due is None else iso_ms(due.at),
    }


def summary(namespace: Namespace) -> dict[str, Any]:
    """What a namespace was seeded from, and its clock."""
    return {"namespace": namespace.name, **namespace.origin._asdict(), "clock": clock(namespace.world)}


def namespace(shown: Namespace, prefixes: Sequence[str]) -> dict[str, Any]:
    """``prefixes`` are the APIs' names, whose tables are counted."""
    return {
        "name": shown.name,
        **shown.origin._asdict(),
        "clock": clock(shown.world),
        "records": sum(shown.world.store.count(prefix + ".") for prefix in prefixes),
        "exchanges": len(shown.journal),
        "memory": footprint(shown),
    }


def happening(event: Happening) -> dict[str, Any]:
    detail = event.detail
    if "url" in detail:
        detail = detail | {"url": without_password(detail["url"])}
    return {"at": iso_ms(event.at), "type": event.type, "subject": event.subject, "detail": detail}


def due(item: Due) -> dict[str, Any]:
    return {
        "seq": item.sequence + 1,
        "at": iso_ms(item.at),
        "api": item.api,
        "kind": item.kind,
        "subject": item.subject,
    }


def move(shown: Namespace, moved: Moved) -> dict[str, Any]:
    """What happened in a move: 1,000 entries at most, counts of all, a cursor for the rest."""
    events = shown.timeline.after(moved.first, shown.timeline.last)
    told = events[:TOLD]
    return {
        "from": iso_ms(moved.start),
        "to": iso_ms(moved.end),
        "clock": clock(shown.world),
        "counts": summarise([event for _, event in events]),
        "happened": [happening(event) for _, event in told],
        "cursor": told[-1][0] if len(events) > TOLD else None,
    }


def delivery(shown: Delivery, headers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """``headers`` are those its attempts are signed with."""
    signature = next((value for name, value in headers if name.lower().endswith("-signature")), None)
    return {
        "id": int(shown.id),
        "api": shown.api,
        "subscription": shown.subscription,
        "url": without_password(shown.url),
        "event": shown.event,
        "state": shown.state,
        "attempts": [attempt(made) for made in shown.tried],
        "nextAttempt": None if shown.next_attempt is None else iso_ms(shown.next_attempt),
        "faults": list(shown.faults),
        "body": shown.body.decode(),
        "signature": signature,
    }


def attempt(made: Tried) -> dict[str, Any]:
    return {"at": iso_ms(made.at), "outcome": made.outcome, "status": made.status}


def webhook(shown: Subscription, deliveries: dict[str, int]) -> dict[str, Any]:
    """``deliveries`` counts those made for it, by state."""
    return {
        "id": shown.id,
        "api": shown.api,
        "url": without_password(shown.url),
        "events": list(shown.events),
        "signed": bool(shown.secret),
        "createdAt": iso_ms(shown.created_at),
        "deliveries": deliveries,
    }


def webhook_fault(shown: Fault) -> dict[str, Any]:
    return {
        "effect": shown.effect,
        "by": shown.span / SECOND,
        "left": shown.left,
        "api": shown.api,
        "event": shown.event,
        "applied": shown.applied,
    }


def setting(shown: Setting[Any], value: Any) -> dict[str, Any]:
    return {
        "name": shown.name,
        "value": value,
        "default": shown.default,
        "description": shown.description,
        "type": shown.type,
    }
