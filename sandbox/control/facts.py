"""The facts behind a refusal: what the journal, the timeline, the limiter and the other namespaces know."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from sandbox.control.case import Case
from sandbox.kernel.clock import DAY, HOUR, LAST_INSTANT, MINUTE, SECOND, iso_ms
from sandbox.kernel.journal import PASSED, Exchange
from sandbox.kernel.rehearsal import AUTHENTICATION, ROUTE, Rehearsed
from sandbox.kernel.sandbox import DEFAULT

_INVALID, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _CRASHED = 400, 401, 403, 404, 409, 500
_SHOWN = 5
_HAPPENINGS = 3
_TOKEN_PARTS = 3
_LONG = 200


def behind(case: Case) -> list[str]:
    """Facts behind a 401, 403, 404 or 409, or a 400 that is not the spec's, each a sentence; none for other answers."""
    status = case.one.response.status
    found: Iterator[str] = iter(())
    if case.one.operation is not None:
        if status in {_UNAUTHORIZED, _FORBIDDEN}:
            found = _of_credential(case)
        elif status == _NOT_FOUND:
            found = _of_missing(case)
        elif status == _CONFLICT or (status == _INVALID and case.one.validation == PASSED):
            found = _of_conflict(case)
    elif status == _NOT_FOUND:
        found = _of_nowhere(case)
    return list(found)


def limit(case: Case) -> dict[str, Any] | None:
    """The window of the rate limit that refused it, and how many requests with its credential the journal has there."""
    one = case.one
    if one.api is None or case.principal is None:
        return None
    api = case.sandbox.apis[one.api]
    held = api.limit(case.namespace.world, case.principal)
    if held is None:
        return None
    start = one.at // held.span * held.span
    sender = api.credential(one.request)
    counted = [e for e in case.namespace.journal if e.api == one.api and start <= e.at < start + held.span]
    return {
        "most": held.most,
        "from": iso_ms(start),
        "to": iso_ms(start + held.span),
        "journalled": sum(api.credential(e.request) == sender for e in counted),
    }


def _of_nowhere(case: Case) -> Iterator[str]:
    if case.one.api is None:
        yield "No API is mounted at this path: those that are, and where, are listed at /"
    elif case.one.reason and "namespace" in case.one.reason:
        yield f"There are the namespaces {', '.join(sorted(case.sandbox.namespaces)[:_SHOWN])}"


def _of_credential(case: Case) -> Iterator[str]:
    """What its token claims, and where or when it is or was good."""
    yield from _claims(case)
    status = case.one.response.status
    if status == _FORBIDDEN:
        yield from _now(case, status)
        return
    good = [name for name, found in case.elsewhere(None) if _admitted(found)]
    if good:
        yield f"The credential is good in the namespace {_listed(good)}"
    if case.at_first and _admitted(case.at_first):
        yield "The credential was good when the namespace was seeded"
    if case.again and _admitted(case.again):
        yield f"The credential is good now, at {iso_ms(case.namespace.world.now)}"


def _admitted(found: Rehearsed) -> bool:
    return found.stage not in {ROUTE, AUTHENTICATION} and found.principal is not None


def _claims(case: Case) -> Iterator[str]:
    payload = _payload(case.one.request.headers.get("authorization", ""))
    now = case.one.at
    expiry, start = _instant(payload.get("exp")), _instant(payload.get("nbf"))
    if expiry is not None:
        ago, ahead = _span(now - expiry), _span(expiry - now)
        words = f"expired {ago} before the request" if expiry <= now else f"was good for another {ahead}"
        yield f"The token {words} on the clock of the namespace: at {iso_ms(expiry)}"
    if start is not None and start > now:
        yield f"The token becomes good {_span(start - now)} after the request: at {iso_ms(start)}"
    if "aud" in payload:
        yield f"The token is for {orjson.dumps(payload['aud']).decode()[:_LONG]}"


def _payload(authorization: str) -> dict[str, Any]:
    """The claims of a JSON Web Token, unchecked; none for anything else."""
    parts = authorization.rpartition(" ")[2].split(".")
    if len(parts) != _TOKEN_PARTS:
        return {}
    try:
        payload = orjson.loads(urlsafe_b64decode(parts[1].encode() + b"=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


def _instant(seconds: object) -> int | None:
    if isinstance(seconds, int | float) and 0 <= seconds <= LAST_INSTANT / SECOND:
        return int(seconds * SECOND)
    return None


def _of_missing(case: Case) -> Iterator[str]:
    """Whether it was deleted, was there at first, or is there in another namespace or now."""
    deleted = next((one for one in case.earlier() if one.request.method == "DELETE" and _covers(case, one)), None)
    if deleted is not None:
        yield f"Deleted at {iso_ms(deleted.at)} by request {deleted.id} ({deleted.operation})"
    yield from _happened(case)
    if case.at_first and _met(case.at_first):
        yield f"It was there when the namespace was seeded from the scenario {case.namespace.origin.scenario}"
    others = [name for name, found in case.elsewhere(case.principal) if _met(found)] if case.principal else []
    if others:
        yield f"It exists in the namespace {_listed(others)}"
        if case.namespace.name == DEFAULT:
            yield "The request named no namespace, nor did its credential: it went to default"
    yield from _now(case, _NOT_FOUND)


def _met(found: Rehearsed) -> bool:
    return found.stage not in {ROUTE, AUTHENTICATION} and found.status not in {_NOT_FOUND, _CRASHED}


def _covers(case: Case, deleted: Exchange) -> bool:
    """Whether what was deleted is what is missing, or held it."""
    gone = case.below(deleted)
    return (case.path + "/").startswith(gone + "/") or gone.rpartition("/")[2] in case.named


def _happened(case: Case) -> Iterator[str]:
    """The last that the timeline tells of what the request named."""
    timeline = case.namespace.timeline
    events = [event for _, event in timeline.after(0, timeline.last) if event.at <= case.one.at]
    found = (event for event in reversed(events) if event.subject in case.named)
    for event in islice(found, _HAPPENINGS):
        yield f"{event.type} of {event.subject} at {iso_ms(event.at)}"


def _of_conflict(case: Case) -> Iterator[str]:
    """Who brought about the state that it conflicts with."""
    yield from _happened(case)
    words = [name.encode() for name in case.named]
    for one in case.earlier():
        inside = any(word in one.request.body for word in words)
        if case.below(one) == case.path or inside or case.below(one).rpartition("/")[2] in case.named:
            yield f"Request {one.id} ({one.operation}) changed it at {iso_ms(one.at)}"
            break
    else:
        if case.at_first and case.at_first.status == case.one.response.status == _CONFLICT:
            yield f"It is so since the namespace was seeded from the scenario {case.namespace.origin.scenario}"
    yield from _now(case, case.one.response.status)


def _now(case: Case, status: int) -> Iterator[str]:
    """What the same request would be answered now, if that is something else."""
    if case.again is not None and case.again.status != status:
        yield f"The same request would be answered {case.again.status} now, at {iso_ms(case.namespace.world.now)}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _span(milliseconds: int) -> str:
    """In the largest unit of which there is a whole one, and what is left in the next."""
    units = (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND))
    for (name, size), (smaller, part) in zip(units, (*units[1:], ("ms", 1)), strict=True):
        if milliseconds >= size:
            rest = milliseconds % size // part
            return f"{milliseconds // size} {name}" + (f" {rest} {smaller}" if rest else "")
    return f"{milliseconds} ms"
