"""Directed sequences about values: texts come back as they were sent, numbers are exact, other members are ignored."""

from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import Json
from sandbox.contract.apis.dynamic_monetization.draws import line, request, table
from sandbox.contract.apis.dynamic_monetization.places import FIRST_PRICES, ONE, Place, condition_on, priced
from sandbox.contract.play import Play
from sandbox.contract.steps import At, Tag, Text

_ODD = (
    " leading",
    "trailing ",
    "Two  Blanks",
    "tab\tand\nline",
    "Zoë 東京 😀",
    "'\"<&>%20\\n",
    "007",
    "null",
    "UPPER",
    "e\u0301",
)
_LAST, _MOST, _WHOLE = 253_402_300_799_999, 10**12, 2**63 - 1


def _odd(name: str, text: str) -> Text:
    """The text between the blanks that the tag stands in, too."""
    return Text(("" if text.strip() == text else " ", Tag(name), text))


def texts(play: Play) -> None:
    """Every text is kept and compared as it was sent."""
    priced(play)
    place = Place(play)
    for text in _ODD:
        made = play.send("addInstance", body={"shortName": _odd("n", text), "accountId": _odd("acc", text)})
        play.send("getInstance", {"instanceId": made.ref("id")})
    play.send("listInstances", query=[("accountId", _odd("acc", " leading")), ("default", "true")])
    play.send("listInstances", query=[("accountId", Tag("acc leading")), ("default", "true")])
    for number, text in enumerate(_ODD):
        named = condition_on(text) | {"name": text, "key": text, "color": text}
        made = play.send("postConditionsOfAccess", place.path, {"conditions": [named]})
        place.put(line("a", 100, _odd("s", text)) | {"activationId": _odd("li", text)})
        if text.isascii() and text.isprintable() and not set("/\\.%;") & set(text):
            path = {**place.path, "lineItemId": _odd("li", text)}
            allow = {"name": text, "action": "ALLOW", "conditionId": made.ref(0, "id"), "allocation": number}
            play.send("putActions", path, [allow, {"name": text, "action": "DENY"}])
            play.send("getActions", path)
    play.send("postRateTables", body=table(_odd("s", " leading"), " 1", {(text, text): 2 for text in _ODD}))
    play.send("getRateTables")
    place.read()
    asked = [(text, text, 1.0) for text in _ODD]
    asked += [
        ("leading", " leading", 1),
        (" leading", "leading", 1),
        (" LEADING", " leading", 1),
        ("upper", "UPPER", 1),
    ]
    place.ask(*asked, dept=" leading")
    dictionary = {text: text for text in _ODD}
    for value in (dictionary, {text: text.strip() for text in _ODD}, {text: text.upper() for text in _ODD}):
        requester = {"type": " user", "value": "Zoë ", "dictionary": value}
        play.send("postAccessRequest", place.path, request(*asked) | {"requester": requester})
        place.read()
    use = place.session()
    use.ask(*asked[:1])


def strangers(play: Play) -> None:
    """Members that nobody knows are ignored, and those that only the service sets."""
    priced(play)
    more: Json = {"color": "red", "created": 5, "modified": 7, "used": 3, "id": "mine"}
    made = play.send(
        "addInstance", body={"shortName": Tag("x"), "accountId": Tag("acme"), "defaultInstance": False, **more}
    )
    play.send("getInstance", {"instanceId": made.ref("id")})
    place = Place(play)
    place.put(line("a", 30, ONE) | more)
    place.put(line("a", 31, ONE) | more)
    known = {name: value for name, value in more.items() if name != "id"}
    play.send("putActions", place.of("a"), [{"action": "ALLOW", "allocation": 20} | known])
    play.send("postConditionsOfAccess", place.path, {"conditions": [condition_on("pm") | known], **more})
    later = table(ONE, "2", FIRST_PRICES, 5_000_000)
    later["items"] = [one | known for one in later["items"]]
    play.send("postRateTables", body=later | more)
    play.send("getRateTables")
    play.send("deleteRateTables", query=[("series", ONE), ("version", "2")])
    body = request(("photo", "1", 1))
    asked = [one | known | {"metaData": {"a": [1]}, "requestedVersion": "2"} for one in body["requestedItems"]]
    play.send("postAccessRequest", place.path, body | more | {"requestedItems": asked, "rollbackOnDeny": True})
    play.send("createSession", body={**place.path, **more, "sessionId": "mine"})
    place.read()


def numbers(play: Play) -> None:
    """Amounts are exact decimals; the ends of each range are taken, and what lies beyond is not."""
    items = [(str(rate), rate) for rate in (0, 1e-9, 0.1, 0.7, 1.000000001, 123456789.987654321, _MOST)]
    play.send("postRateTables", body=table(ONE, "1", {(name, ""): rate for name, rate in items}))
    play.send("getRateTables")
    play.send("getTenantConfigurations")
    place = Place(play)
    unlimited = line("a", _WHOLE, ONE, overdraftType="Unlimited", overdraftLimit=_WHOLE)
    place.put(unlimited | {"start": 0, "end": _LAST})
    for count in (0.1, 3, 0.000000001, 0.30000000000000004, 1234567.89, _MOST):
        place.ask(*((name, "", count) for name, _ in items))
    for count in (0, -1, _MOST + 1, 1e13):
        play.send("postAccessRequest", place.path, request(("0.1", "", count)), expect=(400,), rule="C3")
    for name, values in (("quantity", (0, -1, _WHOLE + 1)), ("start", (-1, 0.5)), ("end", (_LAST + 1, "2030-01-01"))):
        for value in values:
            place.play.send("addActivation", place.path, unlimited | {name: value}, expect=(400,), rule="C3")
    attributes = unlimited["attributes"]
    for limit in (-1, 0.5, _WHOLE + 1, "5"):
        body = unlimited | {"attributes": attributes | {"overdraftLimit": limit}, "start": True}
        place.play.send("addActivation", place.path, body, expect=(400,), rule="C3")
    for allocation, status in ((0, 200), (_MOST, 200), (0.000000001, 200), (-0.1, 400), (_MOST + 1, 400)):
        actions = [{"action": "ALLOW", "allocation": allocation}]
        play.send("putActions", place.of("a"), actions, expect=(status,), rule="C3")
    for rate in (-0.1, _MOST + 1, "3"):
        wrong: Any = table(ONE, "2", {("x", ""): 1}) | {"items": [{"name": "x", "rate": rate}]}
        play.send("postRateTables", body=wrong, expect=(400,), rule="C3")
    for since in (-1, _LAST + 1, "now", 1.5):
        play.send("postRateTables", body=table(ONE, "2", {}) | {"effectiveFrom": since}, expect=(400,), rule="C3")
    place.put(line("one", 1, ONE) | {"end": At(1), "start": At(0)})
    place.put(line("one", 1, ONE) | {"end": At(1), "start": At(1)})
    place.read()
