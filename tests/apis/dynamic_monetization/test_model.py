"""The sandbox beside a reference model, whatever is asked of the two and however their clocks move (C4, G1 to G41).

The default profile takes seconds; `pytest --hypothesis-profile=explore` walks tens of thousands of steps.
"""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from sandbox.kernel.clock import iso_ms
from tests.apis.dynamic_monetization.model import LIVE, Model, split
from tests.apis.dynamic_monetization.model_draws import (
    allocations,
    asked,
    overdrafts,
    picks,
    places,
    quantities,
    rates,
    read,
    requesters,
    same,
    spans,
)
from tests.apis.dynamic_monetization.model_machine import API, ELASTIC, LEVERS, PROVISIONING, START, Settings, client
from tests.apis.dynamic_monetization.model_tenant import DAY, HOUR, MINUTE, Json

JOHN = {"type": "user", "value": "John"}
RATES = {("PhotoPrint", "1.0"): 3, ("CADPrint", "2.0"): 7, ("Free", ""): 0}


def item(name: str, quantity: int, **other: Any) -> Json:
    """A line item that ends later the later its name."""
    attributes = {"elastic": True, "rateTableSeries": other.pop("series", "")} | other.pop("attributes", {})
    body = {"activationId": name, "state": "DEPLOYED", "quantity": quantity, "attributes": attributes}
    return body | {"start": START - DAY, "end": START + 90 * DAY + ord(name[-1])} | other


def table(version: str, prices: dict[tuple[str, str], Any], **other: Any) -> Json:
    items = [{"name": name, "version": of, "rate": Fraction(rate)} for (name, of), rate in prices.items()]
    return {"series": "", "version": version, "effectiveFrom": START - DAY, "items": items} | other


def setting(*items: Json) -> tuple[Model, Json]:
    model = Model(START)
    model.add_instance({"shortName": "one", "accountId": "ACME"}, "i1")
    model.post_table(table("1", RATES))
    for one in items:
        assert model.put_line_item(model.instances[0], one)[0] == 200
    model.create_session(model.instances[0], "s1")
    return model, model.sessions[0]


def request(*wanted: tuple[str, str, Any], rollback: bool = True, **dictionary: Any) -> Json:
    items = [{"item": name, "version": version, "count": Fraction(count)} for name, version, count in wanted]
    requester = JOHN | {"dictionary": dictionary}
    return {"requester": requester, "rollbackOnDeny": rollback, "requestedItems": items}


PHOTOS, CADS = ("PhotoPrint", "1.0", 1), ("CADPrint", "2.0", 8)


def taken(body: Json) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Code and charges of each item."""
    return [
        (one["status"]["code"], [(line["activationId"], line["tokensCharged"]) for line in one["lineItems"]])
        for one in body["requestedItems"]
    ]


def used(model: Model) -> list[Fraction]:
    return [one["used"] for one in model.instances[0]["items"]]


def test_the_model_charges_what_the_vendor_charges() -> None:
    model, _ = setting(item("ACT01", 1000))
    body = model.access_request(model.instances[0], request(("PhotoPrint", "1.0", 10), ("CADPrint", "2.0", 2)))[1]
    assert taken(body) == [("101", [("ACT01", 30)]), ("101", [("ACT01", 14)])]  # S17
    assert used(model) == [44]  # S34
    model, session = setting(item("ACT01", 10), item("ACT02", 100))
    status, body = model.put_session(session, request(PHOTOS, CADS))
    assert (status, taken(body)) == (200, [("101", [("ACT01", 3)]), ("101", [("ACT01", 7), ("ACT02", 49)])])  # S29
    status, body = model.put_session(session, request(("PhotoAlbum", "1.0", 1), ("PhotoPrint", "1.0", 5)))
    assert (status, taken(body)) == (403, [("201", []), ("102", [])])  # S30
    assert [one["count"] for one in body["requestedItems"]] == [1, 5]
    assert used(model) == [10, 49]


def test_the_model_converts_the_rest_to_the_next_rate_and_rounds_it_once() -> None:
    first: Json = {"used": Fraction(0), "quantity": 10, "attributes": {}}
    full: Json = {"used": Fraction(10), "quantity": 10, "attributes": {}}
    unlimited: Json = {"used": Fraction(0), "quantity": 1, "attributes": {"overdraftType": "Unlimited"}}
    offers = [(first, Fraction(3), None), (full, Fraction(5), None), (unlimited, Fraction(7), None)]
    charges = split(offers, Fraction(5))
    assert charges is not None
    assert [one["tokens"] for one in charges] == [10, Fraction("11.666666667")]


@pytest.mark.parametrize(
    ("minutes", "kept", "left", "state"),
    [(20, False, "1", "ACTIVE"), (90, False, "2", "ACTIVE"), (91, False, "1", "TERMINATED"), (91, True, "2", "ACTIVE")],
)
def test_the_model_charges_by_the_hour_while_heartbeats_come(
    minutes: int, left: str, state: str, *, kept: bool
) -> None:
    model, session = setting(item("ACT01", 6))
    model.put_session(session, request(PHOTOS))
    model.keep(session, kept=kept)
    model.move_to(START + minutes * MINUTE)
    assert (used(model), session["state"]) == ([3 * Fraction(left)], state)
    model.move_to(START + 40 * DAY)
    assert session["state"] == "TERMINATED"
    assert used(model) == [6 if kept else 3]  # the third hour cannot be covered


def test_the_model_refunds_what_is_left_of_the_hour() -> None:
    model, session = setting(item("ACT01", 10), item("ACT02", 100))
    model.put_session(session, request(CADS))
    model.move_to(START + 20 * MINUTE)
    assert model.close(session) == (204, None)  # S25: 40 of 60 minutes
    assert used(model) == [Fraction("3.333333333"), Fraction("15.333333333")]
    assert model.close(session)[0] == model.heartbeat(session)[0] == model.put_session(session, request())[0] == 403


@pytest.mark.parametrize("rollback", [True, False])
def test_the_model_denies_without_a_trace_or_with_a_refund(*, rollback: bool) -> None:
    model, session = setting(item("ACT01", 10))
    model.put_session(session, request(PHOTOS))
    model.move_to(START + 30 * MINUTE)
    status, body = model.put_session(session, request(PHOTOS, CADS, rollback=rollback))
    assert (status, taken(body)) == (403, [("102", []), ("202", [])])
    assert used(model) == [3 if rollback else Fraction("1.5")]
    assert (session["state"], session["until"]) == (("ACTIVE", START + HOUR) if rollback else ("TERMINATED", 0))


def test_the_model_lets_each_department_take_its_share() -> None:
    model, _ = setting(item("abc123", 200))
    (instance,) = model.instances
    products = {"name": "p", "key": "dept", "operator": "IN", "values": ["Product Management", "Product Marketing"]}
    engineers = {"name": "e", "key": "dept", "operator": "IN", "values": ["Engineering"]}
    model.save_conditions(instance, [engineers, products], ["c1", "c2"])
    actions = [
        {"name": "n", "action": "ALLOW", "conditionId": name, "allocation": Fraction(most)}
        for name, most in (("c1", 150), ("c2", 50))
    ]
    assert model.put_actions(instance, "abc123", actions, ["a1", "a2"])[0] == 200
    fifty = ("PhotoPrint", "1.0", Fraction(50, 3))
    for dept, code in (
        ("Engineering", "101"),
        ("Product Marketing", "101"),
        ("Product Management", "202"),
        ("HR", "203"),
    ):
        assert taken(model.access_request(instance, request(fifty, dept=dept))[1])[0][0] == code  # S15
    assert [one["used"] for one in model.shown_actions(instance["items"][0])] == [50, 50]
    assert model.delete_conditions(instance)[0] == model.delete_conditions(instance, "c1")[0] == 409


def test_the_model_ends_a_halted_session_after_30_days_and_keeps_a_deleted_line_item_for_refunds() -> None:
    model, session = setting(item("ACT01", 10))
    (instance,) = model.instances
    model.put_session(session, request(PHOTOS))
    model.put_line_item(instance, item("ACT01", 10, state="OBSOLETE"))
    assert model.delete_line_item(instance, "ACT01") == (204, None)
    model.move_to(START + 30 * MINUTE)
    model.put_line_item(instance, item("ACT01", 10))
    assert used(model) == [3]
    model.put_session(session, request())
    assert (used(model), session["state"]) == ([Fraction("1.5")], "IDLE")
    model.move_to(START + 30 * MINUTE + 30 * DAY - 1)
    assert session["state"] == "IDLE"
    model.move_to(START + 30 * MINUTE + 30 * DAY)
    assert session["state"] == "TERMINATED"


class Histories(Settings):
    """Every read agrees after each step."""

    @initialize(
        rate=rates,
        drawn=st.lists(st.tuples(places, quantities, overdrafts), min_size=3, max_size=4),
        items=st.lists(asked, min_size=1, max_size=2),
        shares=st.lists(allocations, max_size=2),
    )
    def start(self, rate: Fraction, drawn: Any, items: list[list[Json]], shares: list[Fraction]) -> None:
        self.set_up(rate, drawn)
        for dept in ("eng", "pm")[: len(shares)]:
            self.save_conditions(0, [{"name": dept, "key": "dept", "operator": "IN", "values": [dept]}], 7)
        self.save_actions(0, 0, [("ALLOW", number, share) for number, share in enumerate(shares, 4)], [], post=False)
        for some in items:
            self.begin(0, {"type": "user", "value": "ann", "dictionary": {"dept": "eng"}}, some, kept=True)

    # Requests

    @rule(place=places, requester=requesters, items=asked, pick=picks)
    def one_off(self, place: int, requester: Json, items: list[Json], pick: int) -> None:
        instance, request = self.instance(place), {"requester": requester, "requestedItems": items}
        path = f"{ELASTIC}/instances/{instance['id']}/access-request"
        got = self.call("POST", path, request, self.role(instance, pick))
        same(got, self.model.access_request(instance, request))

    def create_session(self, place: int, pick: int) -> None:
        instance = self.instance(place)
        got = self.call("POST", f"{API}/sessions", {"instanceId": instance["id"]}, self.role(instance, pick))
        assert got.status == 200
        assert got.json.keys() == {"sessionId"}
        self.model.create_session(instance, got.json["sessionId"])

    def put(self, session: Json, request: Json, pick: int) -> None:
        got = self.call("PUT", f"{API}/sessions/{session['id']}", request, self.role(session["instance"], pick))
        same(got, self.model.put_session(session, request))

    @rule(place=places, requester=requesters, items=asked, kept=st.sampled_from([True, True, False]))
    def begin(self, place: int, requester: Json, items: list[Json], *, kept: bool) -> None:
        self.create_session(place, len(items))
        session = self.model.sessions[-1]
        self.put(session, {"requester": requester, "rollbackOnDeny": True, "requestedItems": items[:2]}, 1)
        self.keep(session, kept=kept)

    @precondition(lambda self: self.model.sessions)
    @rule(pick=picks, requester=requesters, items=asked, after=spans, rollback=st.booleans())
    def replace(self, pick: int, requester: Json, items: list[Json], after: int, *, rollback: bool) -> None:
        self.move(after)
        request = {"requester": requester, "rollbackOnDeny": rollback, "requestedItems": items}
        self.put(self.session(pick), request, pick)

    @precondition(lambda self: self.model.sessions)
    @rule(pick=picks, requester=requesters, after=spans)
    def halt(self, pick: int, requester: Json, after: int) -> None:
        self.move(after)
        self.put(self.session(pick), {"requester": requester, "rollbackOnDeny": True, "requestedItems": []}, pick)

    @precondition(lambda self: self.model.sessions)
    @rule(pick=picks, after=spans)
    def heartbeat(self, pick: int, after: int) -> None:
        self.move(after)
        session = self.session(pick)
        role = self.role(session["instance"], pick)
        got = self.call("GET", f"{API}/sessions/{session['id']}/heartbeat", role=role)
        same(got, self.model.heartbeat(session))

    @precondition(lambda self: self.model.sessions)
    @rule(pick=picks, after=spans)
    def close(self, pick: int, after: int) -> None:
        self.move(after)
        session = self.session(pick)
        got = self.call("DELETE", f"{API}/sessions/{session['id']}", role=self.role(session["instance"], pick))
        same(got, self.model.close(session))

    def keep(self, session: Json, *, kept: bool) -> None:
        live = session["state"] in LIVE
        got = client().put(f"{LEVERS}/sessions/{session['id']}/heartbeats", {"kept": kept}, token=None)
        assert got.status == (200 if live else 409)
        if live:
            self.model.keep(session, kept=kept)

    @precondition(lambda self: self.model.sessions)
    @rule(pick=picks, lever=st.sampled_from(["keep", "keep", "keep", "stop", "miss", "fail"]))
    def pull(self, pick: int, lever: str) -> None:
        session = self.session(pick)
        if lever in {"keep", "stop"}:
            self.keep(session, kept=lever == "keep")
            return
        path, live = f"{LEVERS}/sessions/{session['id']}", session["state"] in LIVE
        got = client().post(f"{path}/{'missed-heartbeat' if lever == 'miss' else 'fail'}", token=None)
        assert got.status == (200 if live else 409)
        if live and lever == "fail":
            self.model.close(session, "FAILED")
        elif live:
            session["miss"] = True

    # Time

    def move(self, span: int) -> None:
        if not span:
            return
        got = client().post("/__admin/clock/shift", {"by": span / 1000}, token=None)
        assert got.status == 200, got
        assert "agenda.failed" not in got.body.decode()
        self.model.move_to(self.model.now + span)

    @rule(
        span=st.sampled_from(
            [1, 1000, 7 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 90 * MINUTE, 12 * HOUR, 3 * DAY, 40 * DAY]
        )
    )
    def shift(self, span: int) -> None:
        self.move(span)

    @rule(data=st.data(), beside=st.sampled_from([0, 0, -1, 1]))
    def shift_to_an_edge(self, data: st.DataObject, beside: int) -> None:
        model = self.model
        edges = [at for at, *_ in model.due()] + [one["effectiveFrom"] for one in model.tables]
        edges += [at for key in model.keys.values() for at, _ in key["history"]]
        for item in (one for instance in model.instances for one in instance["items"]):
            edges += [item["start"], item["end"], item["start"] - 12 * HOUR, item["end"] + 12 * HOUR]
        spans = sorted({at + beside - model.now for at in edges if 0 < at + beside - model.now <= 40 * DAY})
        if spans:
            self.move(data.draw(st.sampled_from(spans)))

    # What always holds

    @invariant()
    def settings_agree(self) -> None:
        same(self.call("GET", f"{PROVISIONING}/rate-tables"), (200, self.model.tables))
        keys = read(self.call("GET", f"{API}/public-keys"))["keys"]
        assert [(one["type"], one["id"], one["publicKey"], one["created"]) for one in keys] == [
            (*name, key["publicKey"], key["created"]) for name, key in self.model.keys.items() if key["listed"]
        ]
        content = read(self.call("GET", f"{PROVISIONING}/instances"))["content"]
        assert content == [one["shown"] for one in self.model.instances]

    @invariant()
    def instances_agree(self) -> None:
        for instance in self.model.instances:
            url = f"instances/{instance['id']}"
            items = read(self.call("GET", f"{PROVISIONING}/{url}/line-items"))
            assert items == [self.model.shown_item(item) for item in instance["items"]]
            actions = read(self.call("GET", f"{API}/{url}/line-items/actions"))["lineItems"]
            assert actions == [
                {"lineItemId": item["activationId"], "actions": self.model.shown_actions(item)}
                for item in instance["items"]
                if item["attributes"].get("elastic")
            ]
            assert read(self.call("GET", f"{API}/{url}/conditions")) == instance["conditions"]
            self.check_used(instance, items)

    def check_used(self, instance: Json, items: list[Json]) -> None:
        """Σ charges - Σ refunds = used, and no charge took it above quantity + overdraft; as the sandbox says."""
        for item, shown in zip(instance["items"], items, strict=True):
            booked = [entry for entry in self.model.ledger if entry["item"] is item]
            assert sum(entry["tokens"] for entry in booked) == shown["used"]
            for action in item["actions"]:
                assert sum(entry["tokens"] for entry in booked if entry["action"] is action) == action["used"]
            most = {"Unlimited": None, "Number": shown["attributes"].get("overdraftLimit"), None: 0}[
                shown["attributes"].get("overdraftType")
            ]
            before = self.used.get((instance["id"], item["activationId"]), 0)
            assert most is None or shown["used"] <= max(before, shown["quantity"] + most)
            self.used[instance["id"], item["activationId"]] = shown["used"]

    @invariant()
    def sessions_agree(self) -> None:
        for instance in self.model.instances:
            live = [one for one in self.model.sessions if one["instance"] is instance and one["state"] in LIVE]
            got = self.call("GET", f"{API}/sessions?instanceId={instance['id']}")
            same(got, (200, [self.model.shown_session(one) for one in reversed(live)]))
        for session in self.model.sessions:
            same(self.call("GET", f"{API}/sessions/{session['id']}"), (200, self.model.detail(session)))
            known = client().get(f"{LEVERS}/sessions/{session['id']}", token=None).json
            limit = session["limit"]
            assert known["heartbeatDue"] == (None if limit is None else iso_ms(limit))
            if session["state"] in LIVE:
                assert (known["heartbeatsKept"], known["missesNext"]) == (session["kept"], session["miss"])

    @invariant()
    def hours_are_paid_once_and_refunds_are_no_more_than_that(self) -> None:
        for session in self.model.sessions:
            ends = [end for _, end in session["periods"]]
            starts = [start for start, _ in session["periods"]]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        kept: dict[tuple[int, int], Fraction] = {}
        for entry in self.model.ledger:
            period = (id(entry["session"]), entry["start"])
            kept[period] = kept.get(period, Fraction(0)) + entry["tokens"]
        assert all(tokens >= 0 for tokens in kept.values())


Histories.TestCase.settings = settings(stateful_step_count=40)
TestHistories = Histories.TestCase
