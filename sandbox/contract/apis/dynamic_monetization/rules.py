"""Random steps: two instances, a few line items, few tokens, sessions over hours."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from sandbox.contract.apis.dynamic_monetization.beliefs import HOUR, Json
from sandbox.contract.apis.dynamic_monetization.draws import (
    FAR,
    LONG_AGO,
    NAMES,
    NO_ID,
    PEMS,
    SERIES,
    allocations,
    conditions,
    groups,
    leaps,
    line,
    offsets,
    overdrafts,
    picks,
    places,
    prices,
    quantities,
    rates,
    requesters,
    rules_of_access,
    spans,
    table,
    wanted,
)
from sandbox.contract.play import Result
from sandbox.contract.rules import Rules
from sandbox.contract.steps import NOTHING, Ref, Tag

_MOST = 60 * 24 * HOUR
"""So long a history lasts at most: credentials end, too."""

names = st.sampled_from(NAMES)
_READ = ("getActivationsForInstance", "getLineItemActions", "getConditionsOfAccess", "getActivationsForInstance")


class Metered(Rules):
    """Sets a tenant up, and lets it be charged."""

    def __init__(self) -> None:
        super().__init__()
        self.instances: list[Result] = []
        self.mapped: list[list[str]] = [[], []]
        self.conditions: list[list[Ref]] = [[], []]
        self.actions: dict[tuple[int, str], list[Ref]] = {}
        self.sessions: list[tuple[int, Ref]] = []
        self.spent = 0

    # Asking

    def path(self, place: int) -> Json:
        """That of an instance."""
        return {"instanceId": self.instances[place].ref("id")}

    def of(self, place: int, name: str) -> Json:
        """That of a line item."""
        return {**self.path(place), "lineItemId": Tag(name)}

    def read(self, place: int, pick: int) -> None:
        """Some of what an instance holds."""
        if pick < len(_READ):
            self.play.send(_READ[pick], self.path(place))
        else:
            self.play.send("getAllSessionsForInstance", query=[("instanceId", self.path(place)["instanceId"])])

    def move(self, span: int) -> None:
        """Time passes, where it can be made to."""
        if span and self.play.can("clock") and self.spent + span <= _MOST:
            self.spent += span
            self.play.wait(span / 1000)

    def session(self, pick: int) -> tuple[int, Json]:
        """One of the last few, with its place."""
        place, made = self.sessions[-4:][pick % len(self.sessions[-4:])]
        return place, {"sessionId": made}

    # Setting up

    @initialize(
        rate=rates,
        drawn=st.lists(st.tuples(places, quantities, overdrafts), min_size=3, max_size=4),
        items=wanted,
        shares=st.lists(allocations, max_size=2),
    )
    def start(self, rate: float, drawn: list[tuple[int, int, Json]], items: list[Json], shares: list[float]) -> None:
        """Two instances with line items, priced."""
        for name in ("one", "two"):
            made = self.play.send("addInstance", body={"shortName": Tag(name), "accountId": Tag("acme")})
            self.instances.append(made)
        for body in (
            table(SERIES[0], "1", {("photo", "1"): 3, ("cad", ""): rate, ("free", ""): 0}),
            table(SERIES[1], "1", {("photo", "1"): 7, ("cad", ""): 0.1}),
        ):
            self.play.send("postRateTables", body=body)
        self.play.send("getRateTables")
        self.play.send("getTenantConfigurations")
        for number, (place, quantity, more) in enumerate(drawn):
            end = [35 * 24 * HOUR + 7, FAR][number // 2]
            self.map(place, NAMES[number % 3], line(NAMES[number % 3], quantity, SERIES[number % 2], end=end, **more))
        for number, dept in enumerate(("eng", "pm")[: len(shares)]):
            self.add_condition(0, [{"name": dept, "key": "dept", "operator": "IN", "values": [dept]}], number)
        if shares and self.mapped[0]:
            self.save_actions(
                0, self.mapped[0][0], [("ALLOW", 4 + number, one) for number, one in enumerate(shares)], 1
            )
        self.open(0, {"type": "user", "value": "ann", "dictionary": {"dept": "eng"}}, items, 0)

    def map(self, place: int, name: str, body: Json) -> None:
        """A line item, new or as it is to be."""
        made = self.play.send("addActivation", self.path(place), body)
        if made.ok and name not in self.mapped[place]:
            self.mapped[place].append(name)

    @rule(
        place=places,
        name=names,
        state=st.sampled_from(["DEPLOYED", "DEPLOYED", "DEPLOYED", "INACTIVE", "OBSOLETE"]),
        quantity=quantities,
        start=st.one_of(st.just(LONG_AGO), st.just(LONG_AGO), offsets),
        end=st.one_of(st.just(FAR), offsets),
        group=groups,
        more=overdrafts,
        pick=picks,
    )
    def put_line(self, place: int, name: str, state: str, quantity: int, pick: int, **drawn: Any) -> None:
        """Map or change a line item, perhaps wrongly."""
        more = drawn["more"] | ({"elastic": False} if pick == 7 else {})  # noqa: PLR2004  # one in eight
        body = line(name, quantity, drawn["group"], start=drawn["start"], end=drawn["end"], **more)
        self.map(place, name, body | {"state": state} | ({"used": 5} if pick == 3 else {}))  # noqa: PLR2004  # as above
        self.read(place, pick % 2 * 3)

    @rule(place=places, name=names, quantity=quantities, again=st.booleans())
    def retire(self, place: int, name: str, quantity: int, *, again: bool) -> None:
        """Whatever the line item's state, it is deleted, and perhaps mapped anew."""
        self.map(place, name, line(name, quantity, SERIES[0]) | {"state": "OBSOLETE"})
        if self.play.send("deleteLineItem", self.of(place, name)).ok:
            self.mapped[place].remove(name)
            self.actions.pop((place, name), None)
        self.play.send("getLineItemById", self.of(place, name))
        if again:
            self.map(place, name, line(name, quantity, SERIES[0]))
        self.read(place, 0)

    @rule(group=groups, version=st.sampled_from("1234"), since=st.one_of(st.just(LONG_AGO), offsets), priced=prices)
    def post_table(self, group: Any, version: str, since: int, priced: dict[tuple[str, str], float]) -> None:
        """A rate table, in effect or not yet."""
        self.play.send("postRateTables", body=table(group, version, priced, since))
        self.play.send("getRateTables")

    @rule(group=groups, version=st.sampled_from("1234"))
    def delete_table(self, group: Any, version: str) -> None:
        """A rate table, in effect or not."""
        self.play.send("deleteRateTables", query=[("series", group), ("version", version)])
        self.play.send("getRateTables")

    @precondition(lambda self: self.play.can("fresh"))
    @rule(tolerant=st.booleans(), single=st.booleans())
    def configure(self, *, tolerant: bool, single: bool) -> None:
        """Nobody else's line items become usable by this where the target is fresh."""
        entry = {"name": "timezone.tolerant", "value": str(tolerant).lower()}
        self.play.send("patchTenantConfigurations", body=entry if single else [entry])
        self.play.send("getTenantConfigurations")

    @rule(name=st.sampled_from("xyz"), number=places, kind=places, pick=picks)
    def change_keys(self, name: str, number: int, kind: int, pick: int) -> None:
        """Upload, or delete one that was uploaded or not."""
        if pick < 3:  # noqa: PLR2004  # rather few
            path = {"keyId": Tag(name)}
            self.play.send(("deleteProducerAdminKey", "deleteClientKey")[kind], path)
        else:
            body = [{"id": Tag(name), "publicKey": PEMS[number]}]
            self.play.send(("producerAdminKeyUpload", "clientKeyUpload")[kind], body=body)
        self.play.send("getPublicKeys", query=[("size", "1000")])

    # Rules of access

    @rule(place=places, drawn=conditions, pick=picks)
    def add_condition(self, place: int, drawn: list[Json], pick: int) -> None:
        """New ones, or one that exists anew."""
        known, body = self.conditions[place], [dict(one) for one in drawn]
        if known and pick > 3:  # noqa: PLR2004  # every other time
            body[0]["id"] = known[pick % len(known)]
        operation = "patchConditions" if pick > 2 else "postConditionsOfAccess"  # noqa: PLR2004  # as above
        made = self.play.send(operation, self.path(place), {"conditions": body})
        if made.ok:
            known += [made.ref(number, "id") for number, one in enumerate(body) if "id" not in one]
        self.read(place, 2)

    @rule(place=places, pick=picks)
    def delete_condition(self, place: int, pick: int) -> None:
        """One or all."""
        known = self.conditions[place]
        if pick == 0:
            if self.play.send("deleteConditions", self.path(place)).ok:
                known.clear()
        else:
            one = [*known, NO_ID][pick % (len(known) + 1)]
            if self.play.send("deleteCondition", {**self.path(place), "conditionId": one}).ok:
                known.remove(one)  # type: ignore[arg-type]  # NO_ID is never deleted
        self.read(place, 2)

    @rule(place=places, name=names, drawn=rules_of_access, pick=picks)
    def save_actions(self, place: int, name: str, drawn: list[tuple[str, int, float]], pick: int) -> None:
        """New ones, beside some of those that exist or in their place."""
        body = self.drawn_actions(place, drawn)
        old = self.actions.get((place, name), [])
        if old and pick % 2:
            body = [{"action": "ALLOW", "allocation": pick, "id": old[pick % len(old)]}, *body][: pick or 1]
        operation = "createActions" if pick == 2 else "putActions"  # noqa: PLR2004  # now and then
        made = self.play.send(operation, self.of(place, name), body)
        if made.ok:
            self.actions[place, name] = [made.ref(number, "id") for number in range(len(body))]
        self.play.send("getActions", self.of(place, name))

    def drawn_actions(self, place: int, drawn: list[tuple[str, int, float]]) -> list[Json]:
        """Mostly good ones: the default last."""
        known, actions = self.conditions[place], []
        for number, (kind, pick, allocation) in enumerate(drawn if known else drawn[:1]):
            entry: Json = {"name": f"n{number}", "action": kind}
            if known and (number < len(drawn) - 1 or pick > 2):  # noqa: PLR2004  # more with than without
                entry["conditionId"] = known[pick % len(known)]
            if kind == "ALLOW" and (pick > 0 or "conditionId" in entry):
                entry["allocation"] = allocation
            if kind == "DENY" and pick == 7:  # noqa: PLR2004  # now and then
                entry["conditionId"] = NO_ID
            actions.append(entry)
        return actions

    @rule(place=places, name=names)
    def delete_actions(self, place: int, name: str) -> None:
        """All of a line item."""
        if self.play.send("deleteActions", self.of(place, name)).ok:
            self.actions.pop((place, name), None)
        self.read(place, 1)

    # Being charged

    @rule(place=places, requester=requesters, items=wanted)
    def one_off(self, place: int, requester: Json, items: list[Json]) -> None:
        """Outside of sessions."""
        body = {"requester": requester, "requestedItems": items}
        self.play.send("postAccessRequest", self.path(place), body)
        self.read(place, len(items) % 2)

    @rule(place=places, requester=requesters, items=wanted, pick=picks)
    def open(self, place: int, requester: Json, items: list[Json], pick: int) -> None:
        """A session with its first items."""
        made = self.play.send("createSession", body={"instanceId": self.path(place)["instanceId"]})
        if made.ok:
            self.sessions.append((place, made.ref("sessionId")))
            self.request(len(self.sessions[-4:]) - 1, requester, items[:2], rollback=pick > 0)

    def request(self, pick: int, requester: Json, items: list[Json], *, rollback: bool) -> None:
        """New items for a session."""
        place, path = self.session(pick)
        body = {"requester": requester, "rollbackOnDeny": rollback, "requestedItems": items}
        self.play.send("putSessionAccessRequest", path, body)
        self.play.send("getSession", path)
        self.read(place, 0)

    @precondition(lambda self: self.sessions)
    @rule(pick=picks, requester=requesters, items=wanted, after=spans, rollback=st.booleans())
    def replace(self, pick: int, requester: Json, items: list[Json], after: int, *, rollback: bool) -> None:
        """Other items."""
        self.move(after)
        self.request(pick, requester, items, rollback=rollback)

    @precondition(lambda self: self.sessions)
    @rule(pick=picks, requester=requesters, after=spans)
    def halt(self, pick: int, requester: Json, after: int) -> None:
        """No items."""
        self.move(after)
        self.request(pick, requester, [], rollback=True)
        self.read(self.session(pick)[0], 7)

    @precondition(lambda self: self.sessions)
    @rule(pick=picks, after=spans)
    def heartbeat(self, pick: int, after: int) -> None:
        """In time or not."""
        self.move(after)
        place, path = self.session(pick)
        self.play.send("getHeartbeat", path)
        self.read(place, 7)

    @precondition(lambda self: self.sessions)
    @rule(pick=picks, after=spans)
    def close(self, pick: int, after: int) -> None:
        """One that lives or not."""
        self.move(after)
        place, path = self.session(pick)
        self.play.send("closeSession", path)
        self.play.send("getSession", path)
        self.read(place, pick % 2)

    @precondition(lambda self: self.play.can("clock"))
    @rule(span=leaps, place=places, pick=picks)
    def wait(self, span: int, place: int, pick: int) -> None:
        """What time brings."""
        self.move(span)
        self.read(place, pick)

    # Who may not, and what may not be

    @precondition(lambda self: self.play.can("second"))
    @rule(place=places, pick=picks, by=st.sampled_from(["second", "nobody", "stranger"]), name=names)
    def trespass(self, place: int, pick: int, by: Any, name: str) -> None:
        """What another tenant, or nobody, tries."""
        path, body = self.of(place, name), {"requester": {"type": "user", "value": "eve"}, "requestedItems": []}
        operation, sent = [
            ("getActivationsForInstance", NOTHING),
            ("deleteActions", NOTHING),
            ("addActivation", line(name, 1, SERIES[0])),
            ("deleteConditions", NOTHING),
            ("postAccessRequest", body),
            ("putActions", []),
            ("getInstance", NOTHING),
            ("getConditionsOfAccess", NOTHING),
        ][pick]
        self.play.send(operation, path, sent, identity=by, expect=(404 if by == "second" else 401,), rule="C1.3")
        self.read(place, pick)

    @rule(place=places, name=names, pick=picks)
    def spoil(self, place: int, name: str, pick: int) -> None:
        """A body that is not valid."""
        body, path = line(name, 5, SERIES[0]), self.of(place, name)
        broken: Any = [
            body | {"quantity": 0},
            body | {"end": body["start"]},
            body | {"attributes": {"elastic": True, "color": "red"}},
            body | {"state": "LOST"},
            body | {"start": "today"},
            b"{",
            {name: body[name] for name in body if name != "quantity"},
            [],
        ][pick]
        self.play.send("addActivation", path, broken, expect=(400,), rule="C2.3")
        self.play.send("addActivation", path, body, media="text/plain", expect=(415,), rule="C5")
        self.read(place, 0)
