"""Directed sequences about sessions over hours in which things change, and that fail."""

from sandbox.contract.apis.dynamic_monetization.beliefs import DAY, HOUR, MINUTE
from sandbox.contract.apis.dynamic_monetization.draws import line, request, table
from sandbox.contract.apis.dynamic_monetization.places import ONE, TWO, Place, priced
from sandbox.contract.play import Play
from sandbox.contract.steps import Lever, Text

_PHOTO = ("photo", "1", 1.0)


def later_hours(play: Play) -> None:
    """An automatic charge is by the rates, rules and states of its moment."""
    priced(play)
    play.send("postRateTables", body=table(ONE, "2", {("photo", "1"): 5}, 90 * MINUTE))
    place = Place(play)
    place.put(line("a", 100, ONE, end=10 * DAY))
    place.put(line("b", 100, TWO, end=20 * DAY))
    eng = place.condition("eng")
    uses = [place.session() for _ in range(3)]
    for use, dept in zip(uses, ("eng", "pm", "eng"), strict=True):
        play.send("putSessionAccessRequest", use.path, request(_PHOTO, rollback=True, dept=dept))
    uses[0].beat()

    def pass_hour() -> None:
        uses[0].wait(HOUR)
        for use in uses:
            use.beat()
            use.read()

    pass_hour()
    pass_hour()
    play.send("putActions", place.of("a"), [{"action": "ALLOW", "conditionId": eng, "allocation": 7}])
    pass_hour()
    play.send("putActions", place.of("b"), [{"action": "ALLOW", "conditionId": eng, "allocation": 60}])
    pass_hour()
    place.put(line("b", 100, TWO, end=20 * DAY) | {"state": "INACTIVE"})
    place.read()
    uses[0].wait(20 * MINUTE)
    uses[0].close()
    pass_hour()


def failing(play: Play) -> None:
    """A session that a fault ended is over for good, and got back the rest of its hour."""
    priced(play)
    place = Place(play)
    place.put(line("a", 100, ONE))
    use, idle = place.session(), place.session()
    use.ask(_PHOTO)
    use.wait(20 * MINUTE)
    for one in (use, idle):
        one.read()
        play.play(Lever("POST", Text(("/dynamic_monetization/sessions/", one.path["sessionId"], "/fail"))))
        one.read()
        one.beat()
        one.ask(_PHOTO)
        one.close()
