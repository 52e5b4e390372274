"""Starting data: the worked examples of the vendor, what a user's own scenario may say, and every kind of mistake."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import assets
from sandbox.apis.dynamic_monetization import keys
from sandbox.apis.dynamic_monetization.records import Live, Role, Session
from sandbox.apis.dynamic_monetization.seed import SCENARIO
from sandbox.apis.dynamic_monetization.state import (
    ALLOCATED,
    CONFIGURATION,
    INSTANCES,
    KEYS,
    LINE_ITEMS,
    RATE_TABLES,
    SESSIONS,
    USED,
)
from sandbox.kernel.clock import DAY, HOUR, LAST_INSTANT, MINUTE, parse_instant
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.kernel.world import World
from sandbox.server import all_apis
from tests.apis.dynamic_monetization.driver import API, ELASTIC, LISA, NOW, PROVISIONING, Driver, item, tokens

CLOCK = "2024-01-15T10:30:00Z"
PUBLISHING = "64d2028c-ae87-4069-a624-66089d957ef9"
PRINTING = "1f6d3a90-27be-4c58-8e41-b5a3790c6d2e"
DEPARTMENTS = "c5a80e17-63d4-4b29-97f2-0e4d1b86a35c"
PHOTOGRAPHY = "0b7e41c9-5d2f-4a86-9c13-e8d07f62ab54"
IDLE = "f6567dd8-e069-418e-8893-7d22fcf12459"
HEADER = {"x-instance-id": PUBLISHING}

Section = dict[str, Any]


def seeded(name: str, **start: Any) -> World:
    """The World of a scenario that ships."""
    return Sandbox(all_apis(), assets.library(), Start(name, **start)).get(DEFAULT).world


def world_of(section: Section, *, include: Iterable[str] = (), clock: str = CLOCK, **start: Any) -> World:
    """The World of a scenario of the test's own."""
    text = yaml.safe_dump({"include": list(include), "clock": clock, "dynamic_monetization": section}, sort_keys=False)

    def read(name: str) -> tuple[str, str]:
        return ("own.yaml", text) if name == "own" else assets.read_scenario_file(name)

    return Sandbox(all_apis(), Library(("own",), read), Start("own", **start)).get(DEFAULT).world


def table(**changed: Any) -> Section:
    items = [{"name": "Photo", "version": "1.0", "rate": 3}, {"name": "Free", "rate": 0}]
    return {"series": "Apps", "version": "1", "effectiveFrom": "-P90D", "items": items} | changed


def instance(**changed: Any) -> Section:
    return {"id": "home", "shortName": "Home", "accountId": "ACME"} | changed


def line_item(**changed: Any) -> Section:
    told = {"activationId": "ACT", "start": "-P60D", "quantity": 100, "rateTableSeries": "Apps"} | changed
    return {name: value for name, value in told.items() if value is not None}


def session(count: float = 1, **changed: Any) -> Section:
    told = {"startedAt": "-PT3H10M", "requester": LISA, "items": [item("Photo", "1.0", count)], "kept": True} | changed
    return {name: value for name, value in told.items() if value is not None}


def small(*sessions: Section, line_items: Iterable[Section] = (), **more: Any) -> Section:
    """One table, one instance with these line items (or one), these sessions."""
    home = instance(lineItems=list(line_items) or [line_item()], sessions=list(sessions))
    return {"rateTables": [table()], "instances": [home]} | more


def used(world: World, name: str = "ACT", place: str = "home") -> float:
    found = world.store.get(USED.of(place), name)
    assert found is not None
    return float(found)


def sessions(world: World) -> list[Session]:
    return list(world.store.all(SESSIONS))


# The worked examples


def test_the_first_instance_of_an_account_is_its_default(docs: Driver) -> None:
    named = f"{PROVISIONING}/instances?accountId=ACME&default=true"
    assert docs.get(named).json == {"content": [], "next": 0}
    made = docs.post(f"{PROVISIONING}/instances", {"shortName": "ACME-def-inst", "accountId": "ACME"})  # S16
    assert (made.status, made.json["defaultInstance"], made.json["modified"]) == (200, True, 0)
    assert docs.get(named).json["content"] == [made.json]


def test_the_sample_request_and_what_it_leaves(docs: Driver) -> None:
    wanted = [item("PhotoPrint", "1.0", 10), item("CADPrint", "2.0", 2)]
    answer = docs.post(
        f"{ELASTIC}/instances/{PUBLISHING}/access-request", {"requester": LISA, "requestedItems": wanted}
    )
    done = {"code": "101", "description": "Successfully checked out"}
    assert answer.status == 200
    assert {**answer.json, "correlationId": ""} == {  # S17
        "requestedItems": [
            {
                "count": 10,
                "item": "PhotoPrint",
                "version": "1.0",
                "totalTokensCharged": 30,
                "lineItems": [{"rate": 3, "activationId": "ACT01-Elastic", "tokensCharged": 30}],
                "status": done,
            },
            {
                "count": 2,
                "item": "CADPrint",
                "version": "2.0",
                "totalTokensCharged": 14,
                "lineItems": [{"rate": 7, "activationId": "ACT01-Elastic", "tokensCharged": 14}],
                "status": done,
            },
        ],
        "requester": LISA,
        "correlationId": "",
    }
    assert docs.get(f"{PROVISIONING}/instances/{PUBLISHING}/line-items").json == [  # S34, in the shape of S15
        {
            "activationId": "ACT01-Elastic",
            "state": "DEPLOYED",
            "start": 1695772800000,
            "end": 1790380800000,
            "quantity": 1000,
            "used": 44,
            "attributes": {"elastic": True, "rateTableSeries": "PublicationApps"},
        }
    ]


def test_the_sample_request_in_the_sample_session(docs: Driver) -> None:
    sample = {"sessionId": IDLE, "instanceId": PUBLISHING, "state": "IDLE"}
    zeros = {"chargedUntil": 0, "lastHeartBeat": 0, "lastAccessRequest": 0}
    listed = f"{API}/sessions?instanceId={PUBLISHING}"
    assert docs.get(listed).json == [sample | zeros]  # S9
    answer = docs.use(IDLE, item("PhotoPrint", "1.0", 10), item("CADPrint", "2.0", 2))
    assert tokens(answer) == [("101", [("ACT01-Elastic", 30)]), ("101", [("ACT01-Elastic", 14)])]  # S18
    assert docs.get(listed).json[0]["chargedUntil"] == NOW + HOUR


def test_the_sample_request_that_fails(docs: Driver) -> None:
    answer = docs.use(IDLE, item("PhotoAlbum", "1.0", 1), item("PhotoPrint", "1.0", 5))
    assert answer.status == 403
    assert answer.json["requestedItems"] == [  # S30
        {
            "count": count,
            "item": name,
            "version": "1.0",
            "totalTokensCharged": 0,
            "lineItems": [],
            "status": {"code": code, "description": description},
        }
        for count, name, code, description in [
            (1, "PhotoAlbum", "201", "Item not found in any effective rate table"),
            (5, "PhotoPrint", "102", "No Status"),
        ]
    ]
    assert docs.used("ACT01-Elastic", PUBLISHING) == 0


def test_a_charge_that_two_line_items_share(docs: Driver) -> None:
    key = docs.open(item("PhotoPrint", "1.0", 1), item("CADPrint", "2.0", 8), instance=PRINTING)  # S29
    paid = [(one["lineItemId"], one["tokens"]) for one in docs.session(key)["paid"]]
    assert paid == [("ACT01", 3), ("ACT01", 7), ("ACT02", 49)]
    ends = [docs.line_item(name, PRINTING)["end"] for name in ("ACT01", "ACT02")]
    assert ends == [1713355200000, 1756382400000]


def test_each_department_has_its_share_and_nobody_else_any(docs: Driver) -> None:
    def take(department: str | None, count: float) -> str:
        told = {} if department is None else {"department": department}
        answer = docs.request(item("PhotoPrint", "1.0", count), instance=DEPARTMENTS, **told)
        return str(answer.json["requestedItems"][0]["status"]["code"])

    assert docs.line_item("abc123", DEPARTMENTS) == {  # S15
        "activationId": "abc123",
        "state": "DEPLOYED",
        "start": 1695772800000,
        "end": 1790467199999,
        "quantity": 200,
        "used": 0,
        "attributes": {"elastic": True, "rateTableSeries": "1"},
    }
    assert [take("Engineering", 50), take("Engineering", 0.5)] == ["101", "202"]
    assert [take("Product Management", 10), take("Product Marketing", 6), take("Product Marketing", 1)] == [
        "101",
        "101",
        "202",
    ]
    assert [take("Sales", 0.5), take(None, 0.5)] == ["203", "203"]
    actions = docs.get(f"{API}/instances/{DEPARTMENTS}/line-items/abc123/actions").json
    assert [(one["allocation"], one["used"]) for one in actions] == [(150, 150), (50, 48)]


def test_the_three_requests_of_the_reference_in_their_order(docs: Driver) -> None:
    path, named = f"{PROVISIONING}/rate-tables", "?series=string&version=string"
    sample = {
        "effectiveFrom": 1698849852000,
        "series": "PublicationApps",
        "version": "1",
        "items": [
            {"name": "PhotoPrint", "version": "1.0", "rate": 3},
            {"name": "SignPrint", "version": "1.0", "rate": 4},
            {"name": "CADPrint", "version": "2.0", "rate": 7},
        ],
    }
    shown = docs.get(path).json
    assert {**sample, "created": 1698849852000} in shown  # S19
    assert docs.delete(path + named).status == 204  # S1
    posted = {
        "effectiveFrom": 0,
        "series": "string",
        "version": "string",
        "items": [{"name": "string", "version": "string", "rate": 0.1}],
    }
    assert docs.post(path, posted).json == {"message": "Rate table successfully saved"}
    assert docs.delete(path + named).status == docs.post(path, sample).status == 409


def test_docs_has_sessions_for_every_lever(docs: Driver) -> None:
    found = docs.admin("GET", f"/dynamic_monetization/sessions?instanceId={PHOTOGRAPHY}")["sessions"]
    assert [(one["seq"], one["heartbeatsKept"], one["heartbeatDue"]) for one in found[:3]] == [
        (2, False, "2024-01-15T10:40:00Z"),
        (3, True, None),
        (4, True, None),
    ]
    assert [one["state"] for one in found] == ["ACTIVE"] * 15
    assert example("/sessions", "get", "lastPage")["sessions"] == [docs.session(IDLE), found[0]]
    assert docs.delete(f"{PROVISIONING}/instances/{PHOTOGRAPHY}/line-items/ACT03-Elastic").status == 204
    assert docs.delete(f"{API}/administration-keys/xyz").status == docs.delete(f"{API}/client-keys/xyz").status == 200
    condition = f"{API}/instances/{PUBLISHING}/conditions/1e06e0eb-07f6-4fcd-8750-870cbafd1693"
    assert docs.delete(condition).status == 204


def example(path: str, method: str, name: str, status: int = 200) -> Any:
    """What the spec of the levers shows as an answer."""
    paths: Any = assets.spec("dynamic_monetization.control")["paths"]
    shown = paths[path][method]["responses"][str(status)]["content"]["application/json"]
    return shown["examples"][name]["value"]


@pytest.mark.parametrize(
    ("method", "path", "body", "name"),
    [
        ("GET", "/sessions/{sessionId}", None, "active"),
        ("PUT", "/sessions/{sessionId}/heartbeats", {"kept": True}, "kept"),
        ("PUT", "/sessions/{sessionId}/heartbeats", {"kept": False}, "stopped"),
        ("POST", "/sessions/{sessionId}/missed-heartbeat", None, "missesNext"),
        ("POST", "/sessions/{sessionId}/fail", None, "failed"),
    ],
)
def test_the_levers_answer_as_their_examples(docs: Driver, method: str, path: str, body: Any, name: str) -> None:
    shown = example(path, method.lower(), name)
    assert docs.lever(method, path.format(sessionId=shown["sessionId"]), body).json == shown


def test_tokens_are_those_of_the_examples(docs: Driver) -> None:
    for name, more in (("administration", {}), ("client", {"instances": [PUBLISHING], "expiresIn": 3600})):
        shown = example("/tokens", "post", name, 201)
        assert docs.lever("POST", "/tokens", {"role": shown["role"]} | more).json == shown
        assert docs.get(f"{API}/sessions/{IDLE}", token=shown["token"], headers=HEADER).status == 200


# The other scenarios


def test_empty_has_the_built_in_keys_and_nothing_else() -> None:
    world = seeded("empty")
    assert [(key.role, key.id.partition("-")[0]) for key in world.store.all(KEYS)] == [
        ("ADMIN", "sandbox"),
        ("CLIENT", "sandbox"),
    ]
    assert not any(map(world.store.count, ("dynamic_monetization.instances", "dynamic_monetization.rateTables")))


@pytest.mark.parametrize("clock", ["1970-01-01T00:00:00Z", "2023-10-15T00:00:00Z", "2999-12-31T00:00:00Z"])
def test_what_ships_loads_at_any_instant(clock: str) -> None:
    world = seeded("demo", clock=clock, scale=0.1)
    assert all(one.live and 0 <= one.created <= world.now for one in sessions(world))
    assert used(world, "ACT02-Elastic", PHOTOGRAPHY) == (198 if world.now else 108)


@pytest.mark.parametrize(("number", "scale"), [(0, 1), (7, 0.05), (11, 1.5)])
def test_demo_adds_up_at_any_scale(number: int, scale: float) -> None:
    world = seeded("demo", clock=CLOCK, seed=number, scale=scale)
    assert len(world.store.all(INSTANCES)) == 4 + 5 + max(1, round(40 * scale))
    live = [one for one in sessions(world) if one.live]
    assert len(live) == len(sessions(world)) == 16 + 7 + max(1, round(12 * scale))
    assert {one.state for one in live} == {Live.ACTIVE, Live.IDLE}
    for place in world.store.all(INSTANCES):
        for one in world.store.all(LINE_ITEMS.of(place.id)):
            room = one.quantity if one.overdraft == 0 else LAST_INSTANT
            assert 0 <= used(world, one.id, place.id) <= room
    tables = {(one.series, one.version): one.effective_from for one in world.store.all(RATE_TABLES)}
    assert tables["Assistant", "2"] < world.now < tables["Assistant", "3"]


def test_demo_has_line_items_in_every_condition() -> None:
    world = seeded("demo", clock=CLOCK)
    rows = [
        (one, used(world, one.id, place.id))
        for place in world.store.all(INSTANCES)
        for one in world.store.all(LINE_ITEMS.of(place.id))
    ]
    assert {str(one.state) for one, _ in rows} == {"DEPLOYED", "INACTIVE", "OBSOLETE"}
    assert any(one.end < world.now + 7 * DAY and amount < one.quantity for one, amount in rows)
    assert any(amount == one.quantity for one, amount in rows)
    assert any(amount > one.quantity and one.overdraft is not None for one, amount in rows)
    assert any(one.overdraft is None for one, _ in rows)


def test_demo_is_the_same_for_the_same_seed_and_only_grows_with_scale() -> None:
    def shown(**start: Any) -> list[Any]:
        world = seeded("demo", clock=CLOCK, **start)
        return [
            (place, one, used(world, one.id, place.id))
            for place in world.store.all(INSTANCES)
            for one in world.store.all(LINE_ITEMS.of(place.id))
        ]

    few, many = shown(scale=0.05), shown(scale=0.1)
    assert many == shown(scale=0.1)
    generated = [place.short_name for place, _, _ in many if place.account.startswith("account-")]
    assert [place.short_name for place, _, _ in few if place.account.startswith("account-")] == generated[:4]
    assert shown(scale=0.1, seed=1)[-1] != many[-1]


# A scenario of one's own


def test_a_session_has_lived_by_the_rules_since_it_began() -> None:
    world = world_of(small(session(2), session(1, startedAt="-PT30M", kept=False)))
    first, second = sessions(world)
    assert (first.period_start, first.last_heartbeat, first.heartbeat_due) == (world.now - 10 * MINUTE,) * 2 + (None,)
    assert (second.period_start, second.last_heartbeat) == (world.now - 30 * MINUTE, 0)
    assert used(world) == 4 * 6 + 3
    assert [(one.kind, one.at) for one in world.agenda if one.api == "dynamic_monetization"] == [
        ("charge", world.now + 30 * MINUTE),
        ("charge", world.now + 50 * MINUTE),
    ]
    assert world.now == parse_instant(CLOCK)


@pytest.mark.parametrize(
    ("told", "quantity", "why", "left"),
    [
        (session(startedAt="-PT1H31M", kept=False), 100, "heartbeat", 3),
        (session(10), 100, "charge", 90),
        ({"startedAt": "-P31D"}, 100, "idle", 0),
    ],
)
def test_a_session_may_have_ended_by_now(told: Section, quantity: int, why: str, left: float) -> None:
    world = world_of(small(told, line_items=[line_item(quantity=quantity)]))
    assert [(one.state, one.ended_by) for one in sessions(world)] == [(Live.TERMINATED, why)]
    assert used(world) == left


def test_what_is_due_at_this_instant_waits_for_the_first_request() -> None:
    world = world_of(small(session(startedAt="-PT1H")))
    assert [one.charged_until for one in sessions(world)] == [world.now]
    assert used(world) == 3


def test_sessions_are_opened_in_the_order_of_time() -> None:
    told = [session(id="late", startedAt="-PT5M"), session(id="early", startedAt="-PT50M"), {"id": "now"}]
    assert [(one.id, one.seq) for one in sessions(world_of(small(*told)))] == [("early", 1), ("late", 2), ("now", 3)]


def test_a_line_item_says_what_it_needs_and_no_more() -> None:
    world = world_of(
        small(
            line_items=[
                {"activationId": "plain", "quantity": 5},
                line_item(activationId="rich", state="OBSOLETE", end="+P2D", used=1.25, elastic=False)
                | {"overdraftType": "Unlimited", "overdraftLimit": 7},
            ]
        )
    )
    plain, rich = world.store.all(LINE_ITEMS.of("home"))
    assert (plain.start, plain.end, plain.attributes) == (world.now, LAST_INSTANT, {"elastic": True})
    assert (rich.state, rich.start, rich.end, rich.overdraft, used(world, "rich")) == (
        "OBSOLETE",
        world.now - 60 * DAY,
        world.now + 2 * DAY,
        None,
        1.25,
    )
    assert rich.attributes == {
        "elastic": False,
        "rateTableSeries": "Apps",
        "overdraftType": "Unlimited",
        "overdraftLimit": 7,
    }


def test_a_span_without_a_sign_lies_ahead() -> None:
    (one,) = world_of(small(line_items=[line_item(end="P2D")])).store.all(LINE_ITEMS.of("home"))
    assert one.end == NOW + 2 * DAY


def test_an_overdraft_may_be_used_before_any_session() -> None:
    within = line_item(used=105, overdraftType="Number", overdraftLimit=5)
    beyond = line_item(activationId="B", used=1e6, overdraftType="Unlimited")
    world = world_of(small(line_items=[within, beyond]))
    assert [used(world), used(world, "B")] == [105, 1e6]


def test_another_file_may_choose_another_default() -> None:
    told = [instance(accountId="Publishing", default=True), instance(id="b", accountId="Publishing")]
    rows = world_of({"instances": told}, include=["docs"]).store.all(INSTANCES)
    assert [one.id for one in rows if one.account == "Publishing" and one.default] == ["home"]


def test_actions_count_what_the_scenario_says_and_what_sessions_took() -> None:
    conditions = [{"id": "lab", "name": "Lab", "key": "site", "operator": "IN", "values": ["Lab"]}]
    actions = [
        {"id": "a-lab", "conditionId": "lab", "action": "ALLOW", "allocation": 50, "used": 20},
        {"action": "DENY"},
    ]
    lab = session(2, requester=LISA | {"dictionary": {"site": "Lab"}})
    section = small(lab, line_items=[line_item(actions=actions, used=20)])
    section["instances"][0]["conditions"] = conditions
    world = world_of(section)
    assert [*world.store.all(ALLOCATED.of("home")), used(world)] == [44, 0, 44]


def test_one_instance_of_an_account_is_its_default() -> None:
    homes = [instance(id=None), instance(id="b", shortName="B", default=True, createdAt="-P3D"), instance(id="c")]
    told = [{name: value for name, value in one.items() if value is not None} for one in homes]
    rows = list(world_of({"instances": told}).store.all(INSTANCES))
    assert [(one.id == "b", one.default) for one in rows] == [(False, False), (True, True), (False, False)]
    assert [one.created - NOW for one in rows] == [0, -3 * DAY, 0]
    assert re.fullmatch(r"[0-9a-f-]{36}", rows[0].id)


def test_keys_and_settings_count_at_once() -> None:
    docs: Any = yaml.safe_load((Path(assets.__file__).parents[1] / "fixtures" / "docs.yaml").read_text("utf-8"))
    pem = docs["dynamic_monetization"]["keys"][0]["publicKey"]
    world = world_of(
        {
            "keys": [{"id": "mine", "type": "client-key", "publicKey": pem}],
            "configuration": {"timezone.tolerant": True},
        }
    )
    *built_in, mine = world.store.all(KEYS)
    assert (mine.id, mine.role, mine.pem) == ("mine", "CLIENT", pem)
    assert keys.in_force(world, Role.CLIENT, "mine") == pem
    (changed,) = world.store.all(CONFIGURATION)
    assert (changed.value, changed.updated_by) == ("true", built_in[0].id)


def test_what_a_file_names_again_replaces_what_it_includes() -> None:
    world = world_of(
        {
            "rateTables": [table(series="string", version="string", items=[])],
            "instances": [instance(id=PUBLISHING, lineItems=[line_item()])],
        },
        include=["docs"],
    )
    assert [one.id for one in world.store.all(LINE_ITEMS.of(PUBLISHING))] == ["ACT"]
    assert IDLE not in world.store.all(SESSIONS)
    assert [len(one.items) for one in world.store.all(RATE_TABLES) if one.series == "string"] == [0]
    assert len(world.store.all(INSTANCES)) == 4


def test_only_the_last_file_has_instances_made_up() -> None:
    section = {"rateTables": [table()], "generate": {"instances": 30, "series": ["Apps"], "sessions": 50}}
    world = world_of(section, include=["demo"], scale=0.1)
    assert sum(one.account.startswith("account-") for one in world.store.all(INSTANCES)) == 3
    made = [one for one in sessions(world) if one.requester and one.requester.value.startswith("user-")]
    assert [one.state for one in made] == [Live.ACTIVE] * 5
    assert all(one.kept and NOW - one.created < 6 * HOUR for one in made)


# The page that explains it


def members(schema: Any) -> Iterator[str]:
    """Every name that a schema of a scenario gives to a member."""
    for name, part in schema.get("properties", {}).items():
        yield name
        yield from members(part)
    if "items" in schema:
        yield from members(schema["items"])


def test_the_page_of_scenarios_names_every_key() -> None:
    text = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text("utf-8")
    page = text.partition("## The section `dynamic_monetization`")[2]
    said = set(re.findall(r"[\w.]+", " ".join(re.findall(r"`([^`]+)`", page))))
    assert set(members(SCENARIO)) <= said


# Mistakes

KEY = {"id": "mine", "type": "client-key", "publicKey": "no key"}
ALLOW = {"action": "ALLOW", "conditionId": "none", "allocation": 5}
MISTAKES: dict[str, tuple[Section, str, str]] = {
    "member": ({"instance": []}, "instance", "is not a known member"),
    "key": ({"keys": [KEY]}, "keys.0.publicKey", "is not a public key in PEM"),
    "key id": ({"keys": [KEY | {"id": "sandbox-mine"}]}, "keys.0.id", "are the sandbox's own"),
    "key type": ({"keys": [KEY | {"type": "admin"}]}, "keys.0.type", "must be one of administration-key, client-key"),
    "key twice": (
        {"keys": [KEY, KEY]},
        "keys.1",
        "must be given once",
    ),
    "setting": ({"configuration": {"zone": True}}, "configuration.zone", "is not a known member"),
    "table twice": ({"rateTables": [table(), table()]}, "rateTables.1", "must be given once"),
    "table's instant": (
        {"rateTables": [table(effectiveFrom="soon")]},
        "rateTables.0.effectiveFrom",
        "or like -P3D for three days before the clock",
    ),
    "span": ({"rateTables": [table(effectiveFrom="-P1M")]}, "rateTables.0.effectiveFrom", "is not a duration"),
    "before 1970": (
        {"rateTables": [table(effectiveFrom="1969-12-31T00:00:00Z")]},
        "rateTables.0.effectiveFrom",
        "must lie in the years 1970 to 9999",
    ),
    "rate": (
        {"rateTables": [table(items=[{"name": "Photo", "rate": -1}])]},
        "rateTables.0.items.0.rate",
        "must be at least 0",
    ),
    "instance": ({"instances": [{"id": "a"}]}, "instances.0.shortName", "is required"),
    "instance twice": ({"instances": [instance(), instance()]}, "instances.1", "must be given once"),
    "created later": (
        {"instances": [instance(createdAt="+PT1S")]},
        "instances.0.createdAt",
        "must not be later than the clock, 2024-01-15T10:30:00Z",
    ),
    "line item twice": (
        small(line_items=[line_item(), line_item()]),
        "instances.0.lineItems.1.activationId",
        "ACT stands above already",
    ),
    "end": (
        small(line_items=[line_item(end="-P90D")]),
        "instances.0.lineItems.0.end",
        "must be later than start",
    ),
    "quantity": (small(line_items=[line_item(quantity=0)]), "instances.0.lineItems.0.quantity", "must be at least 1"),
    "condition": (
        {"instances": [instance(conditions=[{"name": "Lab", "operator": "IN", "key": "site"}])]},
        "instances.0.conditions.0.values",
        "is required",
    ),
    "complex condition": (
        {"instances": [instance(conditions=[{"name": "Lab", "operator": "OR", "key": "site", "values": []}])]},
        "instances.0.conditions.0.conditions",
        "is required",
    ),
    "condition twice": (
        {
            "instances": [
                instance(conditions=[{"id": "a", "name": "A", "operator": "IN", "key": "k", "values": []}] * 2)
            ]
        },
        "instances.0.conditions.1.id",
        "must be given once",
    ),
    "action": (
        small(line_items=[line_item(actions=[ALLOW])]),
        "instances.0.lineItems.0.actions.0.conditionId",
        "There is no condition 'none'",
    ),
    "two defaults": (
        small(line_items=[line_item(actions=[{"action": "ALLOW"}, {"action": "DENY"}])]),
        "instances.0.lineItems.0.actions.1.conditionId",
        "Only one action may be the default",
    ),
    "action twice": (
        small(line_items=[line_item(activationId=name, actions=[{"id": "a", "action": "DENY"}]) for name in "AB"]),
        "instances.0.lineItems.1.actions.0.id",
        "another action has a",
    ),
    "two default instances": (
        {"instances": [instance(default=True), instance(id="b"), instance(id="c", default=True)]},
        "instances.2.default",
        "must be given once: the default of ACME stands above already",
    ),
    "more used than there is": (
        small(line_items=[line_item(used=100.5)]),
        "instances.0.lineItems.0.used",
        "must be at most 100: the quantity and the overdraft",
    ),
    "more used than the overdraft": (
        small(line_items=[line_item(used=106, overdraftType="Number", overdraftLimit=5)]),
        "instances.0.lineItems.0.used",
        "must be at most 105",
    ),
    "more used than allocated": (
        small(line_items=[line_item(actions=[{"action": "ALLOW", "allocation": 2, "used": 3}])]),
        "instances.0.lineItems.0.actions.0.used",
        "must be at most 2: the allocation",
    ),
    "default": ({"instances": [instance(default=False)]}, "instances.0.default", "must be one of true"),
    "no number": (
        {"rateTables": [table(items=[{"name": "Photo", "rate": float("nan")}])]},
        "rateTables.0.items.0.rate",
        "number",
    ),
    "unpaid": (
        small(session(startedAt="-PT1M"), session(41, startedAt="-PT1M")),
        "instances.0.sessions.1.items.0",
        "cannot be had: Insufficient tokens available",
    ),
    "unknown item": (
        small(session(items=[item("Free", None), item("Photo", "2.0")])),
        "instances.0.sessions.0.items.1",
        "cannot be had: Item not found in any effective rate table",
    ),
    "items alone": (
        small(session(requester=None)),
        "instances.0.sessions.0",
        "must have both items and requester, or neither",
    ),
    "long ago": (
        small(session(startedAt="-P401D")),
        "instances.0.sessions.0.startedAt",
        "must be at most 400 days before the clock",
    ),
    "session to come": (
        small(session(startedAt="+PT1S")),
        "instances.0.sessions.0.startedAt",
        "must not be later than the clock",
    ),
    "session twice": (
        small(session(id="a"), session(id="a")),
        "instances.0.sessions.1.id",
        "another session has a",
    ),
    "series": (
        {"rateTables": [table(effectiveFrom="+P1D")], "generate": {"instances": 1, "series": ["Apps"]}},
        "generate.series.0",
        "needs a rate table in effect, 'Apps' has none",
    ),
    "range": (
        {"rateTables": [table()], "generate": {"instances": 1, "series": ["Apps"], "quantity": [9, 5]}},
        "generate.quantity",
        "must not end before it begins",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_says_where_it_is_and_what_was_expected(name: str) -> None:
    section, where, expected = MISTAKES[name]
    with pytest.raises(ScenarioError) as caught:
        world_of(section)
    assert caught.value.where == f"own.yaml: dynamic_monetization.{where}"
    assert expected in caught.value.expected
