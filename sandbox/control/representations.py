"""What the control plane shows of namespaces, clocks, exchanges and deliveries; secrets are never shown."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.kernel.api import Api
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.journal import Exchange
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.settings import Setting
from sandbox.kernel.timeline import Moved, summarise
from sandbox.kernel.webhooks import Delivery
from sandbox.kernel.world import Happening, World

HIDDEN = "[redacted]"
SHOWN_BODY = 65_536
"""Characters of a body that the journal shows."""
TOLD = 1_000
"""Happenings that the answer to a clock move tells; the rest are in the timeline."""

_HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})


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
    }


def happening(event: Happening) -> dict[str, Any]:
    return {"at": iso_ms(event.at), "type": event.type, "subject": event.subject, "detail": event.detail}


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


def exchange(shown: Exchange, owner: str, api: Api) -> dict[str, Any]:
    request, response = shown.request, shown.response
    query = f"?{_redact_query(request.query, api)}" if request.query else ""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    return {
        "id": shown.id,
        "at": iso_ms(shown.at),
        "api": shown.api,
        "operationId": shown.operation,
        "namespace": owner,
        "method": request.method,
        "path": request.path + query,
        "status": response.status,
        "durationMs": round(shown.duration, 3),
        "request": {"headers": _redact_headers(request.headers, api), "body": _redact_body(request.body, api)},
        "response": {"headers": _redact_headers(headers, api), "body": _redact_body(response.body, api)},
        "reason": shown.reason,
    }


def _redact_headers(headers: dict[str, str], api: Api) -> dict[str, str]:
    hidden = _HIDDEN_HEADERS.union(api.secrets)
    return {name: HIDDEN if name.lower() in hidden else value for name, value in headers.items()}


def _redact_query(query: str, api: Api) -> str:
    return _members(r"(^|&)({})=[^&]*", api).sub(rf"\1\2={HIDDEN}", query) if api.secrets else query


def _redact_body(body: bytes, api: Api) -> str | None:
    if not body:
        return None
    if api.secrets and (b"\\" in body or any(name.lower().encode() in body.lower() for name in api.secrets)):
        body = _hide_members(body, api)
    return body[: 4 * SHOWN_BODY].decode("utf-8", "replace")[:SHOWN_BODY]


def _hide_members(body: bytes, api: Api) -> bytes:
    """JSON by its members; what is not JSON is hidden from the first of their names on."""
    hidden = frozenset(name.lower() for name in api.secrets)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
        found = _members(r"({})", api).search(text)
        return (text if found is None else text[: found.end()] + HIDDEN).encode()
    shown = _hide(value, hidden)
    return body if shown == value else orjson.dumps(shown)


def _hide(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if name.lower() in hidden else _hide(member, hidden) for name, member in value.items()}
    return [_hide(member, hidden) for member in value] if isinstance(value, list) else value


def _members(pattern: str, api: Api) -> re.Pattern[str]:
    return re.compile(pattern.replace("{}", "|".join(map(re.escape, api.secrets))), re.IGNORECASE)


def delivery(shown: Delivery, headers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """``headers`` are those its attempts are signed with."""
    signature = next((value for name, value in headers if name.lower().endswith("-signature")), None)
    return {
        "id": int(shown.id),
        "api": shown.api,
        "subscription": shown.subscription,
        "url": _without_credentials(shown.url),
        "event": shown.event,
        "state": shown.state,
        "attempts": [{"at": iso_ms(t.at), "outcome": t.outcome, "status": t.status} for t in shown.tried],
        "nextAttempt": None if shown.next_attempt is None else iso_ms(shown.next_attempt),
        "body": shown.body.decode(),
        "signature": signature,
    }


def _without_credentials(url: str) -> str:
    userinfo, at, _ = urlsplit(url).netloc.rpartition("@")
    return url.replace(userinfo + at, "", 1) if at else url


def setting(shown: Setting[Any], value: Any) -> dict[str, Any]:
    return {
        "name": shown.name,
        "value": value,
        "default": shown.default,
        "description": shown.description,
        "type": shown.type,
    }
