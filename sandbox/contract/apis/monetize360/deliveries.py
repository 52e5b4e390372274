"""What must be answered about webhooks, and what must be delivered to them (A2.10, A3.8)."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.contract.apis.monetize360.belief import Case, Event, Json, Subscription, Tenant, shown, texts
from sandbox.contract.apis.monetize360.objects import compare
from sandbox.contract.apis.monetize360.values import instant, same
from sandbox.contract.findings import Breach
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import parse

RULE = "A2.10"
_DOCUMENTED = frozenset({"workflow.completed", "mdata.created"})
_SKEW = 60.0
"""Seconds by which an event may be told later than it happened."""
_SIGNATURE = "x-monetize360-signature"


def create_webhook(case: Case) -> None:
    """POST /webhooks."""
    asked, body = case.asked, case.body
    if case.judged.valid and set(asked["events"]) <= _DOCUMENTED:
        case.status(RULE, 201)
    if not case.judged.valid or not case.answer.ok or not texts(body, "id", "url"):
        return
    expected = {"url": asked["url"], "events": asked["events"], "active": True}
    compare(case, RULE, expected, {name: body[name] for name in expected if name in body})
    if any(one.id == body["id"] for one in case.tenant.hooks):
        case.say(RULE, "body.id", "a new id", body["id"])
    if case.tenant.is_past(body.get("createdAt")):
        case.say("A3.4", "body.createdAt", "the present time", body["createdAt"])
    case.present("A3.4", "body.createdAt", body.get("createdAt"))
    case.tenant.saw(body.get("createdAt"))
    since = len(case.tenant.events)
    case.tenant.hooks.append(Subscription(body["id"], asked["url"], asked["events"], asked.get("secret"), since))


def hear(tenant: Tenant, tenants: Sequence[Tenant], delivered: Sequence[Delivered]) -> Iterator[Breach]:
    """What of the deliveries to a tenant's webhooks breaks a rule. Those whose URL two share are not told apart."""
    urls = [one.url for each in tenants for one in each.hooks]
    for hook in tenant.hooks:
        if urls.count(hook.url) == 1:
            yield from _heard(tenant, tenants, hook, [one for one in delivered if one.url == hook.url])


def _heard(tenant: Tenant, tenants: Sequence[Tenant], hook: Subscription, got: Sequence[Delivered]) -> Iterator[Breach]:
    told: list[tuple[str, str]] = []
    expected = [one for one in tenant.events if one.name in hook.events and one.begun >= hook.since]
    for one in got:
        body = parse(one.body)
        yield from _signature(hook, one)
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict) or "event" not in body:
            yield _breach("body", "event, timestamp and data", shown(one.body.decode("utf-8", "replace")))
            continue
        told.append((str(body["event"]), _key(body)))
        yield from _body(tenant, tenants, hook, body)
    yield from _number(expected, told)


def _breach(where: str, expected: str, got: str, rule: str = RULE) -> Breach:
    return Breach(rule, "webhooks", where, expected, got)


def _key(body: Json) -> str:
    return str(body["data"].get("id", body["data"].get("executionId")))


def _signature(hook: Subscription, one: Delivered) -> Iterator[Breach]:
    told = one.headers.get(_SIGNATURE)
    wanted = None
    if hook.secret is not None:
        wanted = "sha256=" + hmac.new(hook.secret.encode(), one.body, hashlib.sha256).hexdigest()
    if told != wanted:
        expected = shown(wanted or "none, without a secret")
        yield _breach("header X-Monetize360-Signature", expected, shown(told or "nothing"))
    media = one.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        yield _breach("header Content-Type", "application/json", media or "nothing")


def _body(tenant: Tenant, tenants: Sequence[Tenant], hook: Subscription, body: Json) -> Iterator[Breach]:
    name, key = body["event"], _key(body)
    if name not in hook.events:
        yield _breach("body.event", " or ".join(hook.events), shown(name), "A3.8")
        return
    if body.keys() != {"event", "timestamp", "data"}:
        yield _breach("body", "event, timestamp and data", shown(", ".join(body)))
    known = _of(tenant, name, key)
    yield from _of_run(tenant, body, known) if name == "workflow.completed" else _on_time(body, known)
    if known is None:
        if any(_of(one, name, key) is not None for one in tenants):
            yield _breach("body.data", "an event of the same tenant", shown(body["data"]), "A3.8")
        return
    if name == "mdata.created" and known.begun < hook.since:
        yield _breach("deliveries", f"nothing of {key}, which was created before", shown(name), "A3.8")
    if not _alike(known.data, body["data"]):
        yield _breach("body.data", shown(known.data), shown(body["data"]))


def _of(tenant: Tenant, name: str, key: str) -> Event | None:
    return next((one for one in tenant.events if (one.name, one.key) == (name, key)), None)


def _of_run(tenant: Tenant, body: Json, known: Event | None) -> Iterator[Breach]:
    """What completed is told, and nothing else that ended."""
    status, seen = body["data"].get("status"), tenant.executions.get(_key(body), {}).get("status")
    if status != "completed":
        yield _breach("body.data.status", "completed", shown(status))
    elif known is None and seen == "failed":
        yield _breach("deliveries", f"nothing of {_key(body)}, which failed", shown(body["event"]), "A3.8")


def _on_time(body: Json, known: Event | None) -> Iterator[Breach]:
    """A record is told when it is made."""
    told, made = instant(body.get("timestamp")), instant(known.data.get("createdAt")) if known is not None else None
    if told is None or (made is not None and abs(told - made) > _SKEW):
        yield _breach("body.timestamp", "that of its creation", shown(body.get("timestamp")))


def _alike(known: Json, told: Any) -> bool:
    return same({name: value for name, value in known.items() if value is not None}, told)


def _number(expected: Sequence[Event], told: Sequence[tuple[str, str]]) -> Iterator[Breach]:
    """Each event comes once, in the order in which they happened."""
    for one in expected:
        number = told.count((one.name, one.key))
        if number != 1:
            yield _breach("deliveries", f"one {one.name} of {one.key}", str(number), "A3.8")
            return
    created = [one.key for one in expected if one.name == "mdata.created"]
    got = [key for name, key in told if name == "mdata.created" and key in set(created)]
    if got != created:
        yield _breach("deliveries", f"in the order of creation: {shown(created)}", shown(got), "A3.8")
