"""Directed sequences about instants: time zones, and what happens at the very second."""

from sandbox.contract.apis.dynamic_monetization.beliefs import DAY, HOUR, MINUTE
from sandbox.contract.apis.dynamic_monetization.draws import FAR, LONG_AGO, line, request, table
from sandbox.contract.apis.dynamic_monetization.places import ONE, Place, priced
from sandbox.contract.play import Play

_PHOTO = ("photo", "1", 1.0)
_SECOND = 1000
_HALF = 12 * HOUR


def tolerance(play: Play) -> None:
    """With timezone.tolerant the 12 hours around a line item's dates count, for requests and for automatic charges."""
    priced(play)
    place = Place(play)
    spans = [
        (-10 * DAY, -HOUR),
        (-10 * DAY, -_HALF + MINUTE),
        (-10 * DAY, -_HALF - MINUTE),
        (HOUR, 10 * DAY),
        (_HALF - MINUTE, 10 * DAY),
        (_HALF + MINUTE, 10 * DAY),
    ]
    for value in ("true", "false", "true"):
        play.send("patchTenantConfigurations", body={"name": "timezone.tolerant", "value": value})
        play.send("getTenantConfigurations")
        for start, end in spans:
            place.put(line("a", 1000, ONE, start=start, end=end))
            place.ask(_PHOTO)
    for entries in (["true", "false"], ["false", "true"], []):
        body = [{"name": "timezone.tolerant", "value": value} for value in entries]
        play.send("patchTenantConfigurations", body=body)
        play.send("getTenantConfigurations")
        place.put(line("a", 1000, ONE, start=-DAY, end=-HOUR))
        place.ask(_PHOTO)


def tolerated(play: Play) -> None:
    """The edges of those 12 hours."""
    priced(play)
    place = Place(play)
    play.send("patchTenantConfigurations", body={"name": "timezone.tolerant", "value": "true"})
    place.put(line("a", 1000, ONE, start=_HALF + HOUR, end=_HALF + 3 * HOUR))
    for span in (HOUR - 1, 1, 2 * HOUR, _HALF * 2, 1):
        play.wait(span / 1000)
        place.ask(_PHOTO)
    place.put(line("a", 1000, ONE, start=-DAY, end=-_HALF + 90 * MINUTE))
    use = place.session()
    use.ask(_PHOTO)
    use.wait(HOUR)
    use.beat()
    use.wait(HOUR)


def seconds(play: Play) -> None:
    """Where each request is a second after the one before: the instants themselves at which something changes."""
    priced(play)
    place = Place(play)

    def watch(times: int, *, ask: bool = True) -> None:
        for _ in range(times):
            if ask:
                play.send("postAccessRequest", place.path, request(_PHOTO))
            else:
                play.send("getSession", use.path)

    place.put(line("a", 1000, ONE, start=LONG_AGO, end=FAR))
    play.send("postRateTables", body=table(ONE, "2", {("photo", "1"): 5}, 4 * _SECOND))
    play.send("getRateTables")
    watch(5)
    play.send("postRateTables", body=table(ONE, "3", {("photo", "1"): 9}, 4 * _SECOND))
    for _ in range(5):
        play.send("deleteRateTables", query=[("series", ONE), ("version", "3")])
    place.put(line("a", 1000, ONE, start=3 * _SECOND, end=7 * _SECOND))
    watch(10)
    place.put(line("a", 1000, ONE))
    use = place.session()
    for wait in (HOUR, 30 * MINUTE):
        play.send("putSessionAccessRequest", use.path, request(_PHOTO, rollback=True))
        if wait < HOUR:
            play.wait(HOUR / 1000)
        play.wait(wait / 1000 - 3)
        for _ in range(6):
            play.send("getAllSessionsForInstance", query=[("instanceId", place.path["instanceId"])])
    watch(1, ask=False)
    place.read()


def marks(play: Play) -> None:
    """What a session says of its times, beside the same instants as dates of a line item."""
    priced(play)
    place = Place(play)
    place.put(line("a", 1000, ONE))
    use = place.session()
    for number, later in enumerate((_SECOND, HOUR + _SECOND, 2 * HOUR + _SECOND)):
        start = later + (2 - number) * _SECOND
        place.put(line(f"mark {number}", 1, ONE, start=start, end=FAR, elastic=False))
    play.send("putSessionAccessRequest", use.path, request(_PHOTO, rollback=True))
    use.read()
    use.wait(HOUR)
    place.put(line("beat", 1, ONE, start=_SECOND, end=FAR, elastic=False))
    use.beat()
    use.read()
    use.wait(HOUR)
