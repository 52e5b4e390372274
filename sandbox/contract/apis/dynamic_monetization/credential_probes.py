"""Directed sequences about tokens and keys: who may do what, and from when until when."""

from collections.abc import Callable
from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import Json
from sandbox.contract.apis.dynamic_monetization.draws import NO_ID, PEMS, line, request, table
from sandbox.contract.apis.dynamic_monetization.places import FIRST_PRICES, ONE, Place, Use, condition_on, priced
from sandbox.contract.apis.dynamic_monetization.signed import SIGNED
from sandbox.contract.play import Play
from sandbox.contract.steps import NOTHING, Lever, Ref, Tag, Text

_DELAY = 600


def expiry(play: Play) -> None:
    """A token is good until its end, and from its beginning on."""
    minted = play.play(Lever("POST", "/dynamic_monetization/tokens", {"role": "admin", "expiresIn": 600}))
    for seconds, status in ((599, 200), (2, 401)):
        play.wait(seconds)
        _try(play, minted.ref("token"), status)


def _try(play: Play, token: Any, status: int, rule: str = "C1.3", **more: Any) -> None:
    own = {"authorization": Text(("Bearer ", token)), **more}
    play.send("getTenantConfigurations", headers=own, identity="own", expect=(status,), rule=rule)


def last_key(play: Play) -> None:
    """All administration keys can be deleted but one, all client keys."""
    page = play.send("getPublicKeys", query=[("size", "1000")])
    found = page.json.get("keys", []) if isinstance(page.json, dict) else []
    for upload in ("producerAdminKeyUpload", "clientKeyUpload"):
        play.send(upload, body=[{"id": Tag("key"), "publicKey": PEMS[0]}])
    play.send("getPublicKeys", query=[("size", "1000")])
    for number in range(len(found)):
        for delete in ("deleteProducerAdminKey", "deleteClientKey"):
            play.send(delete, {"keyId": page.ref("keys", number, "id")})
    for delete in ("deleteProducerAdminKey", "deleteClientKey"):
        play.send(delete, {"keyId": Tag("key")})
    play.send("getPublicKeys", query=[("size", "1000")])
    play.send("producerAdminKeyUpload", body=[{"id": Tag("other"), "publicKey": PEMS[1]}])
    play.send("deleteProducerAdminKey", {"keyId": Tag("key")})
    play.send("deleteProducerAdminKey", {"keyId": Tag("other")})
    play.send("getPublicKeys", query=[("size", "1000")])


def key_arrays(play: Play) -> None:
    """Keys are taken all or none, in either spelling, and the classes are apart."""
    play.send("getPublicKeys", query=[("size", "1000")])
    good, bad = {"id": Tag("k1"), "publicKey": PEMS[0]}, {"id": Tag("k2"), "publicKey": PEMS[0].replace("MFkw", "AAAA")}
    uploads = ("producerAdminKeyUpload", "clientKeyUpload")
    for upload in uploads:
        for body in ([good, bad], [bad, good], [good, {"id": Tag("k2")}], [good, {"publicKey": PEMS[0]}], good):
            play.send(upload, body=body, expect=(400,), rule="C2.1")
        play.send("getPublicKeys", query=[("size", "1000")])
    for upload in uploads:
        play.send(upload, body=[good, {"id": Tag("k2"), "publicKey": PEMS[1].replace("\n", "\\n")}], expect=(200,))
        play.send("getPublicKeys", query=[("size", "1000")])
    for delete in ("deleteClientKey", "deleteProducerAdminKey"):
        for name in ("k1", "k2"):
            play.send(delete, {"keyId": Tag(name)})
            play.send("getPublicKeys", query=[("size", "1000")])


def propagation(play: Play) -> None:
    """A key counts ten minutes after its upload, and until ten minutes after its deletion."""
    known = play.play(Lever("GET", "/environment"))
    there = {"x-sandbox-namespace": known.ref("variables", "MSANDBOX_NAMESPACE")}
    (first, by_first), (second, by_second) = SIGNED

    def good(of_first: int, of_second: int) -> None:
        _try(play, by_first, of_first, "C4.7", **there)
        _try(play, by_second, of_second, "C4.7", **there)

    good(401, 401)
    path, upload = {"keyId": "kit-own"}, "producerAdminKeyUpload"
    moves: list[tuple[Callable[[], Any], tuple[int, int], tuple[int, int]]] = [
        (lambda: play.send(upload, body=[{"id": "kit-own", "publicKey": first}]), (401, 401), (200, 401)),
        (lambda: play.send(upload, body=[{"id": "kit-own", "publicKey": second}]), (200, 401), (401, 200)),
        (lambda: play.send("deleteProducerAdminKey", path), (401, 200), (401, 401)),
    ]
    for act, before, after in moves:
        act()
        good(*before)
        play.wait(_DELAY - 8)
        good(*before)
        play.wait(10)
        good(*after)
    play.send("clientKeyUpload", body=[{"id": "kit-own", "publicKey": first}])
    play.wait(_DELAY)
    good(401, 401)
    play.play(Lever("PATCH", "/settings", {"dynamicMonetization.keyPropagation": False}))
    play.send("producerAdminKeyUpload", body=[{"id": "kit-own", "publicKey": second}])
    good(401, 200)
    play.send("deleteProducerAdminKey", path)
    good(401, 401)


def clients(play: Play) -> None:
    """What a client may do with its instances, with others, and with none."""
    priced(play)
    place, other = Place(play), Place(play, "two")
    for one in (place, other):
        one.put(line("a", 100, ONE))
    use, theirs = place.session(), other.session()
    tokens = [
        play.play(Lever("POST", "/dynamic_monetization/tokens", {"role": "client", "instances": [one]}))
        for one in (place.path["instanceId"], NO_ID)
    ]
    bearer = {"authorization": Text(("Bearer ", tokens[0].ref("token")))}
    named = bearer | {"x-instance-id": place.path["instanceId"]}
    for operation, path, body in _administration(place):
        play.send(operation, path, body, headers=named, identity="own", expect=(403,), rule="C1.4")
    gone = [("series", ONE), ("version", "7")]
    play.send("deleteRateTables", query=gone, headers=named, identity="own", expect=(403,), rule="C1.4")
    for operation, path, body in _on_instance(place):
        play.send(operation, path, body, headers=bearer, identity="own", expect=(200, 201, 204), rule="C1.4")
    for operation, path, body in (*_on_instance(other), *_on_instance(place, NO_ID)):
        play.send(operation, path, body, headers=named, identity="own", expect=(403,), rule="G3")
    stranger = {"authorization": Text(("Bearer ", tokens[1].ref("token")))}
    for operation, path, body in _on_instance(place):
        play.send(operation, path, body, headers=stranger, identity="own", expect=(403,), rule="G3")
    wrong = bearer | {"x-instance-id": other.path["instanceId"]}
    for mine, statuses in ((bearer, (400,)), (wrong, (403,)), (named, (200, 204))):
        for operation, path, body in _on_session(place, use):
            play.send(operation, path, body, headers=mine, identity="own", expect=statuses, rule="G3")
    for operation, path, body in _on_session(other, theirs):
        play.send(operation, path, body, headers=named, identity="own", expect=(403,), rule="G3")
    for one, status in ((place, 200), (other, 403)):
        query = [("instanceId", one.path["instanceId"])]
        play.send(
            "getAllSessionsForInstance", query=query, headers=named, identity="own", expect=(status,), rule="C1.4"
        )


_Asks = list[tuple[str, Json, Any]]


def _administration(place: Place) -> _Asks:
    keys: Any = [{"id": Tag("key"), "publicKey": PEMS[0]}]
    return [
        ("producerAdminKeyUpload", {}, keys),
        ("deleteProducerAdminKey", {"keyId": Tag("key")}, NOTHING),
        ("clientKeyUpload", {}, keys),
        ("deleteClientKey", {"keyId": Tag("key")}, NOTHING),
        ("getPublicKeys", {}, NOTHING),
        ("listInstances", {}, NOTHING),
        ("addInstance", {}, {"shortName": Tag("x"), "accountId": Tag("acme")}),
        ("getInstance", place.path, NOTHING),
        ("addActivation", place.path, line("b", 5, ONE)),
        ("deleteLineItem", place.of("a"), NOTHING),
        ("getRateTables", {}, NOTHING),
        ("postRateTables", {}, table(ONE, "7", FIRST_PRICES)),
        ("getTenantConfigurations", {}, NOTHING),
        ("patchTenantConfigurations", {}, []),
    ]


def _on_instance(place: Place, name: Ref | str | None = None) -> _Asks:
    path = {"instanceId": place.path["instanceId"] if name is None else name}
    item = {**path, "lineItemId": Tag("a")}
    conditions = {"conditions": [condition_on("pm")]}
    return [
        ("getActivationsForInstance", path, NOTHING),
        ("getLineItemById", item, NOTHING),
        ("createActions", item, []),
        ("putActions", item, [{"action": "ALLOW"}]),
        ("getActions", item, NOTHING),
        ("deleteActions", item, NOTHING),
        ("getLineItemActions", path, NOTHING),
        ("postConditionsOfAccess", path, conditions),
        ("patchConditions", path, conditions),
        ("getConditionsOfAccess", path, NOTHING),
        ("deleteConditions", path, NOTHING),
        ("postAccessRequest", path, request(("photo", "1", 1))),
    ]


def _on_session(place: Place, use: Use) -> _Asks:
    return [
        ("createSession", {}, {"instanceId": place.path["instanceId"]}),
        ("getSession", use.path, NOTHING),
        ("putSessionAccessRequest", use.path, request(("photo", "1", 1), rollback=True)),
        ("getHeartbeat", use.path, NOTHING),
        ("closeSession", use.path, NOTHING),
    ]
