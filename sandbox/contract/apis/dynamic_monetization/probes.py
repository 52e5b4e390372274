"""Directed sequences: every operation with success, and what random steps seldom reach."""

from sandbox.contract.apis.dynamic_monetization.beliefs import DAY
from sandbox.contract.apis.dynamic_monetization.changing_probes import conditions, counts, dictionaries, ties, unnamed
from sandbox.contract.apis.dynamic_monetization.credential_probes import (
    clients,
    expiry,
    key_arrays,
    last_key,
    propagation,
)
from sandbox.contract.apis.dynamic_monetization.draws import PEMS, line, table
from sandbox.contract.apis.dynamic_monetization.hour_probes import failing, later_hours
from sandbox.contract.apis.dynamic_monetization.list_probes import many, paging
from sandbox.contract.apis.dynamic_monetization.metering_probes import (
    charges,
    edges,
    hours,
    idling,
    overdraft,
    precedence,
    refunds,
    sessions,
    tables,
)
from sandbox.contract.apis.dynamic_monetization.moment_probes import marks, seconds, tolerance, tolerated
from sandbox.contract.apis.dynamic_monetization.places import (
    ONE,
    SECOND_PRICES,
    TWO,
    Place,
    condition_on,
    priced,
)
from sandbox.contract.apis.dynamic_monetization.refusing_probes import missing, refusals, tenants, trespass, unknown
from sandbox.contract.apis.dynamic_monetization.text_probes import numbers, strangers, texts
from sandbox.contract.methods import undeclared
from sandbox.contract.play import Play
from sandbox.contract.steps import Tag
from sandbox.contract.suites import Probe

_CHANGES = frozenset({"writes", "permanent"})


def listing(play: Play) -> None:
    """What can be read of any tenant."""
    for operation in ("getPublicKeys", "listInstances", "getRateTables", "getTenantConfigurations"):
        play.send(operation)
        play.send(operation, identity="nobody", expect=(401,), rule="C1.3")
        play.send(operation, identity="stranger", expect=(401,), rule="C1.3")
        play.send(operation, identity="forged", expect=(401,), rule="C1.3")


def tour(play: Play) -> None:
    """Every operation, with success."""
    priced(play)
    keys(play)
    found = play.send("getTenantConfigurations")
    play.send("patchTenantConfigurations", body=[{"name": "timezone.tolerant", "value": found.ref(0, "value")}])
    place = Place(play)
    play.send("getInstance", place.path)
    play.send("listInstances")
    place.put(line("a", 30, ONE))
    place.put(line("b", 5, TWO) | {"state": "DEPLOYED", "used": 4})
    play.send("getLineItemById", place.of("a"))
    _rules_of_access(place)
    place.ask(("photo", "1", 2), ("cad", "", 0.5), dept="eng")
    use = place.session()
    use.ask(("photo", "1", 1), ("free", "", 1))
    use.beat()
    use.close()
    use.beat()
    _retire(place, "a")
    play.send("postRateTables", body=table(ONE, "2", SECOND_PRICES, DAY))
    play.send("deleteRateTables", query=[("series", ONE), ("version", "2")])
    play.send("getRateTables")


def keys(play: Play) -> None:
    """Keys of both classes are made, changed and deleted."""
    for upload, delete in (
        ("producerAdminKeyUpload", "deleteProducerAdminKey"),
        ("clientKeyUpload", "deleteClientKey"),
    ):
        play.send(upload, body=[{"id": Tag("key"), "publicKey": PEMS[0]}])
        play.send(upload, body=[{"id": Tag("key"), "publicKey": PEMS[1]}])
        play.send("getPublicKeys", query=[("size", 1000)])
        play.send(upload, body=[{"id": "sandbox-mine", "publicKey": PEMS[1]}], expect=(400,), rule="C2.1")
        play.send(upload, body=[{"id": Tag("bad"), "publicKey": "none"}], expect=(400,), rule="C2.1")
        play.send(delete, {"keyId": Tag("key")})
        play.send("getPublicKeys", query=[("size", 1000)])
        play.send(delete, {"keyId": Tag("key")})
        play.send(delete, {"keyId": Tag("never")}, expect=(404,), rule="C2.1")


def _rules_of_access(place: Place) -> None:
    play, path = place.play, place.of("a")
    eng, lab = place.condition("eng"), place.condition("lab", "NOT")
    allow = {"name": "engineers", "conditionId": eng, "action": "ALLOW", "allocation": 10}
    made = play.send("createActions", path, [allow, {"action": "ALLOW"}])
    play.send("createActions", path, [allow])
    play.send("getActions", path)
    changed = [allow | {"id": made.ref(0, "id"), "allocation": 12.5}, {"action": "DENY", "conditionId": lab}]
    play.send("putActions", path, changed)
    play.send("patchConditions", place.path, {"conditions": [condition_on("pm") | {"id": lab}, condition_on("hr")]})
    play.send("deleteCondition", {**place.path, "conditionId": eng})
    play.send("deleteConditions", place.path)
    place.read()
    play.send("deleteActions", path)
    play.send("deleteCondition", {**place.path, "conditionId": eng})
    play.send("deleteCondition", {**place.path, "conditionId": eng})
    play.send("deleteConditions", place.path)
    place.read()


def _retire(place: Place, name: str) -> None:
    play, body = place.play, line(name, 30, ONE)
    play.send("deleteLineItem", place.of(name))
    place.put(body | {"state": "INACTIVE"})
    place.ask(("photo", "1", 1))
    place.put(body | {"state": "OBSOLETE"})
    place.put(body)
    play.send("deleteLineItem", place.of(name))
    place.read()
    play.send("deleteLineItem", place.of(name))
    play.send("getLineItemById", place.of(name))


PROBES = [
    Probe("listing", listing),
    Probe("unknown ids", unknown, frozenset({"writes"}), "what an id that does not exist is answered with"),
    undeclared("dynamic_monetization", "C5", "first", "nobody"),
    Probe("tour", tour, _CHANGES, "every operation once, with success"),
    Probe("charges", charges, _CHANGES, "which line items pay, and how much"),
    Probe("overdraft", overdraft, _CHANGES, "tokens beyond the quantity"),
    Probe("sessions", sessions, _CHANGES, "requests in a session"),
    Probe("rate tables", tables, _CHANGES, "which rate table is in effect"),
    Probe("precedence", precedence, _CHANGES, "which rule of access decides"),
    Probe("paging", paging, _CHANGES, "pages, and the default instance of an account"),
    Probe("refusals", refusals, _CHANGES, "that what is not valid changes nothing"),
    Probe("missing ids", missing, _CHANGES, "what an instance answers for ids that it does not hold"),
    Probe("refunds", refunds, _CHANGES | {"clock"}, "what comes back of an hour"),
    Probe("hours", hours, _CHANGES | {"clock"}, "the automatic charge and heartbeats"),
    Probe("edges", edges, _CHANGES | {"clock"}, "the instants at which something begins or ends"),
    Probe("texts", texts, _CHANGES | {"fresh"}, "that texts come back as they were sent"),
    Probe("unknown members", strangers, _CHANGES, "that unknown members are ignored"),
    Probe("numbers", numbers, _CHANGES, "exact amounts, and the ends of ranges"),
    Probe("counts", counts, _CHANGES, "what was used of an action that is changed"),
    Probe("conditions", conditions, _CHANGES, "conditions that change while they are in use"),
    Probe("dictionaries", dictionaries, _CHANGES, "who meets a condition"),
    Probe("ties", ties, _CHANGES, "line items that end together, rate tables that begin together"),
    Probe("without a series", unnamed, _CHANGES | {"fresh"}, "rate tables without a series"),
    Probe("many", many, _CHANGES | {"fresh"}, "lists of more than a page"),
    Probe("keys", keys, frozenset({"writes"}), "keys, one at a time"),
    Probe("key arrays", key_arrays, _CHANGES, "that keys are taken all or none"),
    Probe("last key", last_key, _CHANGES | {"fresh"}, "that the last administration key stays"),
    Probe("propagation", propagation, _CHANGES | {"fresh", "clock", "levers"}, "when a key begins and ends to count"),
    Probe("clients", clients, _CHANGES | {"levers"}, "what a client's token is good for"),
    Probe("tolerance", tolerance, _CHANGES | {"fresh"}, "the tolerance of time zones"),
    Probe("tolerated", tolerated, _CHANGES | {"fresh", "clock"}, "the edges of that tolerance"),
    Probe("seconds", seconds, _CHANGES | {"clock"}, "the very seconds at which something changes"),
    Probe("marks", marks, _CHANGES | {"clock"}, "which instants a session tells of"),
    Probe("later hours", later_hours, _CHANGES | {"clock"}, "charges after something has changed"),
    Probe("failing", failing, _CHANGES | {"clock", "levers"}, "a session that fails"),
    Probe("expiry", expiry, frozenset({"clock", "levers"}), "when a token ends"),
    Probe("idling", idling, _CHANGES | {"clock"}, "the end of an idle session"),
    Probe("tenants", tenants, _CHANGES | {"second"}, "two tenants beside each other"),
    Probe("trespass", trespass(identity="second"), _CHANGES | {"second"}, "what one tenant can see of another"),
    Probe("without credentials", trespass(identity="nobody"), _CHANGES, "what is answered without credentials"),
    Probe("wrong credentials", trespass(identity="stranger"), _CHANGES, "what is answered to wrong credentials"),
]
