"""From records to JSON: the only place that knows the vendor's member names."""

from collections.abc import Iterable
from typing import Any

from sandbox.apis.moonify.records import Group, Session, Simulation, Stats, User
from sandbox.kernel.clock import SECOND, iso


def stats(shown: Stats) -> dict[str, Any]:
    return {
        "score": shown.score,
        "scoreRewarded": shown.rewarded,
        "scoreRewardedByMoonify": shown.rewarded_by_moonify,
        "totalTime": shown.time,
        "updated": moment(shown.updated),
    }


def moment(instant: int) -> str:
    """``YYYY-MM-DD HH:MM:SS``, UTC (B2)."""
    return iso(instant).replace("T", " ").rstrip("Z")


def user(shown: User) -> dict[str, Any]:
    return {"id": shown.id, **stats(shown.stats)}


def users(shown: Iterable[User]) -> dict[str, Any]:
    """An object keyed by user id, in order (B2.2)."""
    return {"users": {one.id: user(one) for one in shown}}


def group(shown: Group) -> dict[str, Any]:
    return {"name": shown.name, "value": shown.value, **stats(shown.shown)}


def session(shown: Session) -> dict[str, Any]:
    name, value = shown.group or (None, None)
    return {
        "seq": shown.seq,
        "tokenID": shown.token,
        "userID": shown.user,
        "group": None if name is None else {"name": name, "value": value},
        "openedAt": iso(shown.opened_at),
    }


def statistics(one: User | None, grouped: Group | None, member: User | None) -> dict[str, Any]:
    """What a session, or a reward, counts for."""
    body: dict[str, Any] = {}
    if one is not None:
        body["user"] = user(one)
    if grouped is not None:
        body["group"] = group(grouped)
    if member is not None:
        body["groupUser"] = user(member)
    return body


def simulation(shown: Simulation, sessions: int) -> dict[str, Any]:
    return {
        "ratePerMinute": shown.rate,
        "spread": shown.spread,
        "interval": shown.interval // SECOND,
        "startedAt": iso(shown.started_at),
        "nextStep": iso(shown.next_at),
        "sessions": sessions,
    }
