"""Directed sequences about lists: their pages, their order, and how much they hold."""

from sandbox.contract.apis.dynamic_monetization.beliefs import Json
from sandbox.contract.apis.dynamic_monetization.draws import PEMS, line
from sandbox.contract.apis.dynamic_monetization.places import ONE, Place
from sandbox.contract.play import Play, Result
from sandbox.contract.steps import Tag

_MANY = 101


def paging(play: Play) -> None:
    """Pages of instances and keys; the default instance of an account."""
    query = [("accountId", Tag("acme")), ("default", "true")]
    play.send("listInstances", query=query)
    for name in ("one", "two", "three"):
        Place(play, name)
        play.send("listInstances", query=query)
    play.send("listInstances", query=[("accountId", Tag("nobody's")), ("default", "true")])
    for half in (
        [("default", "true")],
        [("accountId", Tag("acme"))],
        [("accountId", Tag("acme")), ("default", "false")],
    ):
        play.send("listInstances", query=half, expect=(400,), rule="G25")
    play.send("clientKeyUpload", body=[{"id": Tag(name), "publicKey": PEMS[0]} for name in ("k1", "k2", "k3")])
    for operation in ("listInstances", "getPublicKeys"):
        for size in ("0", "1001", "many"):
            play.send(operation, query=[("size", size)], expect=(400,), rule="G24")
        play.send(operation, query=[("next", "-1")], expect=(400,), rule="G24")
        play.send(operation, query=[("size", "1000")])
        for most in (1, 2, 3):
            _walk(play, operation, most)
    for name in ("k1", "k2", "k3"):
        play.send("deleteClientKey", {"keyId": Tag(name)})
    play.send("getPublicKeys", query=[("size", "1000")])


def _walk(play: Play, operation: str, size: int | None = None, path: Json | None = None) -> None:
    """Page by page to the end, where the server is fresh; else a few, as it may hold any number."""
    asked = [] if size is None else [("size", str(size))]
    page = play.send(operation, path, query=asked)
    for _ in range(40 if play.can("fresh") else 2):
        if not _goes_on(page):
            break
        page = play.send(operation, path, query=[*asked, ("next", page.ref("next"))])


def _goes_on(page: Result) -> bool:
    return page.ok and isinstance(page.json, dict) and bool(page.json.get("next"))


def many(play: Play) -> None:
    """More than a page holds: of keys, instances, line items and sessions."""
    names = [f"{number:03}" for number in range(_MANY)]
    play.send("clientKeyUpload", body=[{"id": Tag(name), "publicKey": PEMS[0]} for name in names])
    for name in names:
        made = play.send("addInstance", body={"shortName": Tag(name), "accountId": Tag("acme")})
    for operation in ("getPublicKeys", "listInstances"):
        _walk(play, operation)
        _walk(play, operation, 1000)
    place = Place(play)
    for name in names:
        place.put(line(name, 1, ONE, elastic=name != names[3]))
        play.send("createSession", body={"instanceId": place.path["instanceId"]})
    place.read()
    place.put(line("more", 1, ONE))
    place.read()
    _walk(play, "getLineItemActions", path=place.path)
    play.send("getInstance", {"instanceId": made.ref("id")})
