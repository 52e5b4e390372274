"""Directed sequences: sessions, figures and lists; those of refusals are in ``refusing_probes``."""

from collections.abc import Sequence

from sandbox.contract.apis.moonify.refusing_probes import (
    credentials,
    invalid,
    malformed,
    media,
    refusals,
    tenants,
    unknown,
)
from sandbox.contract.apis.moonify.visits import KIND, RED, TEAM, at, look, pull, reward, roster, visit
from sandbox.contract.methods import undeclared
from sandbox.contract.play import Play
from sandbox.contract.steps import FORM, Tag
from sandbox.contract.suites import Probe


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
