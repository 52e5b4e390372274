"""Directed sequences about what changes while it is in use: rules of access, line items, rates."""

from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import DAY, HOUR, Json
from sandbox.contract.apis.dynamic_monetization.draws import line, request, table
from sandbox.contract.apis.dynamic_monetization.places import FIRST_PRICES, ONE, TWO, Place, condition_on, priced
from sandbox.contract.play import Play
from sandbox.contract.steps import Tag

_PHOTO = ("photo", "1", 1.0)


def counts(play: Play) -> None:
    """What was used of an allocation stays with the action, as long as that is there."""
    priced(play)
    place = Place(play)
    place.put(line("a", 100, ONE, end=10 * DAY))
    place.put(line("b", 100, TWO, end=20 * DAY))
    eng, pm = place.condition("eng"), place.condition("pm")
    a = place.of("a")
    allow: Json = {"action": "ALLOW", "conditionId": eng, "allocation": 10}
    other = allow | {"conditionId": pm, "allocation": 20, "name": "managers"}
    made = play.send("putActions", a, [allow, other])
    first, second = made.ref(0, "id"), made.ref(1, "id")
    use = place.session()

    def spend() -> None:
        for dept in ("eng", "pm"):
            place.ask(_PHOTO, dept=dept)

    def save(*entries: Json) -> Any:
        found = play.send("putActions", a, list(entries))
        play.send("getActions", a)
        spend()
        return found

    spend()
    save(allow | {"id": first, "allocation": 12.5, "name": "engineers"}, other | {"id": second})
    save(other | {"id": second}, allow | {"id": first})
    save(allow | {"name": "before"}, other | {"id": second}, allow | {"id": first})
    save(allow | {"id": first, "conditionId": pm, "allocation": 30}, {"action": "DENY", "id": second})
    anew = save(allow | {"id": first}, other)
    for twice in ([allow | {"id": first}] * 2, [other | {"id": second}], [allow | {"id": first}, allow | {"id": pm}]):
        play.send("putActions", a, twice, expect=(400,), rule="C2.4")
    play.send("getActions", a)
    place.put(line("a", 90, ONE, end=10 * DAY))
    spend()
    play.send("putSessionAccessRequest", use.path, request(_PHOTO, rollback=True, dept="pm"))
    save(allow | {"id": first}, other | {"id": anew.ref(1, "id"), "allocation": 40})
    use.close()
    play.send("putActions", a, [])
    play.send("getActions", a)
    play.send("createActions", a, [allow, other])
    spend()
    play.send("deleteActions", a)
    play.send("getActions", a)
    spend()


def conditions(play: Play) -> None:
    """Conditions made, replaced and deleted, one at a time and together; what a line item held is free when it goes."""
    priced(play)
    place = Place(play)
    place.put(line("a", 100, ONE))
    bodies: list[Json] = [condition_on("eng"), condition_on("pm"), condition_on("hr") | {"color": "red"}]
    made = play.send("postConditionsOfAccess", place.path, {"conditions": bodies})
    ids = [made.ref(number, "id") for number in range(3)]
    both: Json = {"name": "both", "operator": "AND", "conditions": bodies[:2]}
    for changed in (
        [bodies[0] | {"id": ids[2]}, condition_on("new"), both | {"id": ids[1]}],
        [bodies[1] | {"id": ids[1], "operator": "NOT"}],
        [both | {"id": ids[0], "operator": "OR"}],
    ):
        play.send("patchConditions", place.path, {"conditions": changed})
        place.read()
    play.send("putActions", place.of("a"), [{"action": "DENY", "conditionId": ids[1]}, {"action": "ALLOW"}])
    for dept in ("eng", "pm", None):
        place.ask(_PHOTO, dept=dept)
    play.send("patchConditions", place.path, {"conditions": [condition_on("eng") | {"id": ids[1]}]})
    for dept in ("eng", "pm", None):
        place.ask(_PHOTO, dept=dept)
    play.send("deleteCondition", {**place.path, "conditionId": ids[0]})
    play.send("deleteCondition", {**place.path, "conditionId": ids[1]})
    play.send("deleteConditions", place.path)
    place.read()
    place.put(line("a", 100, ONE) | {"state": "OBSOLETE"})
    play.send("deleteConditions", place.path)
    play.send("deleteLineItem", place.of("a"))
    play.send("deleteConditions", place.path)
    place.put(line("a", 100, ONE))
    place.ask(_PHOTO)


def dictionaries(play: Play) -> None:
    """What of a requester a condition looks at."""
    priced(play)
    place = Place(play)
    place.put(line("a", 1000, ONE))
    members = ["eng", "true", "5", "null", ""]
    simple: Json = {"name": "in", "key": "dept", "operator": "IN", "values": members}
    no: Json = simple | {"operator": "NOT", "key": "site"}
    joined = [{"name": "j", "operator": operator, "conditions": [simple, no]} for operator in ("AND", "OR")]
    made = play.send("postConditionsOfAccess", place.path, {"conditions": [simple, no, *joined]})
    values: list[Any] = ["eng", "ENG", "eng ", True, False, 5, None, "", [], ["pm", "eng"], ["pm"], [5], [True, "x"]]
    for number in range(4):
        allow = {"action": "ALLOW", "conditionId": made.ref(number, "id"), "allocation": 500}
        play.send("putActions", place.of("a"), [allow])
        for dictionary in (
            *({"dept": value} for value in values),
            *({"site": value} for value in values[::3]),
            *({"dept": value, "site": "eng"} for value in values[::4]),
            {"Dept": "eng"},
            {},
        ):
            requester = {"type": "user", "value": "eng", "dictionary": dictionary}
            play.send("postAccessRequest", place.path, request(_PHOTO) | {"requester": requester})
    place.read()


def ties(play: Play) -> None:
    """Line items that end together: by their start, then as mapped. Rates that are equal or come twice."""
    priced(play)
    place = Place(play)
    first = place.put(line("z", 5, ONE, end=10 * DAY))
    same = {"end": first.ref("end"), "start": first.ref("start")}
    for name in ("m", "a"):
        place.put(line(name, 5, ONE) | same)
    place.put(line("late", 5, ONE, start=-DAY) | {"end": first.ref("end")})
    place.put(line("early", 5, ONE, start=-50 * DAY) | {"end": first.ref("end")})
    for _ in range(9):
        place.ask(_PHOTO, ("free", "", 3))
    for name in ("z", "m"):
        place.put(line(name, 50, ONE) | same)
    place.ask(_PHOTO)
    for state in ("OBSOLETE", "DEPLOYED"):
        place.put(line("z", 60, ONE) | same | {"state": state})
        play.send("deleteLineItem", place.of("z"))
    place.put(line("z", 60, ONE) | same)
    place.ask(_PHOTO)
    play.send("postRateTables", body=table(TWO, "9", {("photo", "1"): 5}, -DAY))
    play.send("getRateTables")
    last = table(TWO, "3", {("photo", "1"): 2}, -DAY)
    last["items"] += [{"name": Tag("photo"), "version": "1", "rate": 9}, {"name": Tag("cad"), "rate": 4}]
    play.send("postRateTables", body=last)
    play.send("getRateTables")
    place.put(line("two", 500, TWO, end=DAY))
    place.ask(_PHOTO, ("cad", "", 1), ("cad", "1", 1))


def unnamed(play: Play) -> None:
    """Rate tables without a series are a series of their own; attributes that are left out."""
    priced(play)
    place = Place(play)
    bare = table("", "1", {("photo", "1"): 13})
    del bare["series"]
    play.send("postRateTables", body=bare)
    play.send("postRateTables", body=table("", "1", FIRST_PRICES), expect=(409,), rule="C2.5")
    later = table("", "2", FIRST_PRICES, HOUR)
    play.send("postRateTables", body=later)
    play.send("getRateTables")
    for name, attributes in (("none", {}), ("false", {"elastic": False}), ("bare", {"elastic": True})):
        place.put(line(name, 100, "") | {"attributes": attributes})
        place.ask(_PHOTO)
    place.put(line("empty", 100, "", end=DAY))
    place.put(line("one", 100, ONE, end=HOUR))
    place.ask(_PHOTO, ("cad", "", 1))
    play.send("deleteRateTables", query=[("version", "1")])
    play.send("deleteRateTables", query=[("version", "2")])
    play.send("deleteRateTables", query=[("series", ""), ("version", "2")])
    play.send("getRateTables")
