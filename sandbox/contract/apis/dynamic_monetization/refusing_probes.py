"""Directed sequences about what is refused, and to whom."""

from collections.abc import Callable
from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import Json
from sandbox.contract.apis.dynamic_monetization.draws import NO_ID, line, request, table
from sandbox.contract.apis.dynamic_monetization.places import (
    FIRST_PRICES,
    ONE,
    TWO,
    Place,
    Use,
    condition_on,
    priced,
)
from sandbox.contract.play import Play
from sandbox.contract.steps import NOTHING, Ref, Tag


def refusals(play: Play) -> None:
    """What is not valid changes nothing."""
    priced(play)
    place = Place(play)
    place.put(line("a", 30, ONE))
    eng = place.condition("eng")
    play.send("putActions", place.of("a"), [{"action": "ALLOW", "conditionId": eng, "allocation": 9}])
    use = place.session()
    use.ask(("free", "", 1))
    for operation, path, good, broken in _invalid(place, use, eng):
        play.send(operation, path, good, media="text/plain", expect=(415,), rule="C5")
        play.send(operation, path, b"{", expect=(400,), rule="C5")
        play.send(operation, path, NOTHING, expect=(400, 415), rule="C5")
        for body in broken:
            play.send(operation, path, body, expect=(400,), rule="C5")
    use.read()
    play.send("getRateTables")
    play.send("getTenantConfigurations")
    play.send("getAllSessionsForInstance", expect=(400,), rule="C2.6")
    play.send("deleteRateTables", query=[("series", ONE)], expect=(400,), rule="C2.5")


def _invalid(place: Place, use: Use, eng: Ref) -> list[tuple[str, Json, Any, list[Any]]]:
    body, asked = line("a", 30, ONE), request(("photo", "1", 1), rollback=True)
    attributes = body["attributes"]
    lines = [body | {"quantity": 0}, body | {"quantity": 1.5}, body | {"state": "GONE"}, body | {"end": body["start"]}]
    lines += [body | {"attributes": attributes | {"overdraftLimit": -1}}, body | {"attributes": {"resetFrequency": 1}}]
    lines += [line("new", 5, ONE) | {"state": "INACTIVE"}, {name: body[name] for name in body if name != "end"}]
    allow: Json = {"action": "ALLOW", "conditionId": eng, "allocation": 9}
    actions = [[{"action": "ALLOW"}] * 2, [{"action": "DENY", "allocation": 1}], [allow | {"conditionId": NO_ID}]]
    actions += [[{"action": "ALLOW", "conditionId": eng}], [allow | {"allocation": -1}], allow]
    tables = [
        table(ONE, "", FIRST_PRICES),
        table(ONE, "8", {("photo", "1"): -1}),
        {"series": ONE, "version": "8", "items": []},
    ]
    counts = [{"item": "photo", "count": 0}, {"item": "photo", "count": "1"}, {"count": 1}]
    requests: list[Any] = [asked | {"requestedItems": [one]} for one in counts]
    conditions = {"conditions": [condition_on("pm")]}
    broken = [condition_on("pm") | {"operator": "LIKE"}, condition_on("pm") | {"values": "pm"}, {"name": "none"}]
    wrong: list[Any] = [{"conditions": [one]} for one in broken]
    changes = [{"conditions": [condition_on("pm") | {"id": one}] * times} for one, times in ((NO_ID, 1), (eng, 2))]
    return [
        ("addActivation", place.path, body, lines),
        ("createActions", place.of("b"), [], actions[1:2]),
        ("putActions", place.of("a"), [allow], [*actions, [allow | {"id": NO_ID}]]),
        ("postConditionsOfAccess", place.path, conditions, wrong),
        ("patchConditions", place.path, conditions, [*wrong, *changes]),
        ("postRateTables", {}, table(ONE, "8", FIRST_PRICES), tables),
        ("createSession", {}, {"instanceId": place.path["instanceId"]}, [{}, {"instanceId": 1}]),
        ("putSessionAccessRequest", use.path, asked, [*requests, request(("photo", "1", 1))]),
        ("postAccessRequest", place.path, asked, [*requests, {"requestedItems": []}]),
        ("addInstance", {}, {"shortName": Tag("x"), "accountId": Tag("x")}, [{"shortName": Tag("x")}]),
        (
            "patchTenantConfigurations",
            {},
            [],
            [{"name": "timezone.tolerant", "value": True}, [{"name": "other", "value": "true"}]],
        ),
    ]


def unknown(play: Play) -> None:
    """Nothing by those ids."""
    instance = {"instanceId": NO_ID}
    asks: list[tuple[str, Json, Any]] = [
        ("getInstance", instance, NOTHING),
        ("getActivationsForInstance", instance, NOTHING),
        ("addActivation", instance, line("a", 1, ONE)),
        ("getLineItemActions", instance, NOTHING),
        ("getConditionsOfAccess", instance, NOTHING),
        ("deleteConditions", instance, NOTHING),
        ("postAccessRequest", instance, request()),
        ("createSession", {}, {"instanceId": NO_ID}),
    ]
    session = {"sessionId": NO_ID}
    asks += [(name, session, NOTHING) for name in ("getSession", "getHeartbeat", "closeSession")]
    asks += [("putSessionAccessRequest", session, request(rollback=True))]
    for operation, path, body in asks:
        play.send(operation, path, body, expect=(404,), rule="C5")
        play.send(operation, path, body, identity="stranger")
    play.send("getAllSessionsForInstance", query=[("instanceId", NO_ID)], expect=(404,), rule="C5")


def missing(play: Play) -> None:
    """Nothing by those ids on an instance that exists."""
    place = Place(play)
    for operation in ("getLineItemById", "deleteLineItem", "getActions", "deleteActions"):
        play.send(operation, place.of("none"))
    play.send("createActions", place.of("none"), [])
    play.send("putActions", place.of("none"), [])
    play.send("deleteCondition", {**place.path, "conditionId": NO_ID})
    place.read()


def _each(place: Place, use: Use) -> list[tuple[str, Json, Any]]:
    """One request of each operation on an instance, its line item ``a`` and a session."""
    a = place.of("a")
    asks: list[tuple[str, Json, Any]] = [
        (operation, place.path, NOTHING)
        for operation in ("getInstance", "getActivationsForInstance", "getLineItemActions", "getConditionsOfAccess")
    ]
    asks += [(name, a, NOTHING) for name in ("getLineItemById", "getActions", "deleteActions", "deleteLineItem")]
    asks += [(name, use.path, NOTHING) for name in ("getSession", "getHeartbeat", "closeSession")]
    return [
        *asks,
        ("addActivation", place.path, line("a", 99, TWO)),
        ("putActions", a, [{"action": "DENY"}]),
        ("postConditionsOfAccess", place.path, {"conditions": [condition_on("pm")]}),
        ("deleteConditions", place.path, NOTHING),
        ("postAccessRequest", place.path, request(("photo", "1", 1))),
        ("createSession", {}, {"instanceId": place.path["instanceId"]}),
        ("putSessionAccessRequest", use.path, request(("photo", "1", 1), rollback=False)),
    ]


def trespass(**by: Any) -> Callable[[Play], None]:
    """A probe that asks for all of an instance of the first tenant: as another tenant, or as nobody."""

    def probe(play: Play) -> None:
        priced(play)
        place = Place(play)
        place.put(line("a", 30, ONE))
        use = place.session()
        use.ask(("photo", "1", 1))
        for operation, path, body in _each(place, use):
            play.send(operation, path, body, **by)
        play.send("getAllSessionsForInstance", query=[("instanceId", place.path["instanceId"])], **by)
        play.send("listInstances", **by)
        use.read()

    return probe


def tenants(play: Play) -> None:
    """Two tenants that set the same, and know nothing of each other."""
    play.send("getRateTables", identity="second")
    priced(play)
    play.send("getRateTables", identity="second")
    first = Place(play)
    first.put(line("a", 30, ONE))
    play.send("listInstances", identity="second")
    play.send("listInstances", identity="second", query=[("accountId", Tag("acme")), ("default", "true")])
    priced(play, identity="second")
    second = Place(play, identity="second")
    second.read()
    second.put(line("a", 40, TWO))
    first.ask(("photo", "1", 1))
    second.ask(("photo", "1", 1))
    first.read()
