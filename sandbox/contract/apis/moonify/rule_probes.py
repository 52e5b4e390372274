"""Further directed sequences: joining, boundaries to the second, parameters in two places, sizes, numbers."""

from typing import Any

from sandbox.contract.apis.moonify.visits import KIND, RED, TEAM, at, fields, look, pull, reward, roster, visit
from sandbox.contract.play import Play
from sandbox.contract.steps import FORM, Tag
from sandbox.contract.suites import Probe

_MOST = 10 << 20
"""The bytes that a body may have."""


def joining(play: Play) -> None:
    """What was made outside of a group, or in another one, is not made in it, whenever its user joins."""
    users, groups = ["ann", "bob"], [TEAM, RED]
    play.send("listUsers")
    look(play, users, groups)
    alone, first = visit(play, "ann"), visit(play, "bob", TEAM)
    for one, score in ((alone, 12.5), (first, 3)):
        pull(play, one, score, 90)
        if one.made.ok:
            play.play(reward(one, 2, of_group=False, by_moonify=True))
    joined = [visit(play, "ann", TEAM), visit(play, "bob", RED, TEAM), visit(play, "bob", RED), visit(play, "ann", RED)]
    for number in range(2):
        for group in groups:
            for user in users:
                play.send("getGroupUser", at(group, user))
            roster(play, group)
        look(play, users, groups)
        for one in (*joined, visit(play, "ann"), visit(play, "bob")):
            pull(play, one, 4 + number, 30)
        play.wait(300)


def boundaries(play: Play) -> None:
    """What happens at the very instant of a boundary shows at the next, what happens before it at that one."""
    groups = [TEAM, RED]
    play.send("listUsers")
    look(play, ["ann"], groups)
    one = visit(play, "ann", TEAM)
    look(play, ["ann"], groups)
    play.wait(290)
    for seconds in (10, 10, 10, 270, 10, 10, 290):
        pull(play, one, 2, 10)
        play.send("getUser", {"userid": Tag("ann")})
        roster(play, TEAM)
        play.wait(seconds)
        roster(play, TEAM)
        visit(play, f"at{seconds}", TEAM)
        roster(play, TEAM)


def twofold(play: Play) -> None:
    """The query's parameters come first; of one name in both places the body's are taken."""
    users, groups = ["ann", "bob", "cat", "dan"], [TEAM, KIND, RED]
    look(play, users, groups)
    team, red, kind = ("@team", Tag("blue")), ("@team", Tag("red")), ("@kind", Tag("paladin"))
    play.send("createSession", {}, {"@kind": Tag("paladin")}, query=[("userID", Tag("ann")), team])
    play.send("createSession", {}, dict(fields("bob", [TEAM])), query=[("userID", Tag("ann")), kind])
    play.send("createSession", {}, dict(fields("cat", [RED])), query=[team, kind])
    play.send("createSession", {}, [["userID", Tag("dan")], list(team), list(red)], media=FORM, query=[kind])
    look(play, users, groups)
    for group in groups:
        for user in users:
            play.send("getGroupUser", at(group, user))
        play.send("listGroupUsers", at(group))


def large(play: Play) -> None:
    """A body over 10 MiB is 413, and to no effect; one that is not over is read."""
    look(play, ["ann"], [])
    for body in (b'{"userID":"large"}', b"userID=large&"):
        play.send("createSession", {}, body.rjust(_MOST + 1), expect=(413,), rule="B1")
    play.send("getUser", {"userid": "large"}, expect=(404,), rule="B1")
    play.send("createSession", {}, b'{"userID":"large"}'.rjust(_MOST), expect=(201,), rule="B1")
    play.send("getUser", {"userid": "large"}, expect=(200,), rule="B1")
    for times, status in ((1_000, 201), (1_001, 400)):
        given = [[f"n{number}", "x"] for number in range(times)]
        play.send("createSession", {}, dict(given), expect=(status,), rule="B2.1")
        play.send("createSession", {}, given, media=FORM, expect=(status,), rule="B2.1")


def written(play: Play) -> None:
    """A number stands for the text that it is written with."""
    play.send("listUsers")
    for text in ("0", "-7", "2.50", "-0", "1E2", "12345678901234567890"):
        more: dict[str, Any] = {"rule": "B2.1"}
        play.send("getUser", {"userid": text}, expect=(404,), **more)
        play.send("createSession", {}, b'{"userID":%s,"@level":%s}' % (text.encode(), text.encode()), **more)
        play.send("getUser", {"userid": text}, expect=(200,), **more)
        path = {"groupname": "level", "groupvalue": text}
        play.send("getGroupUser", path | {"userid": text}, expect=(200,), **more)
    play.send("listUsers")


_EARN = frozenset({"levers", "clock"})
MORE = [
    Probe("joining", joining, _EARN, "what a user brings into a group is not seen"),
    Probe("boundaries", boundaries, _EARN, "when lists are updated, to the second, is not seen"),
    Probe("twofold", twofold, frozenset({"writes"}), "parameters in two places are not seen"),
    Probe("large", large, frozenset({"fresh"}), "refusal of large bodies"),
    Probe("written", written, frozenset({"fresh"}), "numbers as ids, which cannot be named apart, are not seen"),
]
