"""What sequences of Moonify are made of: visits, what they earn, and looks at who was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.contract.play import Play, Result
from sandbox.contract.steps import Identity, Lever, Tag, Text

Group = tuple[str, str]

TEAM, KIND, RED = ("team", "blue"), ("kind", "paladin"), ("team", "red")


@dataclass(frozen=True)
class Visit:
    """An open session: what it was answered, and where it counts, without the run's prefix."""

    made: Result
    who: Identity
    user: str | None
    group: Group | None


def fields(user: str | None, groups: Sequence[Group]) -> list[tuple[str, Any]]:
    """The parameters of a session."""
    named: list[tuple[str, Any]] = [] if user is None else [("userID", Tag(user))]
    return named + [(f"@{name}", Tag(value)) for name, value in groups]


def activity(visit: Visit, score: float, time: int) -> Lever:
    """What the visitor's browser adds to a session."""
    path = Text(("/moonify/sessions/", visit.made.ref("tokenID"), "/activity"))
    return Lever("POST", path, {"score": score, "time": time}, visit.who)


def reward(visit: Visit, score: float, *, of_group: bool, by_moonify: bool) -> Lever:
    """A reward of a session's user, or its group."""
    body: dict[str, Any] = {"score": score, "byMoonify": by_moonify}
    if of_group and visit.group is not None:
        body["group"] = {"name": visit.group[0], "value": Tag(visit.group[1])}
    else:
        body["userID"] = Tag(visit.user or "")
    return Lever("POST", "/moonify/rewards", body, visit.who)


def at(group: Group, user: str | None = None) -> dict[str, Any]:
    """A group, or a user in it, in a path."""
    path: dict[str, Any] = {"groupname": group[0], "groupvalue": Tag(group[1])}
    return path if user is None else path | {"userid": Tag(user)}


def visit(play: Play, user: str | None, *groups: Group, who: Identity = "first") -> Visit:
    """Open a session."""
    made = play.send("createSession", {}, dict(fields(user, groups)), identity=who)
    return Visit(made, who, user, groups[-1] if groups else None)


def pull(play: Play, visit: Visit, score: float, time: int) -> None:
    """Let a session earn, if there is one."""
    if visit.made.ok:
        play.play(activity(visit, score, time))


def look(play: Play, users: Sequence[str], groups: Sequence[Group], **more: Any) -> None:
    """Read users and groups, each alone."""
    for user in users:
        play.send("getUser", {"userid": Tag(user)}, **more)
    for group in groups:
        play.send("getGroup", at(group), **more)


def roster(play: Play, group: Group) -> None:
    """Both lists, in both orders."""
    for query in ((), (("order", "score"),)):
        play.send("listUsers", query=query)
        play.send("listGroupUsers", at(group), query=query)
