"""Starting data: the scenarios that ship, what a user's own may say, determinism, and every kind of mistake."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sandbox import assets
from sandbox.apis.monetize360 import seed
from sandbox.apis.monetize360.records import Execution, Mobject
from sandbox.apis.monetize360.state import EXECUTIONS, MDATA, MOBJECT_NAMES, MOBJECTS, TOKENS, UNIQUE, WORKFLOWS
from sandbox.kernel.clock import iso
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.kernel.webhooks import DELIVERIES, SUBSCRIPTIONS
from sandbox.kernel.world import World
from sandbox.server import all_apis
from tests.client import M360, make_client_of

NOW = "2024-01-15T10:30:00Z"
CUSTOMER = "3f9a1ea8-5d9a-4f2b-a8f6-8f6b5d9a1ea9"
JOHN = "7f8a2ea8-6d9a-5f3b-b9f7-9f7b6d9a2eb1"
SHIPPED = tuple(assets.scenario_names())

Section = dict[str, Any]


def seeded(name: str, **start: Any) -> World:
    """The World of a scenario that ships."""
    return Sandbox(all_apis(), assets.library(), Start(name, **start)).get(DEFAULT).world


def world_of(section: Section, *, include: Iterable[str] = (), clock: str = NOW, **start: Any) -> World:
    """The World of a scenario of the test's own."""
    text = yaml.safe_dump({"include": list(include), "clock": clock, "monetize360": section}, sort_keys=False)

    def read(name: str) -> tuple[str, str]:
        return ("own.yaml", text) if name == "own" else assets.read_scenario_file(name)

    return Sandbox(all_apis(), Library(("own",), read), Start("own", **start)).get(DEFAULT).world


def records(world: World, mobject: str) -> list[dict[str, Any]]:
    return [orjson.loads(row) for row in world.store.all(MDATA.of(mobject))]


def data(world: World, mobject: str) -> list[dict[str, Any]]:
    return [record["data"] for record in records(world, mobject)]


def thing(fields: Section | None = None, **more: Any) -> Section:
    """An object ``thing`` with these fields."""
    made: Section = {"id": "thing", "name": "Thing", "description": "For a test", **more}
    if fields is not None:
        made["schema"] = {"type": "object", "properties": fields}
    return made


def generated(field: Section, hint: Section | None = None, count: int = 200, **more: Any) -> list[Any]:
    """What is generated for a field of its own."""
    hints = {} if hint is None else {"k": hint}
    world = world_of({"mobjects": [thing({"k": field}, generate={"count": count, "fields": hints}), *more.values()]})
    return [row["k"] for row in data(world, "thing")]


def holds(world: World) -> None:
    """Every record is one that the API itself would have taken."""
    for mobject in world.store.all(MOBJECTS):
        rows = records(world, mobject.id)
        for record in rows:
            mobject.fields.validate(record["data"])
            assert record["mobjectId"] == mobject.id
            assert record["createdAt"] <= record["updatedAt"]
            for field, target in mobject.fields.lookups:
                key = record["data"].get(field)
                assert key is None or world.store.get(MDATA.of(target), key) is not None
        assert [r["createdAt"] for r in rows] == sorted(r["createdAt"] for r in rows)
        _unique_holds(world, mobject, rows)


def _unique_holds(world: World, mobject: Mobject, rows: list[dict[str, Any]]) -> None:
    for field in mobject.fields.unique:
        values = [value for row in rows if (value := row["data"].get(field)) is not None]
        assert len(set(map(orjson.dumps, values))) == len(values)
        assert len(world.store.all(UNIQUE.of(f"{mobject.id}/{field}"))) == len(values)


# The scenarios that ship


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize(("number", "scale"), [(0, 1), (7, 0.05), (11, 2.5)])
def test_what_ships_loads_and_holds_to_its_schemas(name: str, number: int, scale: float) -> None:
    holds(seeded(name, seed=number, scale=scale))


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_has_the_three_tokens_of_the_vendors_page(name: str) -> None:
    tokens = [(token.token, token.tier, token.limit.most) for token in seeded(name).store.all(TOKENS)]
    assert tokens == [
        ("YOUR_API_TOKEN", "standard", 100),
        ("YOUR_API_TOKEN_PREMIUM", "premium", 1_000),
        ("YOUR_API_TOKEN_ENTERPRISE", "enterprise", 1_000_000),
    ]


def test_empty_has_nothing_but_credentials() -> None:
    assert {name for name, rows in seeded("empty").store.root.items() if len(rows)} == {
        TOKENS.name,
        "moonify.services",
        "moonify.keys",
        "dynamic_monetization.keys",
        "dynamic_monetization.signers",
        "dynamic_monetization.stages",
    }


@pytest.mark.parametrize("name", ["docs", "demo"])
def test_the_ids_of_the_vendors_page_are_there(name: str) -> None:
    store = seeded(name).store
    john = store.get(MDATA.of(CUSTOMER), JOHN)
    assert john is not None
    assert orjson.loads(john) == {
        "id": JOHN,
        "mobjectId": CUSTOMER,
        "data": {"name": "John Doe", "email": "john@example.com", "status": "active", "tier": "premium"},
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert len(store.all(MDATA.of(CUSTOMER))) == 500
    assert {row["data"]["status"] for row in records(seeded(name), "mobject-id")} == {"active", "inactive"}
    assert store.get(SUBSCRIPTIONS, "webhook-id") is not None
    states = {w.id: (w.status, w.outcome, w.queue > 0) for w in store.all(WORKFLOWS) if w.id.endswith("workflow-id")}
    assert states == {
        "workflow-id": ("active", "completed", False),
        "waiting-workflow-id": ("active", "waiting", False),
        "failing-workflow-id": ("active", "failed", False),
        "slow-workflow-id": ("active", "completed", True),
        "inactive-workflow-id": ("inactive", "completed", False),
    }


def test_docs_has_the_execution_of_the_vendors_page_and_three_that_wait() -> None:
    world = seeded("docs")
    assert (iso(world.now), world.clock.mode) == (NOW, "frozen")
    done = world.store.get(EXECUTIONS.of("workflow-id"), "exec-789-xyz")
    assert done is not None
    assert (done.status, iso(done.started_at or 0), iso(done.completed_at or 0)) == (
        "completed",
        NOW,
        "2024-01-15T10:30:15Z",
    )
    assert done.output == {
        "orderId": "ord-456",
        "status": "success",
        "result": {"customerId": "cust-123", "amount": 250.0, "action": "process"},
    }
    waiting = list(world.store.all(EXECUTIONS.of("waiting-workflow-id")))
    assert [(e.id, e.status, e.final) for e in waiting] == [
        ("exec-794-mno", "waiting", False),
        ("exec-795-pqr", "waiting", False),
        ("exec-796-stu", "waiting", False),
    ]
    assert len(world.store.all(DELIVERIES)) == 0


def test_docs_has_an_object_of_the_platform_itself() -> None:
    system = [mobject.id for mobject in seeded("docs").store.all(MOBJECTS) if mobject.system]
    assert system == ["system-mobject-id"]


def test_demo_runs_from_now() -> None:
    assert seeded("demo").clock.mode == "running"


def month_of(day: str) -> int:
    """Its number since the beginning of our era."""
    return int(day[:4]) * 12 + int(day[5:7])


@pytest.mark.parametrize("scale", [0.3, 1])
def test_demo_tells_a_story_that_adds_up(scale: float) -> None:
    world = seeded("demo", clock=NOW, scale=scale)
    today = NOW[:10]
    plans, accounts, subscriptions = (
        {r["id"]: r["data"] for r in records(world, name)} for name in ("plan", "account", "subscription")
    )
    stages = {"trialing": "trial", "active": "customer", "past_due": "past_due", "canceled": "churned"}
    assert {s["status"] for s in subscriptions.values()} == set(stages)
    for sub in subscriptions.values():
        assert accounts[sub["account"]]["stage"] == stages[sub["status"]]
        assert sub["amount"] == plans[sub["plan"]]["price"] * sub["seats"]
        assert (sub["canceledOn"] is not None) == (sub["status"] == "canceled")
        assert (sub["trialEndsOn"] or "") >= (today if sub["status"] == "trialing" else "")
        assert sub["startedOn"] <= (sub["canceledOn"] or today)
    assert len({sub["account"] for sub in subscriptions.values()}) == len(accounts)
    for invoice in data(world, "invoice"):
        sub = subscriptions[invoice["subscription"]]
        assert invoice["account"] == sub["account"]
        assert invoice["total"] == pytest.approx(invoice["amount"] + invoice["tax"])
        assert sub["status"] != "trialing"
        assert sub["startedOn"] <= invoice["issuedOn"] <= today
        assert invoice["issuedOn"] <= (invoice["paidOn"] or today) <= today
        assert (invoice["paidOn"] is not None) == (invoice["status"] == "paid")
        assert (invoice["dueOn"] < today) or invoice["status"] != "overdue"
        assert (invoice["dueOn"] >= today) or invoice["status"] != "open"
    for key, sub in subscriptions.items():
        billed = sorted(i["issuedOn"] for i in data(world, "invoice") if i["subscription"] == key)
        first = month_of(sub["startedOn"])
        assert [month_of(day) for day in billed] == list(range(first, first + len(billed)))
        assert (len(billed) > sub["renewals"]) == (sub["status"] != "trialing")
        assert sub["renewsOn"] is None or (sub["renewsOn"] > today and month_of(sub["renewsOn"]) == first + len(billed))
    owing = {i["subscription"] for i in data(world, "invoice") if i["status"] == "overdue"}
    assert owing == {key for key, sub in subscriptions.items() if sub["status"] == "past_due"}


# Scale and determinism


def test_scale_changes_how_many_are_generated_and_nothing_else() -> None:
    item = thing({"k": {"type": "integer"}}, records=[{"data": {"k": 1}}], generate={"count": 40})
    few, many = (records(world_of({"mobjects": [item]}, scale=scale), "thing") for scale in (0.25, 2))
    assert (len(few), len(many)) == (1 + 10, 1 + 80)
    assert {orjson.dumps(row) for row in few} <= {orjson.dumps(row) for row in many}


@pytest.mark.parametrize(("count", "scale", "made"), [(3, 0.01, 1), (3, 0.5, 2), (0, 9, 0), (10, 100, 1_000)])
def test_a_scale_leaves_at_least_one(count: int, scale: float, made: int) -> None:
    world = world_of({"mobjects": [thing(generate={"count": count, "fields": {"k": {"value": 1}}})]}, scale=scale)
    assert len(records(world, "thing")) == made


BYSTANDERS: list[Section] = [
    {"name": f"Other{n}", "description": "Beside it", "generate": {"count": 3, "fields": {"k": {"faker": "name"}}}}
    for n in range(3)
]
SUBJECT = thing(
    {
        "name": {"type": "string"},
        "email": {"type": "string", "format": "email", "unique": True},
        "seats": {"type": "integer", "minimum": 1, "maximum": 9},
        "since": {"type": "date"},
        "friend": {"type": "lookup", "mobjectId": "thing"},
    },
    generate={"count": 8, "createdAt": {"within": "P90D"}, "fields": {"name": {"faker": "company"}}},
)
ALONE = {number: world_of({"mobjects": [SUBJECT]}, seed=number).store.all(MDATA.of("thing")) for number in (0, 1)}


@given(st.permutations([*BYSTANDERS, SUBJECT]), st.integers(1, 4), st.sampled_from([0, 1]))
def test_the_same_bytes_whatever_is_generated_before_or_beside(order: list[Section], kept: int, number: int) -> None:
    others = [item for item in order if item is not SUBJECT][: kept - 1]
    items = [item for item in order if item is SUBJECT or item in others]
    world = world_of({"mobjects": items}, seed=number)
    assert list(world.store.all(MDATA.of("thing"))) == list(ALONE[number])


def test_seeds_differ() -> None:
    first, second = ({orjson.loads(row)["id"] for row in rows} for rows in ALONE.values())
    assert not first & second


def test_a_field_more_changes_no_other() -> None:
    before = world_of({"mobjects": [SUBJECT]})
    more = {**SUBJECT["schema"]["properties"], "note": {"type": "text"}}
    after = world_of({"mobjects": [{**SUBJECT, "schema": {"type": "object", "properties": more}}]})
    assert data(before, "thing") == [{k: v for k, v in row.items() if k != "note"} for row in data(after, "thing")]


def test_moments_follow_the_clock_and_nothing_else_does() -> None:
    def shown(clock: str) -> list[tuple[str, str, int]]:
        rows = records(world_of({"mobjects": [SUBJECT]}, clock=clock), "thing")
        return [(row["id"], row["data"]["name"], row["data"]["seats"]) for row in rows]

    assert shown(NOW) == shown("2031-07-01T00:00:00Z")


# Values from the schema alone

PLAIN: list[Section] = [
    {"type": "string"},
    {"type": "string", "maxLength": 5},
    {"type": "string", "unique": True},
    {"type": "text"},
    {"type": "picklist", "picklistCategoryId": "c"},
    {"type": "boolean"},
    {"type": "date"},
    {"type": "string", "value": "fixed"},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "string", "options": [{"value": "a", "label": "A"}, {"value": "b"}]},
    {"type": "array", "options": [{"value": "a"}, {"value": "b"}, {"value": "c"}], "minItems": 2},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
    {"type": "array"},
    {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "integer"}}},
    {"type": "lookup", "mobjectId": "thing"},
    {"type": "string", "format": "uuid", "unique": True},
    {"type": "lookup", "mobjectId": "thing", "unique": True},
    {"type": "string", "format": "hostname"},
    {"type": "string", "format": "ipv4"},
    {"type": "string", "format": "ipv6"},
    {"type": "array", "items": {"type": "object", "properties": {"day": {"type": "date"}}}, "minItems": 4},
]
FIELDS = st.one_of(
    st.sampled_from(PLAIN),
    st.builds(lambda name: {"type": "string", "format": name}, st.sampled_from(["email", "date", "date-time", "uri"])),
    st.builds(
        lambda kind, low, width, step: {"type": kind, "minimum": low, "maximum": low + width, "step": step},
        st.sampled_from(["integer", "number", "currency"]),
        st.integers(-1000, 1000),
        st.integers(10, 5000),
        st.sampled_from([1, 5, 10]),
    ),
    st.builds(lambda low: {"type": "number", "minimum": low, "step": 0.25}, st.floats(-99, 99)),
    st.builds(lambda high: {"type": "currency", "exclusiveMaximum": high}, st.integers(-50, 50)),
)


@pytest.mark.parametrize("field", PLAIN, ids=str)
def test_every_kind_of_field_is_generated(field: Section) -> None:
    item = thing({"k": {**field, "required": True}}, generate={"count": 30})
    world = world_of({"mobjects": [item]})
    holds(world)
    assert len(data(world, "thing")) == 30
    assert all(row["k"] is not None for row in data(world, "thing"))


@given(st.dictionaries(st.sampled_from("abcdef"), FIELDS, min_size=1), st.integers(0, 99))
def test_what_is_generated_obeys_its_schema(fields: Section, number: int) -> None:
    item = thing(fields, generate={"count": 6})
    item["schema"]["required"] = sorted(fields)
    holds(world_of({"mobjects": [item]}, seed=number))


def test_numbers_reach_both_bounds() -> None:
    assert set(generated({"type": "integer", "minimum": 3, "maximum": 6})) == {3, 4, 5, 6}
    assert set(generated({"type": "number", "minimum": 0, "maximum": 1, "step": 0.5})) == {0, 0.5, 1}


def test_a_unique_field_is_unique_even_where_chance_repeats_itself() -> None:
    assert (
        len(set(generated({"type": "string", "format": "email", "unique": True}, {"choice": ["a@b.example"]}))) == 200
    )
    assert sorted(generated({"type": "integer", "unique": True, "minimum": 1, "maximum": 40}, count=40)) == [
        *range(1, 41)
    ]


def test_lookups_name_each_record_before_any_twice() -> None:
    plans = {
        "id": "plan",
        "name": "Plan",
        "description": "",
        "records": [{"id": f"p{n}", "data": {}} for n in range(7)],
    }
    named = generated({"type": "lookup", "mobjectId": "plan"}, count=21, plans=plans)
    assert sorted(named) == sorted([f"p{n}" for n in range(7)] * 3)


# Hints


def test_choice_goes_by_its_weights() -> None:
    found = generated({"type": "string"}, {"choice": ["a", "b", "c"], "weights": [8, 2, 0]}, count=500)
    assert set(found) == {"a", "b"}
    assert 350 < found.count("a") < 450


@pytest.mark.parametrize(
    ("field", "hint", "low", "high"),
    [
        ({"type": "date"}, {"within": "P10D"}, "2024-01-05", "2024-01-15"),
        ({"type": "date"}, {"within": ["P5D", "P10D"]}, "2024-01-05", "2024-01-10"),
        ({"type": "string", "format": "date-time"}, {"within": 60}, "2024-01-15T10:29:00Z", NOW),
        ({"type": "string"}, {"ahead": "PT1H"}, NOW, "2024-01-15T11:30:00Z"),
        ({"type": "date"}, {"ahead": ["P1D", "P2D"]}, "2024-01-16", "2024-01-17"),
    ],
)
def test_moments_lie_where_the_hint_says(field: Section, hint: Section, low: str, high: str) -> None:
    found = generated(field, hint)
    assert low <= min(found) < max(found) <= high


def test_hints_refer_to_other_fields_and_to_other_objects() -> None:
    plan = {
        "id": "plan",
        "name": "Plan",
        "description": "",
        "records": [{"id": "p", "data": {"name": "Très Chic!", "price": 9.99}, "createdAt": "2024-01-01T00:00:00Z"}],
    }
    item = thing(
        {
            "total": {"type": "currency"},
            "seats": {"type": "integer", "minimum": 2, "maximum": 9},
            "plan": {"type": "lookup", "mobjectId": "plan"},
            "code": {"type": "string"},
            "start": {"type": "date"},
            "due": {"type": "string", "format": "date-time"},
            "paid": {"type": "date"},
            "doubled": {"type": "integer"},
            "none": {"type": "string"},
        },
        generate={
            "count": 20,
            "createdAt": {"since": "plan.createdAt"},
            "updatedAt": {"from": "createdAt", "plus": 5},
            "fields": {
                "total": {"from": "plan.price", "times": "seats"},
                "code": {"template": "{ordinal:03d}/{plan.name:slug}/{none}{{}}"},
                "start": {"from": "createdAt"},
                "due": {"from": "start", "plus": "P14D"},
                "paid": {"since": "start", "until": "due"},
                "doubled": {"from": "seats", "times": 2},
                "none": {"value": None},
            },
        },
    )
    rows = records(world_of({"mobjects": [item, plan]}), "thing")
    for number, row in enumerate(rows, 1):
        made = row["data"]
        assert made["code"] == f"{number:03d}/tr-s-chic/{{}}"
        assert made["total"] == round(9.99 * made["seats"], 2)
        assert made["doubled"] == 2 * made["seats"]
        assert made["start"] == row["createdAt"][:10] >= "2024-01-01"
        assert (date.fromisoformat(made["due"][:10]) - date.fromisoformat(made["start"])).days == 14
        assert made["start"] <= made["paid"] <= NOW[:10]
        assert row["updatedAt"] > row["createdAt"]


STARTS = ("2023-10-31T09:30:00Z", "2023-12-15T00:00:00Z")


def test_a_group_can_come_again_every_month() -> None:
    start = {
        "name": "Start",
        "description": "",
        "records": [{"id": f"s{n}", "createdAt": at, "data": {}} for n, at in enumerate(STARTS)],
    }
    item = thing(
        {"start": {"type": "lookup", "mobjectId": "start"}, "day": {"type": "date"}, "n": {}, "end": {"type": "date"}},
        generate={
            "count": 2,
            "months": 3,
            "createdAt": {"from": "start.createdAt"},
            "fields": {
                "day": {"from": "createdAt"},
                "n": {"template": "{ordinal}"},
                "end": {"from": "day", "months": -13},
            },
        },
    )
    rows = records(world_of({"mobjects": [start | {"id": "start"}, item]}), "thing")
    assert len({row["id"] for row in rows}) == 6
    assert [(row["createdAt"], row["data"]["day"], row["data"]["end"]) for row in rows] == [
        ("2023-10-31T09:30:00Z", "2023-10-31", "2022-09-30"),
        ("2023-11-30T09:30:00Z", "2023-11-30", "2022-10-30"),
        ("2023-12-15T00:00:00Z", "2023-12-15", "2022-11-15"),
        ("2023-12-31T09:30:00Z", "2023-12-31", "2022-11-30"),
        ("2024-01-15T00:00:00Z", "2024-01-15", "2022-12-15"),
        ("2024-02-15T00:00:00Z", "2024-02-15", "2023-01-15"),
    ]
    assert [row["data"]["n"] for row in rows] == list("123456")


def test_a_lookup_can_ask_for_records_with_given_values() -> None:
    other = {
        "name": "Other",
        "description": "",
        "records": [{"id": f"o{n}", "data": {"state": "on" if n % 2 else "off", "n": n}} for n in range(6)],
    }
    assert set(generated({}, {"lookup": "Other", "where": {"state": "on"}}, other=other)) == {"o1", "o3", "o5"}
    found = generated({}, {"lookup": "Other", "where": {"state": "on", "n": [1, 2, 3]}}, other=other)
    assert set(found) == {"o1", "o3"}


def test_what_refers_to_a_null_is_null() -> None:
    fields: Section = {name: {} for name in ("gone", "copied", "moved", "multiplied", "later", "other")}
    hints = {
        "gone": {"nulls": 1},
        "copied": {"from": "gone"},
        "moved": {"from": "gone", "plus": "P1D"},
        "multiplied": {"from": "gone", "times": 2},
        "later": {"since": "gone"},
        "other": {"from": "friend.gone"},
    }
    item = thing(
        fields | {"friend": {"type": "lookup", "mobjectId": "thing"}},
        generate={"count": 2, "fields": hints | {"friend": {"value": None}}},
    )
    assert data(world_of({"mobjects": [item]}), "thing") == [dict.fromkeys([*fields, "friend"])] * 2


def test_nulls_are_a_share_of_any_hint_or_of_none() -> None:
    for hint in ({"nulls": 0.25}, {"nulls": 0.25, "choice": ["a"]}):
        found = generated({"type": "string"}, hint, count=400)
        assert 60 < found.count(None) < 140
    assert generated({"type": "string"}, {"nulls": 1}, count=5) == [None] * 5


def test_faker_takes_arguments_and_gives_what_json_can_say() -> None:
    assert set(generated({"type": "integer"}, {"faker": "random_int", "with": {"min": 4, "max": 6}})) == {4, 5, 6}
    price = generated(
        {"type": "number"}, {"faker": "pydecimal", "with": {"left_digits": 2, "right_digits": 1}}, count=3
    )
    assert all(type(value) is float for value in price)
    assert all(
        len(value) == 3 for value in generated({"type": "array"}, {"faker": "words", "with": {"nb": 3}}, count=3)
    )


def test_groups_are_told_apart() -> None:
    groups = [{"count": 3, "fields": {"k": {"value": "a"}}}, {"count": 2, "fields": {"k": {"value": "b"}}}]
    assert [row["k"] for row in data(world_of({"mobjects": [thing({"k": {}}, generate=groups)]}), "thing")] == [
        *"aaabb"
    ]


def test_records_stand_in_the_order_of_their_creation() -> None:
    item = thing(
        records=[
            {"id": "now", "data": {}},
            {"id": "old", "data": {}, "createdAt": "-P400D", "updatedAt": "+PT1H"},
            {"id": "then", "data": {}, "createdAt": "2024-01-15T10:29:59Z"},
        ],
        generate={"count": 5, "createdAt": {"within": "P300D"}, "fields": {"n": {"template": "{ordinal}"}}},
    )
    rows = records(world_of({"mobjects": [item]}), "thing")
    assert [row["id"] for row in rows if "n" not in row["data"]] == ["old", "then", "now"]
    assert [row["data"]["n"] for row in rows if "n" in row["data"]] == [*"12345"]
    assert (rows[0]["createdAt"], rows[0]["updatedAt"]) == ("2022-12-11T10:30:00Z", "2024-01-15T11:30:00Z")


# The other parts of a section


def test_executions_stand_in_every_state_and_go_on_from_there() -> None:
    workflow = {"id": "w", "name": "W", "duration": 60, "queue": "PT5S", "output": {"got": "{{data.a}}"}}
    failing = {"id": "f", "name": "F", "outcome": "failed", "error": {"code": "NO", "message": "No"}}
    world = world_of(
        {
            "workflows": [workflow, failing],
            "executions": [
                {"id": "e-pending", "workflow": "w", "status": "pending"},
                {"id": "e-running", "workflow": "w", "status": "running", "startedAt": "-PT20S"},
                {"id": "e-late", "workflow": "w", "status": "running", "startedAt": "-PT2M"},
                {"id": "e-waiting", "workflow": "w", "status": "waiting", "secondaryStatus": "Whom?"},
                {"id": "e-done", "workflow": "w", "status": "completed", "startedAt": "-P1D", "input": {"a": 1}},
                {"id": "e-said", "workflow": "w", "status": "completed", "completedAt": "+PT1S", "output": {"b": 2}},
                {"id": "e-failed", "workflow": "f", "status": "failed"},
            ],
        }
    )

    def found(key: str, workflow: str = "w") -> Execution:
        execution = world.store.get(EXECUTIONS.of(workflow), key)
        assert execution is not None
        return execution

    assert (found("e-pending").status, found("e-pending").started_at) == ("pending", None)
    assert (found("e-waiting").status, found("e-waiting").secondary_status) == ("waiting", "Whom?")
    assert (found("e-done").output, found("e-done").completed_at) == ({"got": 1}, world.now - 86_400_000 + 60_000)
    assert (found("e-said").output, found("e-said").completed_at) == ({"b": 2}, world.now + 1_000)
    assert found("e-failed", "f").error == {"code": "NO", "message": "No", "details": {}}
    assert [(item.kind, item.subject, item.at - world.now) for item in world.agenda] == [
        ("execution.finish", "e-late", 0),
        ("execution.start", "e-pending", 5_000),
        ("execution.finish", "e-running", 40_000),
    ]


def test_what_a_file_names_again_replaces_what_it_includes() -> None:
    world = world_of(
        {
            "tokens": [{"token": "YOUR_API_TOKEN", "tier": "enterprise", "limit": 5}],
            "workflows": [{"id": "workflow-id", "name": "Mine", "outcome": "failed"}],
            "mobjects": [{"name": "Customer", "description": "Mine", "records": [{"data": {"any": 1}}]}],
        },
        include=["docs"],
    )
    store = world.store
    token, workflow = store.get(TOKENS, "YOUR_API_TOKEN"), store.get(WORKFLOWS, "workflow-id")
    assert token is not None
    assert workflow is not None
    assert (token.tier, token.limit.most, workflow.name, workflow.outcome) == ("enterprise", 5, "Mine", "failed")
    assert store.get(MOBJECTS, CUSTOMER) is None
    assert len(store.all(MDATA.of(store.get(MOBJECT_NAMES, "Customer") or ""))) == 1
    assert store.get(MOBJECTS, "mobject-id") is not None


def test_a_users_own_scenario_end_to_end() -> None:
    client = make_client_of(
        """
title: Mine
include: [empty]
clock: 2030-06-01T00:00:00Z
monetize360:
  workflows:
    - { id: greet, name: Greet, output: { text: "Hello {{data.name}}" } }
  webhooks:
    - { id: hook, url: "https://example.com/hook", events: [mdata.deleted] }
  mobjects:
    - id: coupon
      name: Coupon
      description: A discount
      schema:
        type: object
        properties:
          code: { type: string, unique: true, pattern: "^[A-Z]{3}[0-9]{4}$" }
          percent: { type: number, minimum: 5, maximum: 50, step: 5 }
        required: [code]
      records: [{ id: first, data: { code: ABC0000, percent: 5 } }]
      generate: { count: 20, fields: { code: { template: "GET{ordinal:04d}" } } }
"""
    )
    listed = client.get(f"{M360}/mobjects/coupon/mdata?filter=code:contains:GET&sort=-code&limit=2").json
    assert [row["data"]["code"] for row in listed["data"]] == ["GET0020", "GET0019"]
    assert listed["pagination"]["total"] == 20
    assert client.get(f"{M360}/mobjects/coupon/mdata/first").json["createdAt"] == "2030-06-01T00:00:00Z"
    again = client.post(f"{M360}/mobjects/coupon/mdata", {"data": {"code": "GET0007"}})
    assert (again.status, again.json["error"]["details"]["field"]) == (400, "code")
    greeted = client.post(f"{M360}/workflows/greet/execute", {"data": {"name": "you"}})
    assert greeted.json["output"] == {"text": "Hello you"}


def test_the_field_types_are_those_of_the_contract() -> None:
    schemas: Any = assets.spec("monetize360")["components"]
    said: Any = seed.SCENARIO
    field = said["$defs"]["field"]["properties"]
    assert set(field["type"]["enum"]) == set(schemas["schemas"]["FieldType"]["enum"])
    mobject = said["properties"]["mobjects"]["items"]["properties"]
    assert set(mobject["type"]["enum"]) == set(schemas["schemas"]["MobjectType"]["enum"])
    webhook = said["properties"]["webhooks"]["items"]["properties"]
    assert set(webhook["events"]["items"]["enum"]) == set(schemas["schemas"]["EventName"]["enum"])


# The page that explains it

PAGE = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text("utf-8")


def members(schema: Any) -> Iterator[str]:
    """Every name that a schema of a scenario gives to a member."""
    for name, part in schema.get("properties", {}).items():
        yield name
        if name not in {"schema", "value"}:
            yield from members(part)
    for part in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(part, dict):
            yield from members(part)


def test_the_page_names_every_key_and_every_hint() -> None:
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    said = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert set(members(seed.SCENARIO)) <= said


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_of_the_page_load(text: str) -> None:
    client = make_client_of(text)
    holds(client.world)
    assert sum(len(rows) for rows in map(client.world.store.all, (MDATA.of("coupon"), MDATA.of("bill")))) in {201, 405}


# Mistakes

EMAIL = {"email": {"type": "string", "format": "email"}}


def hint(**told: Any) -> Section:
    return {
        "mobjects": [
            thing(EMAIL, generate={"count": 1, "fields": {"email": {k.strip("_"): v for k, v in told.items()}}})
        ]
    }


def with_fields(fields: Section, **hints: Section) -> Section:
    return {"mobjects": [thing(fields, generate={"count": 2, "fields": hints})]}


AT = "mobjects.0.generate.fields.email"
NUMBER, LOOKUP = {"type": "number"}, {"type": "lookup", "mobjectId": "thing"}

MISTAKES: dict[str, tuple[Section, str, str]] = {
    "member": ({"token": []}, "token", "is not a known member"),
    "tier": ({"tokens": [{"token": "A", "tier": "gold"}]}, "tokens.0.tier", "must be one of standard, premium"),
    "token": ({"tokens": [{"token": "a b", "tier": "standard"}]}, "tokens.0.token", "does not match"),
    "limit": (
        {"tokens": [{"token": "A", "tier": "standard", "limit": 5}]},
        "tokens.0.limit",
        "goes with the tier enterprise alone",
    ),
    "token twice": (
        {"tokens": [{"token": "A", "tier": "standard"}, {"token": "A", "tier": "premium"}]},
        "tokens.1.token",
        "must be given once",
    ),
    "workflow name": ({"workflows": [{"id": "w"}]}, "workflows.0.name", "is required"),
    "duration": (
        {"workflows": [{"id": "w", "name": "W", "duration": "soon"}]},
        "workflows.0.duration",
        "is not a duration",
    ),
    "long": ({"workflows": [{"id": "w", "name": "W", "queue": "P401D"}]}, "workflows.0.queue", "at most 400 days"),
    "negative": ({"workflows": [{"id": "w", "name": "W", "queue": -1}]}, "workflows.0.queue", "must be at least 0"),
    "execution": (
        {"executions": [{"id": "e", "workflow": "w", "status": "waiting"}]},
        "executions.0.workflow",
        "must be the id of a workflow, 'w' is none",
    ),
    "started": (
        {
            "workflows": [{"id": "w", "name": "W"}],
            "executions": [{"id": "e", "workflow": "w", "status": "waiting", "startedAt": "yesterday"}],
        },
        "executions.0.startedAt",
        "or like -P3D for three days before the clock",
    ),
    "event": (
        {"webhooks": [{"id": "h", "url": "http://a.example", "events": ["mdata.create"]}]},
        "webhooks.0.events.0",
        "must be one of workflow.completed",
    ),
    "url": (
        {"webhooks": [{"id": "h", "url": "ftp://a.example", "events": ["mdata.created"]}]},
        "webhooks.0.url",
        "does not match",
    ),
    "object name": ({"mobjects": [thing(), thing()]}, "mobjects.1.name", "must be given once"),
    "object id": ({"mobjects": [thing(), {**thing(), "name": "B"}]}, "mobjects.1.id", "another object has thing"),
    "business key": ({"mobjects": [thing(EMAIL, businessKey="mail")]}, "mobjects.0.businessKey", "'mail' is none"),
    "field type": (
        {"mobjects": [thing({"a": {"type": "strng"}})]},
        "mobjects.0.schema.properties.a.type",
        "must be one of string, number",
    ),
    "pattern": (
        {"mobjects": [thing({"a": {"pattern": "("}})]},
        "mobjects.0.schema.properties.a.pattern",
        "is not a usable JSON Schema",
    ),
    "lookup target": (
        {"mobjects": [thing({"a": {"type": "lookup", "mobjectId": "thinq"}})]},
        "mobjects.0.schema.properties.a.mobjectId",
        "'thinq' is none; did you mean thing?",
    ),
    "record id": (
        {"mobjects": [thing(records=[{"id": "a", "data": {}}, {"id": "a", "data": {}}])]},
        "mobjects.0.records.1.id",
        "another record has a",
    ),
    "record": (
        {"mobjects": [thing(EMAIL, records=[{"data": {"email": "me"}}])]},
        "mobjects.0.records.0.data.email",
        "Invalid email address format",
    ),
    "record's time": (
        {"mobjects": [thing(records=[{"data": {}, "createdAt": "-3 days"}])]},
        "mobjects.0.records.0.createdAt",
        "is not a duration",
    ),
    "record's lookup": (
        {"mobjects": [thing({"a": LOOKUP}, records=[{"data": {"a": "nobody"}}])]},
        "mobjects.0.records.0.data.a",
        "must be the id of a record of Thing, 'nobody' is none",
    ),
    "record not unique": (
        {"mobjects": [thing({"a": {"unique": True}}, records=[{"data": {"a": 1}}, {"data": {"a": 1}}])]},
        "mobjects.0.records.1.data.a",
        "must be unique: another record has 1",
    ),
    "record not unique in the end": (
        {"mobjects": [thing({"a": {"unique": True}}, records=[{"data": {"a": 1}}, {"data": {"a": 1.0}}])]},
        "mobjects.0.schema.properties.a",
        "another Thing has this value, 1",
    ),
    "out of the years": (
        {
            "mobjects": [
                thing(
                    generate={
                        "count": 1,
                        "fields": {"a": {"lookup": "Plan"}, "b": {"from": "a.createdAt", "plus": "P9D"}},
                    }
                ),
                {"name": "Plan", "description": "", "records": [{"data": {}, "createdAt": "9999-12-31T00:00:00Z"}]},
            ]
        },
        "mobjects.0.generate.fields.b",
        "leads out of the years 1 to 9999",
    ),
    "lookup without object": (
        with_fields({"a": {"type": "lookup"}}),
        "mobjects.0.generate.fields.a",
        "a lookup field needs a mobjectId",
    ),
    "count": ({"mobjects": [thing(generate={})]}, "mobjects.0.generate.count", "is required"),
    "hint": (hint(fakr="name"), f"{AT}.fakr", "is not a known member"),
    "no hint": (hint(), AT, "must have exactly one of faker, choice"),
    "two hints": (hint(faker="email", value="a"), AT, "must have exactly one of faker, choice"),
    "stray member": (hint(value="a", weights=[1]), f"{AT}.weights", "goes with choice alone"),
    "weights": (hint(choice=["a", "b"], weights=[1]), f"{AT}.weights", "one number for each of the 2 choices, not 1"),
    "no weight": (hint(choice=["a"], weights=[0]), f"{AT}.weights", "must not all be 0"),
    "faker": (hint(faker="compny"), f"{AT}.faker", "'compny' is none; did you mean company?"),
    "faker's inside": (hint(faker="seed_instance"), f"{AT}.faker", "must be the name of a Faker method"),
    "faker's time": (hint(faker="past_date"), f"{AT}.faker", "goes by the machine's clock: use within"),
    "faker's hidden time": (hint(faker="simple_profile"), f"{AT}.faker", "goes by the machine's clock: use within"),
    "faker's bytes": (hint(faker="binary"), f"{AT}.faker", "type bytes, which JSON does not have"),
    "faker's arguments": (
        hint(faker="random_int", with_={"mn": 1}),
        f"{AT}.with",
        "Faker's random_int cannot do that",
    ),
    "span": (hint(within="a month"), f"{AT}.within", "is not a duration"),
    "long span": (hint(ahead="P999999D"), f"{AT}.ahead", "must be at most 36525 days"),
    "range": (hint(within=["P9D", "P1D"]), f"{AT}.within", "must name the shorter span first"),
    "short range": (hint(within=["P9D"]), f"{AT}.within", "must have at least 2 items"),
    "value": (hint(value="me"), AT, "Invalid email address format: 'me' was generated"),
    "null": (
        {
            "mobjects": [
                thing({"a": {"type": "string", "required": True}}, generate={"count": 1, "fields": {"a": {"nulls": 1}}})
            ]
        },
        "mobjects.0.generate.fields.a",
        "must be of type string, not null",
    ),
    "unknown field": (
        with_fields(EMAIL, emial={"faker": "email"}),
        "mobjects.0.generate.fields.emial",
        "is not a field of the schema; did you mean email?",
    ),
    "from": (hint(from_="emial"), f"{AT}.from", "emial is not a field of Thing; did you mean email?"),
    "path": (hint(since="plan.createdAt"), f"{AT}.since", "plan is not a lookup field of Thing"),
    "plus and times": (hint(from_="email", plus=1, times=2), AT, "must have one of plus, months and times"),
    "months": (
        with_fields({"a": {}, "b": {"type": "date"}}, a={"value": "9999-12-01"}, b={"from": "a", "months": 1}),
        "mobjects.0.generate.fields.b",
        "leads out of the years 1 to 9999",
    ),
    "no moment": (hint(from_="id", months=1), AT, "needs an instant or a date to go by"),
    "not a moment": (
        with_fields({"a": {"type": "date"}, "b": NUMBER}, a={"from": "b"}),
        "mobjects.0.generate.fields.a",
        "needs an instant or a date to go by",
    ),
    "not a number": (
        with_fields({"a": NUMBER, "b": {"type": "date"}}, a={"from": "b", "times": 2}),
        "mobjects.0.generate.fields.a.times",
        "needs two numbers",
    ),
    "itself": (hint(from_="email"), AT, "goes in a circle"),
    "round about": (
        with_fields({"a": NUMBER, "b": NUMBER}, a={"from": "b"}, b={"from": "a"}),
        "mobjects.0.generate.fields.a",
        "goes in a circle",
    ),
    "own records": (with_fields({"a": LOOKUP, "b": NUMBER}, b={"from": "a.b"}), "mobjects.0", "goes in a circle"),
    "template": (hint(template="{email"), f"{AT}.template", "is not a template"),
    "template's field": (hint(template="{nam}"), f"{AT}.template", "nam is not a field of Thing"),
    "template's form": (
        with_fields({"a": {"type": "string"}, "b": NUMBER}, a={"template": "{b:zz}"}),
        "mobjects.0.generate.fields.a.template",
        "cannot write",
    ),
    "lookup": (hint(lookup="Thin"), f"{AT}.lookup", "'Thin' is none; did you mean Thing?"),
    "other lookup": (
        {
            "mobjects": [
                thing({"a": LOOKUP}, generate={"count": 1, "fields": {"a": {"lookup": "Plan"}}}),
                {"name": "Plan", "description": "", "records": [{"data": {}}]},
            ]
        },
        "mobjects.0.generate.fields.a.lookup",
        "must be the object that the schema's mobjectId names, not Plan",
    ),
    "where": (hint(lookup="Thing", where={"stat": 1}), f"{AT}.where.stat", "is not a field of Thing"),
    "nobody": (
        {
            "mobjects": [
                thing(generate={"count": 1, "fields": {"a": {"lookup": "Plan"}}}),
                {"name": "Plan", "description": ""},
            ]
        },
        "mobjects.0.generate.fields.a",
        "needs a record of Plan to name, and there is none",
    ),
    "too few values": (
        with_fields({"a": {"type": "boolean", "unique": True}}, a={"value": True}),
        "mobjects.0.generate.fields.a",
        "must be unique, and there are too few values: True",
    ),
    "no number fits": (
        with_fields({"a": {"type": "integer", "minimum": 1, "maximum": 4, "step": 5}}),
        "mobjects.0.generate.fields.a",
        "no multiple of 5 lies between 1 and 4",
    ),
    "no value fits": (
        with_fields({"a": {"type": "string", "pattern": "^[A-Z]$"}}),
        "mobjects.0.generate.fields.a",
        "give the field a hint that fits its schema",
    ),
    "second group": (
        {"mobjects": [thing(EMAIL, generate=[{"count": 1}, {"count": 1, "fields": {"email": {"value": 3}}}])]},
        "mobjects.0.generate.1.fields.email",
        "must be of type string, not integer",
    ),
    "created": (
        {"mobjects": [thing(generate={"count": 1, "createdAt": {"value": "then"}})]},
        "mobjects.0.generate.createdAt",
        "needs an instant or a date to go by, not 'then'",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_its_place_and_what_was_expected(name: str) -> None:
    section, where, expected = MISTAKES[name]
    with pytest.raises(ScenarioError) as caught:
        world_of(section)
    assert caught.value.where.endswith(f"monetize360.{where}")
    assert expected in caught.value.expected
