"""Directed sequences about tokens: who pays how much, when, and what comes back."""

from sandbox.contract.apis.dynamic_monetization.beliefs import DAY, HOUR, MINUTE, Json
from sandbox.contract.apis.dynamic_monetization.draws import line, request, table
from sandbox.contract.apis.dynamic_monetization.places import (
    FIRST_PRICES,
    ONE,
    TWO,
    Place,
    condition_on,
    priced,
)
from sandbox.contract.play import Play
from sandbox.contract.steps import Tag

_PHOTO = ("photo", "1")


def charges(play: Play) -> None:
    """Which line items pay, and how much."""
    priced(play)
    place = Place(play)
    place.put(line("late", 20, ONE, end=300 * DAY))
    place.put(line("soon", 7, ONE, end=20 * DAY))
    place.put(line("other", 9, TWO, end=100 * DAY))
    place.put(line("not elastic", 100, ONE, end=DAY, elastic=False))
    place.put(line("unpriced", 100, "", end=DAY))
    place.put(line("tomorrow", 100, ONE, start=DAY))
    place.put(line("over", 100, ONE, end=-HOUR))
    place.ask(("photo", "1", 1), ("free", "", 2), ("cad", "", 1.5))
    place.ask(("photo", "1", 3))
    place.ask(("none", "1", 1), ("photo", "2", 1), ("photo", "1", 100), ("photo", "1", 0.1))
    play.send("postAccessRequest", place.path, _unversioned())
    place.read()
    place.put(line("soon", 70, ONE, end=20 * DAY))
    place.ask(("photo", "1", 5), ("photo", "1", 5))
    place.put(line("soon", 1, ONE, end=20 * DAY))
    place.ask(("photo", "1", 1))


def _unversioned() -> Json:
    asked = [{"item": Tag("cad"), "count": 1}, {"item": Tag("photo"), "count": 1, "requestedVersion": "1"}]
    return request() | {"requestedItems": asked}


def overdraft(play: Play) -> None:
    """Beyond the quantity."""
    priced(play)
    place = Place(play)
    place.put(line("a", 10, ONE, end=10 * DAY, overdraftType="Number", overdraftLimit=5))
    place.ask(("photo", "1", 5))
    place.ask(("photo", "1", 1))
    place.put(line("b", 1, ONE, end=20 * DAY, overdraftType="Unlimited"))
    place.ask(("photo", "1", 100))
    place.put(line("c", 3, ONE, end=DAY, overdraftLimit=5))
    place.ask(("photo", "1", 2))
    place.put(line("d", 3, ONE, end=HOUR, overdraftType="Number"))
    place.ask(("photo", "1", 2))


def sessions(play: Play) -> None:
    """Requests in a session: replaced, denied with and without rollback, halted, closed."""
    priced(play)
    place = Place(play)
    place.put(line("a", 10, ONE))
    use, other = place.session(), place.session()
    use.ask(("photo", "1", 2), ("cad", "", 1))
    use.ask(("photo", "1", 3))
    use.ask(("photo", "1", 1), ("none", "1", 1), ("photo", "1", 9))
    other.ask(("photo", "1", 1), rollback=False)
    use.beat()
    use.ask(("photo", "1", 1), ("photo", "1", 9), rollback=False)
    use.close()
    use.ask(("photo", "1", 1))
    other.ask()
    last = place.session()
    last.ask()
    last.ask(("photo", "1", 1))
    last.ask()
    last.beat()
    last.close()
    last.close()
    last.beat()


def refunds(play: Play) -> None:
    """What is left of an hour comes back, split over line items and actions."""
    priced(play)
    place = Place(play)
    place.put(line("a", 10, ONE, end=10 * DAY))
    place.put(line("b", 100, TWO, end=20 * DAY))
    eng = place.condition("eng", "NOT")
    play.send("putActions", place.of("b"), [{"action": "ALLOW", "conditionId": eng, "allocation": 90}])
    use = place.session()
    use.ask(("photo", "1", 8))
    use.wait(20 * MINUTE + 1234)
    use.ask(("photo", "1", 7), ("cad", "", 1))
    use.wait(7 * MINUTE)
    use.ask(("photo", "1", 1000))
    use.wait(MINUTE)
    use.ask()
    use.ask(("photo", "1", 5))
    use.wait(13 * MINUTE)
    place.put(line("a", 10, ONE, end=10 * DAY) | {"state": "OBSOLETE"})
    play.send("deleteLineItem", place.of("a"))
    place.put(line("a", 10, ONE, end=10 * DAY))
    place.read()
    use.close()


def hours(play: Play) -> None:
    """The automatic charge, heartbeats kept and missed, tokens that run out."""
    priced(play)
    place = Place(play)
    place.put(line("a", 10, ONE))
    use = place.session()
    use.ask(("photo", "1", 1))
    use.wait(HOUR)
    use.wait(30 * MINUTE - 3 * MINUTE)
    use.beat()
    use.wait(33 * MINUTE)
    use.beat()
    use.wait(HOUR)
    use.wait(HOUR)
    use.beat()
    missing = place.session()
    place.put(line("a", 20, ONE))
    missing.ask(("photo", "1", 1))
    missing.wait(HOUR + 29 * MINUTE)
    missing.wait(2 * MINUTE)
    missing.beat()


def edges(play: Play) -> None:
    """The very instants at which a line item, a rate table, an hour and its grace begin and end."""
    priced(play)
    place = Place(play)
    place.put(line("a", 100, ONE, start=HOUR, end=3 * HOUR))
    play.send("postRateTables", body=table(ONE, "2", {_PHOTO: 5, ("photo", "2"): 1}, 2 * HOUR))
    for span in (HOUR - 1, 1, HOUR - 1, 1, HOUR, 1):
        play.wait(span / 1000)
        place.ask(("photo", "1", 1))
        play.send("deleteRateTables", query=[("series", ONE), ("version", "2")])
    place.put(line("a", 100, ONE))
    use = place.session()
    use.ask(("photo", "1", 1))
    for span in (HOUR - 1, 1, 30 * MINUTE, 1):
        use.wait(span)


def idling(play: Play) -> None:
    """30 days of idling end a session."""
    priced(play)
    place = Place(play)
    place.put(line("a", 100, ONE))
    use, other = place.session(), place.session()
    other.ask(("photo", "1", 1))
    use.wait(10 * MINUTE)
    other.ask()
    use.wait(30 * DAY - 12 * MINUTE)
    use.ask()
    for span in (5 * MINUTE, 7 * MINUTE - 1, 1, 3 * MINUTE):
        use.wait(span)
        other.read()


def tables(play: Play) -> None:
    """Which rate table is in effect."""
    priced(play)
    place = Place(play)
    place.put(line("a", 1000, ONE))
    for version, since, rate in (("9", -DAY, 5), ("2", -2 * DAY, 11), ("3", HOUR, 13), ("4", 2 * HOUR, 17)):
        play.send("postRateTables", body=table(ONE, version, {_PHOTO: rate}, since))
        place.ask(("photo", "1", 1), ("cad", "", 1))
    for version in ("9", "4", "none", "4"):
        play.send("deleteRateTables", query=[("series", ONE), ("version", version)])
        play.send("getRateTables")
    play.send("postRateTables", body=table(ONE, "9", FIRST_PRICES))
    play.send("postRateTables", body=table(TWO, "9", FIRST_PRICES))
    play.send("postRateTables", body=table(ONE, "4", FIRST_PRICES, 3 * HOUR))
    play.send("getRateTables")
    if play.can("clock"):
        for _ in range(3):
            play.wait(HOUR / 1000)
            place.ask(("photo", "1", 1), ("cad", "", 1))


def precedence(play: Play) -> None:
    """The first action that is met decides."""
    priced(play)
    place = Place(play)
    place.put(line("a", 100, ONE, end=10 * DAY))
    place.put(line("b", 100, ONE, end=20 * DAY))
    eng, lab, pm = place.condition("eng"), place.condition("lab", "NOT"), place.condition("pm")
    both = {"name": "both", "operator": "AND", "conditions": [condition_on("eng"), condition_on("pm")]}
    either = both | {"operator": "OR"}
    joined = play.send("patchConditions", place.path, {"conditions": [both, either]})
    a, b = place.of("a"), place.of("b")
    some: Json = {"action": "ALLOW", "conditionId": eng, "allocation": 7}
    for first, second in (
        ([some, {"action": "DENY"}], [{"action": "DENY", "conditionId": eng}, {"action": "ALLOW"}]),
        ([{"action": "DENY", "conditionId": lab}, some, {"action": "ALLOW"}], [{"action": "ALLOW", "allocation": 4}]),
        ([some | {"conditionId": joined.ref(0, "id")}], [some | {"conditionId": joined.ref(1, "id")}]),
        ([{"action": "DENY", "conditionId": pm}, {"action": "ALLOW", "allocation": 0}], []),
    ):
        play.send("putActions", a, first)
        play.send("putActions", b, second)
        for dept in ("eng", "pm", "lab", None):
            place.ask(("photo", "1", 1), ("photo", "1", 2), dept=dept)
