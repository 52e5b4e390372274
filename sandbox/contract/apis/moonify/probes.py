"""Directed sequences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.contract.methods import undeclared
from sandbox.contract.play import Play, Result
from sandbox.contract.steps import FORM, Identity, Lever, Tag, Text
from sandbox.contract.suites import Probe

Group = tuple[str, str]

INVALID_LISTS: Sequence[Sequence[tuple[str, str]]] = (
    (("limit", "0"),),
    (("limit", "-1"),),
    (("limit", "1.5"),),
    (("limit", "many"),),
    (("start", "-1"),),
    (("start", "x"),),
    (("order", "id"),),
    (("order", "score"), ("dir", "up")),
    (("dir", "up"),),
    (("order", "score"), ("dir", "asc")),
)
_WRONG: Sequence[Identity] = ("nobody", "stranger")


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


TEAM, KIND, RED = ("team", "blue"), ("kind", "paladin"), ("team", "red")


def tour(play: Play) -> None:
    """Every operation, before and after a visit."""
    look(play, ["ann"], [TEAM])
    for _ in range(2):
        visit(play, "ann", TEAM)
        play.send("listUsers")
        look(play, ["ann"], [TEAM])
        play.send("listGroupUsers", at(TEAM))
        play.send("getGroupUser", at(TEAM, "ann"))
    visit(play, None)
    play.send("createSession")


def last_group(play: Play) -> None:
    """The last group of a session counts, and earlier sessions' groups keep their users."""
    groups = [TEAM, KIND, RED]
    look(play, ["ann", "bob", "cat"], groups)
    for user, declared in (("ann", (TEAM, KIND)), ("bob", (KIND, TEAM)), ("ann", (RED,)), ("cat", ()), ("ann", ())):
        visit(play, user, *declared)
        look(play, ["ann", "bob", "cat"], groups)
        for group in groups:
            play.send("listGroupUsers", at(group))
            for one in ("ann", "bob", "cat"):
                play.send("getGroupUser", at(group, one))
    visit(play, None, RED, TEAM)
    play.send("listGroupUsers", at(TEAM))
    nobodys = ("kind", "monk")
    look(play, [], [nobodys])
    visit(play, None, nobodys)
    look(play, [], [nobodys])
    play.send("listGroupUsers", at(nobodys))


def forms(play: Play) -> None:
    """The forms that a body may have, and where parameters stand."""
    look(play, ["ann", "bob", "cat", "dan", "eve"], [TEAM, RED, KIND])
    form = [["userID", Tag("ann")], ["@team", Tag("blue")], ["@team", Tag("red")], ["deviceID", ""]]
    play.send("createSession", {}, form, media=FORM)
    play.send("createSession", {}, {"userID": Tag("bob"), "@kind": Tag("paladin")}, media=FORM)
    body = {"userID": Tag("cat"), "@team": None, "deviceID": "", "more": 1}
    play.send("createSession", {}, body)
    play.send("createSession", {}, {"userID": None, "@team": Tag("blue")})
    query = [("userID", Tag("dan")), ("@kind", Tag("paladin"))]
    play.send("createSession", query=query)
    play.send("createSession", {}, {"userID": Tag("eve"), "@team": Tag("red")}, query=query)
    play.send("createSession", {}, b"", media=FORM)
    look(play, ["ann", "bob", "cat", "dan", "eve"], [TEAM, RED, KIND])
    for group in (TEAM, RED, KIND):
        play.send("listGroupUsers", at(group))
    play.send("listUsers")


def numbers(play: Play) -> None:
    """A number stands for its text. These names bear no prefix: only where all is thrown away."""
    play.send("listUsers")
    play.send("getGroup", {"groupname": "level", "groupvalue": "7"})
    play.send("createSession", {}, {"userID": 42, "@level": 7})
    play.send("createSession", {}, {"userID": "42"})
    play.send("createSession", {}, {"userID": ""})
    play.send("getUser", {"userid": "42"})
    play.send("getGroupUser", {"groupname": "level", "groupvalue": "7", "userid": "42"})
    play.send("listUsers")


def names(play: Play) -> None:
    """Ids and values are taken as they are."""
    odd = ["a", "A", "a b", "a+b", "a%20b", "a/b", "ä", "a&b=c", "日本", "a'\"<", "a" * 90, "a" * 91, "a;b", "a?#"]
    group = ("Team 1/ä", "odd")
    look(play, odd, [group, ("team 1/ä", "odd")])
    for name in odd:
        visit(play, name, group, (group[0], name))
    look(play, odd, [group, ("team 1/ä", "odd"), *((group[0], name) for name in odd)])
    for name in odd:
        play.send("getGroupUser", at((group[0], name), name))
        play.send("listGroupUsers", at((group[0], name)))
    play.send("listUsers")


def invalid(play: Play) -> None:
    """Bodies that cannot be, and no trace of them."""
    look(play, ["ann"], [TEAM])
    given = dict(fields("ann", [TEAM]))
    broken: Sequence[dict[str, Any]] = (
        {"@": "x"}, {"@kind": ""}, {"@kind": False}, {"@kind": []}, {"userID": True}, {"userID": {}}, {"userID": ["a"]},
        {"deviceID": True}, {"more": {}}, {"more": [1]},
    )  # fmt: skip
    refuse: dict[str, Any] = {"expect": (400,), "rule": "B2.1"}
    for more in broken:
        play.send("createSession", {}, given | more, **refuse)
    for body in (b"[]", b'"userID"', b"{", b'{"userID":}', b"userID=1", b'[{"userID":"a"}]', b"null"):
        play.send("createSession", {}, body, **refuse)
    play.send("createSession", {}, [["userID", Tag("ann")], ["@team", ""]], media=FORM, **refuse)
    play.send("createSession", {}, [["@", "x"]], media=FORM, **refuse)
    play.send("createSession", query=[("userID", Tag("ann")), ("@team", "")], **refuse)
    look(play, ["ann"], [TEAM])
    play.send("listUsers")


def media(play: Play) -> None:
    """Bodies declared as something that is not read, and no trace of them."""
    look(play, ["ann"], [])
    for name in ("multipart/form-data; boundary=x", "text/plain", "application/xml"):
        play.send("createSession", {}, b"userID=ann", media=name, expect=(415,), rule="B2.1")
    play.send("createSession", {}, dict(fields("ann", [])), media="text/plain", expect=(201,), rule="B4.5")
    look(play, ["ann"], [])


def refusals(play: Play) -> None:
    """No credentials and wrong ones, at every operation; what is asked does not matter."""
    visit(play, "ann", TEAM)
    play.send("getUser", {"userid": Tag("zoe")})
    refuse: dict[str, Any] = {"expect": (401,), "rule": "B4.1"}
    for who in _WRONG:
        play.send("createSession", {}, dict(fields("zoe", [TEAM])), identity=who, **refuse)
        play.send("createSession", {}, b"[", identity=who, **refuse)
        for user in ("ann", "nobody"):
            play.send("getUser", {"userid": Tag(user)}, identity=who, **refuse)
            play.send("getGroupUser", at(TEAM, user), identity=who, **refuse)
        for group in (TEAM, RED):
            play.send("getGroup", at(group), identity=who, **refuse)
            play.send("listGroupUsers", at(group), identity=who, **refuse)
        play.send("listUsers", identity=who, **refuse)
        play.send("listUsers", query=[("limit", "0")], identity=who, **refuse)
    wrong = [("serviceID", "00000000000000000000000000000000")]
    play.send("listUsers", query=wrong, identity="nobody", **refuse)
    play.send("listUsers", query=wrong, expect=(200,), rule="B1")
    play.send("createSession", {}, {"serviceID": "wrong"}, identity="nobody", **refuse)
    play.send("createSession", {}, {"serviceID": "wrong"}, expect=(201,), rule="B1")
    for scheme in ("Bearer", "Basic", "service"):
        headers = {"authorization": f"{scheme} yourServiceID"}
        play.send("listUsers", headers=headers, identity="nobody", **refuse)
    play.send("getUser", {"userid": Tag("zoe")})


def unknown(play: Play) -> None:
    """What was never named is not there, and parameters that are not known are ignored."""
    visit(play, "ann", TEAM)
    gone: dict[str, Any] = {"expect": (404,), "rule": "B5"}
    play.send("getUser", {"userid": Tag("nobody")}, **gone)
    for group in (("team", "nobody's"), ("kind", "blue"), ("Team", "blue")):
        play.send("getGroup", at(group), **gone)
        play.send("listGroupUsers", at(group), **gone)
        play.send("listGroupUsers", at(group), query=[("limit", "0")], expect=(400,), rule="B1")
        play.send("getGroupUser", at(group, "ann"), **gone)
    play.send("getGroupUser", at(TEAM, "nobody"), **gone)
    more = [("deviceID", "1"), ("more", "x")]
    look(play, ["ann"], [TEAM], query=more)
    play.send("listUsers", query=more)
    play.send("listGroupUsers", at(TEAM), query=more)
    play.send("createSession", query=more)


def malformed(play: Play) -> None:
    """Lists that cannot be."""
    visit(play, "ann", TEAM)
    for query in INVALID_LISTS:
        play.send("listUsers", query=query, expect=(400,), rule="B5")
        play.send("listGroupUsers", at(TEAM), query=query, expect=(400,), rule="B5")


def tenants(play: Play) -> None:
    """What one service has, the other has not."""
    for who in ("first", "second"):
        play.send("listUsers", identity=who)
        look(play, ["ann", "bob"], [TEAM, RED], identity=who)
    visit(play, "ann", TEAM)
    visit(play, "bob", TEAM, who="second")
    visit(play, "ann", RED, who="second")
    for who in ("first", "second"):
        look(play, ["ann", "bob"], [TEAM, RED], identity=who)
        play.send("listUsers", identity=who)
        for group in (TEAM, RED):
            play.send("listGroupUsers", at(group), identity=who)
            play.send("getGroupUser", at(group, "ann"), identity=who)


def credentials(play: Play) -> None:
    """The service ID in its three places, and which of them decides."""
    told = play.play(Lever("GET", "/environment"))
    if not told.ok:
        return
    service = told.ref("variables", "MOONIFY_SERVICE_ID")
    where = {"x-sandbox-namespace": told.ref("variables", "MSANDBOX_NAMESPACE")}
    visit(play, "ann", TEAM)
    free: dict[str, Any] = {"headers": where, "identity": "nobody", "rule": "B5"}
    right, wrong = [("serviceID", service)], [("serviceID", "wrong")]
    for operation, path in (
        ("listUsers", {}), ("getUser", {"userid": Tag("ann")}), ("getGroup", at(TEAM)),
        ("listGroupUsers", at(TEAM)), ("getGroupUser", at(TEAM, "ann")),
    ):  # fmt: skip
        play.send(operation, path, query=right, expect=(200,), **free)
        play.send(operation, path, query=wrong, expect=(401,), **free)
        play.send(operation, path, query=right, identity="stranger", headers=where, expect=(401,), rule="B5")
    body = dict(fields("bob", [RED]))
    play.send("createSession", {}, {"serviceID": service} | body, expect=(201,), **free)
    play.send("createSession", {}, [["serviceID", service]], media=FORM, expect=(201,), **free)
    play.send("createSession", {}, body, query=right, expect=(201,), **free)
    play.send("createSession", {}, {"serviceID": service}, query=wrong, expect=(201,), **free)
    play.send("createSession", {}, {"serviceID": "wrong"}, query=right, expect=(401,), **free)
    for scheme, status in (("serviceID", 200), ("SERVICEID", 200), ("Bearer", 401)):
        headers = where | {"authorization": Text((f"{scheme} ", service))}
        play.send("listUsers", query=right, identity="nobody", headers=headers, expect=(status,), rule="B5")
    look(play, ["bob"], [RED])


def statistics(play: Play) -> None:
    """Single reads are of this moment, lists of the last boundary."""
    users = ["ann", "bob", "cat"]
    play.wait(60)
    play.send("listUsers")
    look(play, users, [TEAM, RED])
    first = [visit(play, "ann", TEAM), visit(play, "bob", TEAM), visit(play, "ann", TEAM, RED), visit(play, "cat")]
    first.append(visit(play, None, RED, TEAM))
    for number in range(3):
        for place, one in enumerate(first):
            pull(play, one, 1.5 * place + (number == 1) * 20, 30)
            _all(play, users)
        if first[0].made.ok:
            play.play(reward(first[0], 2, of_group=False, by_moonify=False))
            play.play(reward(first[0], 3, of_group=True, by_moonify=True))
        for seconds in (60, 120, 59, 1, 60):
            play.wait(seconds)
            _all(play, users)
    visit(play, "dan", TEAM)
    roster(play, TEAM)


def _all(play: Play, users: Sequence[str]) -> None:
    look(play, users, [TEAM, RED])
    roster(play, TEAM)
    for group in (TEAM, RED):
        for user in users:
            play.send("getGroupUser", at(group, user))


def still(play: Play) -> None:
    """Without activity nothing is earned, however long it takes."""
    play.wait(1)
    play.send("listUsers")
    look(play, ["ann"], [TEAM])
    visit(play, "ann", TEAM)
    for seconds in (0, 30, 300, 600):
        play.wait(seconds)
        look(play, ["ann"], [TEAM])
        roster(play, TEAM)
        visit(play, "ann", TEAM)


_PAGES = (
    (None, 0), (100, 0), (10, 0), (10, 10), (10, 20), (10, 30), (1, 0), (1, 1), (25, 0), (25, 25), (7, 3), (26, 1),
    (3, 26), (27, 0), (28, 0), (5, 27), (5, 40), (1000, 2),
)  # fmt: skip
"""Limits and starts."""


def paging(play: Play) -> None:
    """Every page of more than 25 users, in both orders."""
    play.send("listUsers")
    play.send("getGroup", at(TEAM))
    made = [visit(play, f"u{7 * number % 27:02}", TEAM) for number in range(27)]
    if play.can("levers", "clock"):
        for number, one in enumerate(made):
            pull(play, one, number % 5, 1)
        play.wait(300)
    for order in ((), (("order", "score"),)):
        for limit, start in _PAGES:
            size = () if limit is None else (("limit", str(limit)),)
            query = [*size, *((("start", str(start)),) if start else ()), *order]
            play.send("listGroupUsers", at(TEAM), query=query)
            play.send("listUsers", query=query)


def hundred(play: Play) -> None:
    """A page has 100 users at most, whatever is asked."""
    play.send("getGroup", at(TEAM))
    play.send("listUsers")
    for number in range(104):
        visit(play, f"u{number}", TEAM)
    for query in ((), (("limit", "99"),), (("limit", "101"),), (("limit", "1000"), ("start", "2")), (("start", "99"),)):
        play.send("listGroupUsers", at(TEAM), query=query)
        play.send("listUsers", query=query)
        play.send("listUsers", query=(*query, ("order", "score")))


_EARN = frozenset({"levers", "clock"})
PROBES = [
    Probe("tour", tour),
    Probe("last group", last_group),
    Probe("forms of a session", forms),
    Probe("names", names),
    Probe("invalid sessions", invalid),
    Probe("media types", media),
    Probe("refusals", refusals),
    Probe("unknown", unknown),
    Probe("malformed lists", malformed),
    undeclared("moonify", "B5", "first", "nobody"),
    Probe("tenants", tenants, frozenset({"second"}), "whether services see each other's users is not seen"),
    Probe("credentials", credentials, frozenset({"levers"}), "the service ID in query and body is not seen"),
    Probe("statistics", statistics, _EARN, "what visitors earn, and how lists lag behind, is not seen"),
    Probe("still", still, frozenset({"clock"}), "whether figures stay without activity is not seen"),
    Probe("paging", paging),
    Probe("numbers", numbers, frozenset({"fresh"}), "numbers as ids, which cannot be named apart, are not seen"),
    Probe("hundred", hundred, frozenset({"fresh"}), "the most that a page holds needs over 100 users"),
]
