"""From records to JSON: the only place that knows the vendor's member names."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.apis.dynamic_monetization.amounts import shown
from sandbox.apis.dynamic_monetization.configuration import DEFAULTS
from sandbox.apis.dynamic_monetization.metering import DESCRIPTIONS, Result
from sandbox.apis.dynamic_monetization.records import (
    Action,
    Condition,
    Configured,
    Instance,
    Key,
    LineItem,
    Live,
    RateTable,
    Requester,
    Role,
    Session,
    Wanted,
)
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.store import Collection

_TYPES = {Role.ADMIN: "administration-key", Role.CLIENT: "client-key"}


def key(one: Key) -> dict[str, Any]:
    return {
        "id": one.id,
        "type": _TYPES[one.role],
        "publicKey": one.pem,
        "created": one.created,
        "modified": one.modified,
    }


def instance(one: Instance) -> dict[str, Any]:
    return {
        "id": one.id,
        "shortName": one.short_name,
        "accountId": one.account,
        "defaultInstance": one.default,
        "created": one.created,
        "modified": one.modified,
    }


def line_item(one: LineItem, used: Decimal) -> dict[str, Any]:
    return {
        "activationId": one.id,
        "state": one.state,
        "start": one.start,
        "end": one.end,
        "quantity": shown(one.quantity),
        "used": shown(used),
        "attributes": one.attributes,
    }


def rate_table(one: RateTable) -> dict[str, Any]:
    return {
        "created": one.created,
        "effectiveFrom": one.effective_from,
        "series": one.series,
        "version": one.version,
        "items": [{"name": item.name, **_version(item.version), "rate": shown(item.rate)} for item in one.items],
    }


def _version(version: str | None) -> dict[str, str]:
    return {} if version is None else {"version": version}


def condition(one: Condition) -> dict[str, Any]:
    return {"id": one.id, **one.criterion}


def action(one: Action, used: Decimal) -> dict[str, Any]:
    body: dict[str, Any] = {"id": one.id}
    if one.name is not None:
        body["name"] = one.name
    if one.condition is not None:
        body["conditionId"] = one.condition
    body["action"] = "ALLOW" if one.allows else "DENY"
    if one.allocation is not None:
        body |= {"allocation": shown(one.allocation), "used": shown(used)}
    return body


def access(requester: Requester, results: Sequence[Result], correlation: str) -> dict[str, Any]:
    """An AccessResponse (C3)."""
    return {
        "requestedItems": [_result(one) for one in results],
        "requester": {"type": requester.type, "value": requester.value},
        "correlationId": correlation,
    }


def _result(one: Result) -> dict[str, Any]:
    return {
        **item(one.wanted),
        "totalTokensCharged": shown(one.tokens),
        "lineItems": [
            {"rate": shown(part.rate), "activationId": part.paid.line_item, "tokensCharged": shown(part.paid.tokens)}
            for part in one.parts
        ],
        "status": {"code": one.code, "description": DESCRIPTIONS[one.code]},
    }


def item(one: Wanted) -> dict[str, Any]:
    return {"count": shown(one.quantity), "item": one.item, **_version(one.version)}


def session_summary(one: Session) -> dict[str, Any]:
    return {
        "sessionId": one.id,
        "instanceId": one.instance,
        "state": one.state,
        "chargedUntil": one.charged_until,
        "lastHeartBeat": one.last_heartbeat,
        "lastAccessRequest": one.last_access,
    }


def session_detail(one: Session) -> dict[str, Any]:
    return {
        "sessionId": one.id,
        "instanceId": one.instance,
        "state": one.state,
        "items": [item(wanted) for wanted in one.items],
    }


def configuration(changed: Collection[Configured]) -> list[dict[str, Any]]:
    """Every setting; when and by whom only where it was changed (C2.8)."""
    return [_configured(name, default, changed.get(name)) for name, default in DEFAULTS.items()]


def _configured(name: str, default: str, changed: Configured | None) -> dict[str, Any]:
    if changed is None:
        return {"name": name, "value": default}
    return {"name": name, "value": changed.value, "modified": changed.modified, "updatedBy": changed.updated_by}


def session_known(one: Session) -> dict[str, Any]:
    """All that the sandbox knows of a session, for its levers."""
    active = one.state is Live.ACTIVE
    return {
        "seq": one.seq,
        "sessionId": one.id,
        "instanceId": one.instance,
        "state": one.state,
        "requester": {"type": one.requester.type, "value": one.requester.value} if one.requester else None,
        "items": [item(wanted) for wanted in one.items],
        "createdAt": iso_ms(one.created),
        "idleSince": _moment(one.idle_since),
        "periodStart": _moment(one.period_start if active else 0),
        "chargedUntil": _moment(one.charged_until),
        "heartbeatDue": _moment(one.heartbeat_due),
        "lastHeartBeat": _moment(one.last_heartbeat),
        "lastAccessRequest": _moment(one.last_access),
        "heartbeatsKept": one.kept,
        "missesNext": one.misses,
        "paid": [
            {"lineItemId": paid.line_item, "actionId": paid.action, "tokens": shown(paid.tokens)} for paid in one.paid
        ],
        "endedBy": one.ended_by,
    }


def _moment(instant: int | None) -> str | None:
    return iso_ms(instant) if instant else None


def line_item_actions(rows: Iterable[tuple[str, list[dict[str, Any]]]]) -> list[Mapping[str, Any]]:
    """The actions of each line item."""
    return [{"lineItemId": name, "actions": actions} for name, actions in rows]
