"""Directed sequences: what is refused, and whom."""

from collections.abc import Sequence
from typing import Any

from sandbox.contract.apis.moonify.visits import RED, TEAM, at, fields, look, visit
from sandbox.contract.apis.moonify.words import REFUSED
from sandbox.contract.play import Play
from sandbox.contract.steps import FORM, Identity, Lever, Tag, Text

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
    refuse: dict[str, Any] = {"expect": REFUSED, "rule": "B4.1"}
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
