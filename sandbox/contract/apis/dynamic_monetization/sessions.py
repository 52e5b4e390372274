"""What must be answered about sessions, and what time does to them (C2.6, C4.5)."""

from collections.abc import Callable, Iterator

from sandbox.contract.apis.dynamic_monetization.beliefs import (
    DAY,
    HOUR,
    LIVE,
    MINUTE,
    Ask,
    Charge,
    Expected,
    Instance,
    Json,
    Session,
    Span,
    Tenant,
    Unsure,
)
from sandbox.contract.apis.dynamic_monetization.metering import book, grant, refund, response, version_of

_LISTED = 100
_GRACE = 30 * MINUTE
_IDLE = 30 * DAY


def create(tenant: Tenant, ask: Ask, instance: Instance) -> Expected:
    """An idle one."""
    name = ask.made(200, "sessionId")
    if instance.session(name) is not None:
        return Expected(200, {"sessionId": "one that was never used"})
    instance.sessions.append(Session(name, ask.now, _turn(tenant)))
    return Expected(200, {"sessionId": name})


def _turn(tenant: Tenant) -> tuple[int, int]:
    return next(tenant.turn), next(tenant.turn)


def list_all(_: Tenant, __: Ask, instance: Instance) -> Expected:
    """Those that live, the newest first."""
    live = [_summary(instance, one) for one in instance.sessions if one.state in LIVE]
    return Expected(200, live[: -_LISTED - 1 : -1])


def _summary(instance: Instance, session: Session) -> Json:
    instants = {"chargedUntil": session.until, "lastHeartBeat": session.heartbeat, "lastAccessRequest": session.request}
    shown = {"sessionId": session.id, "instanceId": instance.id, "state": session.state}
    return shown | {name: 0 if span is None else span for name, span in instants.items()}


def read(_: Tenant, __: Ask, instance: Instance, session: Session) -> Expected:
    """In whatever state."""
    items = [{"item": one["item"], "version": version_of(one), "count": one["count"]} for one in session.items]
    shown = {"sessionId": session.id, "instanceId": instance.id, "state": session.state}
    return Expected(200, shown | {"items": items})


def request(tenant: Tenant, ask: Ask, instance: Instance, session: Session) -> Expected:
    """New items in place of the old ones; an empty list is a halt."""
    if session.state not in LIVE:
        return Expected(403, rule="G7")
    back = refund(tenant, session)
    answers, booked = grant(tenant, instance, ask.body)
    if any(one["status"]["code"] != "101" for one in answers):
        book(booked, -1)
        if ask.body["rollbackOnDeny"]:
            book(back)
        else:
            _stop(tenant, session, "TERMINATED")
        return Expected(403, response(ask.body, [_denied(one) for one in answers]))
    session.request = ask.now
    if answers:
        _begin(tenant, session, ask.body, booked)
    elif session.state == "ACTIVE":
        _stop(tenant, session, "IDLE")
    return Expected(200, response(ask.body, answers))


def _denied(answer: Json) -> Json:
    """An item of a session request that failed as a whole."""
    status = answer["status"]
    if status["code"] == "101":
        status = {"code": "102", "description": "No Status"}
    return answer | {"totalTokensCharged": 0, "lineItems": [], "status": status}


def _begin(tenant: Tenant, session: Session, asked: Json, booked: list[Charge]) -> None:
    """An hour is paid."""
    session.state, session.asked, session.items, session.paid = "ACTIVE", asked, asked["requestedItems"], booked
    session.until, session.limit, session.turn = tenant.now.plus(HOUR), None, _turn(tenant)


def _stop(tenant: Tenant, session: Session, state: str) -> None:
    session.state, session.items, session.paid = state, [], []
    session.until, session.limit, session.idle, session.turn = None, None, tenant.now, _turn(tenant)


def heartbeat(_: Tenant, ask: Ask, __: Instance, session: Session) -> Expected:
    """To go on, or that it has ended."""
    if session.state not in LIVE:
        return Expected(403)
    if session.state == "ACTIVE":
        session.heartbeat, session.limit = ask.now, None
    return Expected(204, None)


def close(tenant: Tenant, _: Ask, __: Instance, session: Session) -> Expected:
    """The rest of the hour is refunded."""
    if session.state not in LIVE:
        return Expected(403, rule="G32")
    refund(tenant, session)
    _stop(tenant, session, "TERMINATED")
    return Expected(204, None)


def fail(tenant: Tenant, session: Session) -> None:
    """A fault of the service: the rest of the hour is refunded."""
    refund(tenant, session)
    _stop(tenant, session, "FAILED")


# Time

Due = tuple[Span, int, Session, Callable[[Tenant, Instance, Session], None]]


def live_on(tenant: Tenant, now: Span) -> None:
    """What time brings until ``now``: charges, missed heartbeats, the end of idling.

    What of an instance hangs on an instant that is not known exactly is forgotten with it.
    """
    while due := sorted(_due(tenant, now), key=lambda one: one[0][:2]):
        (at, _, session, happen), instance = due[0]
        if not at.exact or at.first > now.first:
            tenant.forget(instance.id)
            continue
        tenant.now = at
        try:
            happen(tenant, instance, session)
        except Unsure:
            tenant.forget(instance.id)
    tenant.now = now


def _due(tenant: Tenant, now: Span) -> Iterator[tuple[Due, Instance]]:
    for instance in tenant.instances.values():
        for session in instance.sessions:
            for due in _due_of(session):
                if due[0].first <= now.last:
                    yield due, instance


def _due_of(session: Session) -> Iterator[Due]:
    if session.state == "ACTIVE" and session.until is not None:
        yield session.until, session.turn[0], session, _charge
    if session.limit is not None:
        yield session.limit.plus(1), session.turn[1], session, _miss
    if session.state == "IDLE":
        yield session.idle.plus(_IDLE), session.turn[0], session, _expire


def _charge(tenant: Tenant, instance: Instance, session: Session) -> None:
    """The automatic charge of an hour."""
    answers, booked = grant(tenant, instance, session.asked)
    if any(one["status"]["code"] != "101" for one in answers):
        book(booked, -1)
        _stop(tenant, session, "TERMINATED")
        return
    _begin(tenant, session, session.asked, booked)
    session.limit = tenant.now.plus(_GRACE)


def _miss(tenant: Tenant, _: Instance, session: Session) -> None:
    refund(tenant, session, whole=True)
    _stop(tenant, session, "TERMINATED")


def _expire(tenant: Tenant, _: Instance, session: Session) -> None:
    _stop(tenant, session, "TERMINATED")
