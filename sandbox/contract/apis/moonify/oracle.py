"""The shadow of a Moonify server: what its answers must be, by the written rules and by what was answered."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sandbox.contract.apis.moonify.asked import Listed, listed, opened
from sandbox.contract.apis.moonify.beliefs import Clock, Entry, Roll, Session, Tenant
from sandbox.contract.apis.moonify.levers import Environment, pulled
from sandbox.contract.apis.moonify.lists import Page, Wrong
from sandbox.contract.apis.moonify.words import REFUSED, unasked, worded
from sandbox.contract.findings import Breach
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import Exchange

_FIGURES = ("score", "scoreRewarded", "scoreRewardedByMoonify", "totalTime")
_INVALID = {"error": "Service ID is invalid"}
_RIGHT = {"invalid": 400, "unread": 415, "large": 413, "good": 201}


class Shadow:
    """Believes in the users and groups that it saw made, and what it saw them earn."""

    def __init__(self) -> None:
        self._clock = Clock()
        self._tenants: dict[str, Tenant] = {}
        self._environment = Environment()

    def look(self, exchange: Exchange) -> Iterable[Breach]:
        """What of an answer breaks a rule."""
        if exchange.operation is None:
            self._lever(exchange)
        wrong = unasked(exchange, ours=self._clock.ours) if exchange.operation is None else self._judge(exchange)
        return [Breach(rule, exchange.operation or "", *more) for rule, *more in wrong]

    def wait(self, seconds: float) -> None:
        """Simulated time has passed."""
        self._clock.ours = True
        self._clock.now += seconds
        for tenant in self._tenants.values():
            tenant.epoch += 1

    def hear(self, delivered: Sequence[Delivered]) -> Iterable[Breach]:  # noqa: ARG002  # Moonify sends nothing
        """Moonify has no webhooks."""
        return []

    def _tenant(self, identity: str) -> Tenant:
        return self._tenants.setdefault(identity, Tenant(self._clock))

    def _lever(self, exchange: Exchange) -> None:
        if exchange.sent.path.startswith("/__admin/") and exchange.identity is not None and exchange.answer.ok:
            self._clock.ours = True
            self._environment.note(exchange)
            pulled(self._tenant(exchange.identity), exchange)

    def _judge(self, exchange: Exchange) -> Iterator[Wrong]:
        answer = exchange.answer
        if answer.status >= 500:  # noqa: PLR2004  # that class of statuses
            yield "B1", "status", "no fault of the server", str(answer.status)
            return
        yield from worded(answer, ours=self._clock.ours)
        whose, refused = self._environment.whose(exchange), answer.status in REFUSED
        if refused and answer.json != _INVALID:
            yield "B1", "body.error", str(_INVALID["error"]), repr(answer.json)
        if whose == "nobody":
            if not refused:
                yield "B1", "status", "401 or 403: no valid service ID", str(answer.status)
        elif refused and whose in ("first", "second"):
            yield "B1", "status", "no refusal of a valid service ID", str(answer.status)
        elif not refused and whose is not None:
            yield from self._act(self._tenant(whose), exchange)
        elif exchange.operation == "createSession" and answer.ok:
            for tenant in self._tenants.values():
                tenant.doubt()

    def _act(self, tenant: Tenant, exchange: Exchange) -> Iterator[Wrong]:
        tenant.number += 1
        if any(_beyond(value) for value in exchange.path.values()):
            return
        match exchange.operation:
            case "createSession":
                yield from self._session(tenant, exchange)
            case "getUser":
                yield from _user(tenant, exchange)
            case "getGroup":
                yield from _group(tenant, exchange)
            case "getGroupUser":
                yield from _member(tenant, exchange)
            case "listUsers" | "listGroupUsers":
                yield from _list(tenant, exchange)

    def _session(self, tenant: Tenant, exchange: Exchange) -> Iterator[Wrong]:
        asked, status = opened(exchange.sent), exchange.answer.status
        right = _RIGHT.get(asked.verdict, status)
        if status != right:
            yield "B2.1", "status", f"{right}: the request is {asked.verdict}", str(status)
        if not exchange.answer.ok:
            return
        token = _at(exchange.answer.json, "tokenID")
        if token in tenant.tokens:
            yield "B3.3", "body.tokenID", "a token of its own", f"{token} again"
        tenant.tokens.add(str(token))
        if asked.verdict == "good":
            tenant.open(str(token), Session(asked.user, asked.group), list(asked.groups))
        else:
            tenant.doubt()


def _beyond(value: str) -> bool:
    """Whether clients and servers may take a part of a path for something else."""
    return value in ("", ".", "..") or "\ufffd" in value


def _at(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _are_figures(value: Any) -> bool:
    """Whether something has all figures: what has not breaks the spec, and is told by that."""
    return isinstance(_at(value, "updated"), str) and all(
        isinstance(_at(value, name), int | float) and not isinstance(_at(value, name), bool) for name in _FIGURES
    )


def _single(entry: Entry, told: dict[str, Any], clock: Clock, where: str) -> Iterator[Wrong]:
    """Single reads are of this moment (B3.6)."""
    if entry.track is None:
        return
    number = len(entry.track.states) - 1
    wrong = entry.track.wrong(number, told, clock)
    if wrong is None:
        entry.track.learn(number, told["updated"], clock)
    else:
        entry.track = None
        yield "B3.5", f"body.{where}.{wrong[0]}", wrong[1], str(told[wrong[0]])


def _missing(exchange: Exchange, clock: Clock, text: str) -> Iterator[Wrong]:
    """How a 404 is worded, where the sandbox is the target: the words are its own."""
    if clock.ours and exchange.answer.json != {"error": text}:
        yield "B1", "body.error", text, repr(exchange.answer.json)


def _status(exchange: Exchange) -> Iterator[Wrong]:
    if exchange.answer.status not in (200, 404):
        yield "B1", "status", "200 or 404: the request is good", str(exchange.answer.status)


def _user(tenant: Tenant, exchange: Exchange) -> Iterator[Wrong]:
    user, roll = exchange.path["userid"], tenant.users
    yield from _status(exchange)
    if exchange.answer.status == 404:  # noqa: PLR2004  # not found
        yield from _missing(exchange, tenant.clock, "User not found")
        if roll.users.pop(user, None) is not None:
            roll.forget()
            yield "B3.2", "status", f"200: a session made {user!r}", "404"
        roll.absent.add(user)
    elif exchange.answer.ok:
        yield from _found(tenant, roll, user, exchange)


def _found(tenant: Tenant, roll: Roll, user: str, exchange: Exchange) -> Iterator[Wrong]:
    told = _at(exchange.answer.json, "user")
    if user in roll.absent or (roll.complete(tenant.clock) and user not in roll.users):
        yield "B3.1", "status", f"404: no session made {user!r} here", "200"
    entry = roll.met(user, tenant.number)
    if not _are_figures(told):
        return
    if told.get("id") != user:
        yield "B2", "body.user.id", user, str(told.get("id"))
    yield from _single(entry, told, tenant.clock, "user")


def _group(tenant: Tenant, exchange: Exchange) -> Iterator[Wrong]:
    group = exchange.path["groupname"], exchange.path["groupvalue"]
    yield from _status(exchange)
    if exchange.answer.status == 404:  # noqa: PLR2004  # not found
        yield from _unknown(tenant, group, exchange)
        return
    if not exchange.answer.ok:
        return
    yield from _known(tenant, group)
    told = _at(exchange.answer.json, "group")
    if _are_figures(told):
        if (told.get("name"), told.get("value")) != group:
            yield "B2", "body.group", f"the group {_told(group)}", f"{told.get('name')!r}, {told.get('value')!r}"
        yield from _single(tenant.groups[group], told, tenant.clock, "group")


def _told(group: tuple[str, str]) -> str:
    return f"{group[0]!r}, {group[1]!r}"


def _unknown(tenant: Tenant, group: tuple[str, str], exchange: Exchange) -> Iterator[Wrong]:
    yield from _missing(exchange, tenant.clock, "Group not found")
    if tenant.groups.pop(group, None) is not None:
        yield "B3.2", "status", f"200: a session declared the group {_told(group)}", "404"
    tenant.members.pop(group, None)
    tenant.absent.add(group)


def _known(tenant: Tenant, group: tuple[str, str]) -> Iterator[Wrong]:
    if group in tenant.absent:
        tenant.absent.discard(group)
        yield "B3.1", "status", f"404: no session declared the group {_told(group)} here", "200"
    tenant.groups.setdefault(group, Entry(tenant.number))


def _member(tenant: Tenant, exchange: Exchange) -> Iterator[Wrong]:
    group = exchange.path["groupname"], exchange.path["groupvalue"]
    user, roll = exchange.path["userid"], tenant.roll(group)
    yield from _status(exchange)
    if exchange.answer.status == 404:  # noqa: PLR2004  # not found
        if group in tenant.groups or group in tenant.absent:
            text = "User not found" if group in tenant.groups else "Group not found"
            yield from _missing(exchange, tenant.clock, text)
        if roll.users.pop(user, None) is not None:
            roll.forget()
            yield "B2.3", "status", f"200: {_told(group)} was the last group of a session of {user!r}", "404"
        roll.absent.add(user)
    elif exchange.answer.ok:
        yield from _known(tenant, group)
        if tenant.outside(group, user):
            roll.absent.discard(user)
            roll.whole = roll.closed = False
            yield "B2.3", "status", f"404: {_told(group)} was never the last group of a session of {user!r}", "200"
        yield from _found(tenant, roll, user, exchange)


def _list(tenant: Tenant, exchange: Exchange) -> Iterator[Wrong]:
    asked, status = listed(exchange.sent), exchange.answer.status
    group = (exchange.path["groupname"], exchange.path["groupvalue"]) if exchange.path else None
    right = {"invalid": (400,), "good": (200,) if group is None else (200, 404)}.get(asked.verdict)
    if right is not None and status not in right:
        yield "B2.2", "status", f"{' or '.join(map(str, right))}: the request is {asked.verdict}", str(status)
    if group is not None and status == 404:  # noqa: PLR2004  # not found
        yield from _unknown(tenant, group, exchange)
    if not exchange.answer.ok:
        return
    if group is not None:
        yield from _known(tenant, group)
    yield from _page(tenant, tenant.users if group is None else tenant.roll(group), asked, exchange)


def _page(tenant: Tenant, roll: Roll, asked: Listed, exchange: Exchange) -> Iterator[Wrong]:
    users = _at(exchange.answer.json, "users")
    if asked.verdict != "good" or not isinstance(users, dict) or not all(map(_are_figures, users.values())):
        return
    wrong = list(Page(tenant, roll, asked, users).judge())
    if wrong:
        roll.forget()
    yield from wrong[:1]
