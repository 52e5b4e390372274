"""The life of a session (C2.6, C4.5): requests, hourly charges in advance, heartbeats, halts, ends.

Each ACTIVE session has one item on the agenda for the end of its paid period, and one for the heartbeat that is due
after an automatic charge; an IDLE one has the end of its 30 days.
"""

from collections.abc import Sequence
from dataclasses import replace

from sandbox.apis.dynamic_monetization import line_items
from sandbox.apis.dynamic_monetization.amounts import shown, total
from sandbox.apis.dynamic_monetization.metering import UNDECIDED, Result, Till, refund
from sandbox.apis.dynamic_monetization.records import Live, Paid, Requester, Session, Wanted
from sandbox.apis.dynamic_monetization.state import LIVE, NAME, SESSIONS
from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import DAY, HOUR, MINUTE
from sandbox.kernel.errors import Forbidden, NotFound
from sandbox.kernel.world import World

PERIOD = HOUR
"""What one charge pays for (C4.5)."""
PATIENCE = 30 * MINUTE
"""The span after an automatic charge in which a heartbeat must come, its end included (C4.5, G35)."""
IDLE_SPAN = 30 * DAY
"""The span that a session may be IDLE (C4.5)."""

CHARGE = "charge"
HEARTBEAT = "heartbeat"
IDLE = "idle"

HAPPENS = ("session.charged", "session.refunded", "session.halted", "session.ended")


def find(world: World, session: str) -> Session:
    """Raises NotFound."""
    found = world.store.get(SESSIONS, session)
    if found is None:
        msg = f"There is no session {session!r}"
        raise NotFound(msg)
    return found


def find_live(world: World, session: str) -> Session:
    """A session that has not ended. Raises NotFound, Forbidden (G7)."""
    found = find(world, session)
    if not found.live:
        msg = f"The session is {found.state}: create another one"
        raise Forbidden(msg)
    return found


def create(world: World, instance: str, id_: str | None = None) -> Session:
    """A new session, IDLE (S23)."""
    number = world.ordinal("dynamic_monetization.session.seq") + 1
    id_ = id_ or world.new_uuid("dynamic_monetization.session")
    made = Session(id_, number, instance, world.now, idle_since=world.now)
    world.store.put(LIVE.of(instance), made.id, made.id)
    _await_idle_end(world, made)
    return _keep(world, made)


def request(
    world: World, session: Session, requester: Requester, wanted: Sequence[Wanted], *, rollback: bool
) -> tuple[bool, list[Result]]:
    """Use these items from now on instead of those before: all or none of them, none for an empty list (C4.5).

    Answers whether they were granted, and how each fared. Denied, the session goes on as before with ``rollback``, and
    ends without it.
    """
    if not wanted:
        _halt(world, session)
        return True, []
    till = Till(world, session.instance, requester)
    till.give_back(_rest(world, session))
    results = [till.take(one) for one in wanted]
    if not all(one.granted for one in results):
        if not rollback:
            end(world, session, "denied")
        return False, [Result(one.wanted, UNDECIDED if one.granted else one.code) for one in results]
    till.commit()
    changed = replace(
        session, state=Live.ACTIVE, requester=requester, items=tuple(wanted), idle_since=0, last_access=world.now
    )
    _pay(world, session, changed, results)
    return True, results


def _halt(world: World, session: Session) -> None:
    if session.state is Live.IDLE:
        _keep(world, replace(session, last_access=world.now))
        return
    halted = _settle(world, session, _rest(world, session))
    _await_idle_end(world, _keep(world, replace(halted, state=Live.IDLE, idle_since=world.now, last_access=world.now)))
    world.note("session.halted", session.id)


def _pay(world: World, before: Session, session: Session, results: Sequence[Result]) -> Session:
    """A new period begins now, for which this was taken."""
    _clear(world, session)
    paid = tuple(part.paid for one in results for part in one.parts)
    kept = _keep(world, replace(session, paid=paid, period_start=world.now, heartbeat_due=None))
    world.schedule(world.now + PERIOD, NAME, CHARGE, session.id)
    _release(world, session.instance, before.paid)
    world.note("session.charged", session.id, tokens=_plain(paid))
    return kept


def on_charge(world: World, due: Due) -> None:
    """The automatic charge at the end of a period: at the rates of this moment, or the session ends (C4.5)."""
    session = find(world, due.subject)
    till = Till(world, session.instance, session.requester)
    results = [till.take(one) for one in session.items]
    if not all(one.granted for one in results):
        end(world, session, CHARGE)
        return
    till.commit()
    charged = _pay(world, session, session, results)
    if charged.kept and not charged.misses:
        _keep(world, replace(charged, last_heartbeat=world.now))
        return
    limit = world.now + PATIENCE
    _keep(world, replace(charged, heartbeat_due=limit, misses=charged.misses and not charged.kept))
    world.schedule(limit + 1, NAME, HEARTBEAT, session.id)


def on_silence(world: World, due: Due) -> None:
    """No heartbeat came in time: the automatic charge goes back as a whole, and the session ends (C4.5)."""
    end(world, find(world, due.subject), HEARTBEAT, whole=True)


def on_idle_end(world: World, due: Due) -> None:
    """IDLE for 30 days (C4.5)."""
    end(world, find(world, due.subject), IDLE)


def heartbeat(world: World, session: Session) -> None:
    """The client is still there; without effect while IDLE (G36)."""
    if session.state is Live.ACTIVE:
        world.cancel(NAME, HEARTBEAT, session.id)
        _keep(world, replace(session, last_heartbeat=world.now, heartbeat_due=None))


def end(world: World, session: Session, why: str, *, whole: bool = False, state: Live = Live.TERMINATED) -> Session:
    """No more requests; the rest of the period is refunded, or the ``whole`` of it."""
    settled = _settle(world, session, list(session.paid) if whole else _rest(world, session))
    world.store.delete(LIVE.of(session.instance), session.id)
    world.note("session.ended", session.id, state=str(state), by=why)
    return _keep(world, replace(settled, state=state, ended_by=why, idle_since=0))


def _settle(world: World, session: Session, refunded: list[Paid]) -> Session:
    """The session with nothing charged any more, and that much given back."""
    _clear(world, session)
    if refunded:
        till = Till(world, session.instance, None)
        till.give_back(refunded)
        till.commit()
        if any(one.tokens for one in refunded):
            world.note("session.refunded", session.id, tokens=_plain(refunded))
    settled = _keep(world, replace(session, items=(), paid=(), heartbeat_due=None))
    _release(world, session.instance, session.paid)
    return settled


def _rest(world: World, session: Session) -> list[Paid]:
    """What the rest of the running period is worth (G29)."""
    return refund(session.paid, session.charged_until - world.now, PERIOD) if session.paid else []


def _release(world: World, instance: str, paid: Sequence[Paid]) -> None:
    """Deleted line items go once nobody holds tokens of them (S31)."""
    for line_item in {one.line_item for one in paid}:
        line_items.forget(world, instance, line_item)


def _clear(world: World, session: Session) -> None:
    for kind in (CHARGE, HEARTBEAT, IDLE):
        world.cancel(NAME, kind, session.id)


def _await_idle_end(world: World, session: Session) -> None:
    world.schedule(session.idle_since + IDLE_SPAN, NAME, IDLE, session.id)


def _keep(world: World, session: Session) -> Session:
    world.store.put(SESSIONS, session.id, session)
    return session


def _plain(paid: Sequence[Paid]) -> float:
    tokens = shown(total(one.tokens for one in paid))
    return tokens if isinstance(tokens, int) else float(total(one.tokens for one in paid))
