"""Everything that depends on time lives on the one timeline of its namespace."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sandbox
from sandbox.apis import discover
from sandbox.kernel.clock import HOUR, MINUTE, SECOND, iso_ms, parse_instant
from sandbox.kernel.timeline import HAPPENS
from sandbox.kernel.webhooks import Outcome
from tests.apis.dynamic_monetization.driver import SCENARIO as METERED
from tests.apis.dynamic_monetization.driver import Driver as Metering
from tests.apis.dynamic_monetization.driver import item
from tests.apis.monetize360.driver import NOW, Driver
from tests.apis.monetize360.driver import SCENARIO as RECORDS
from tests.apis.moonify.driver import SCENARIO as VISITED
from tests.apis.moonify.driver import Driver as Visits
from tests.client import STANDARD, Client, make_client_of, refuse

SCENARIO = "\n".join([RECORDS, METERED[METERED.index("dynamic_monetization:") :], VISITED[VISITED.index("moonify:") :]])
START = parse_instant(NOW)


def after(span: int) -> str:
    """An instant of the timeline, as it is written."""
    return iso_ms(START + span)


@pytest.fixture(scope="module")
def started() -> Client:
    return make_client_of(SCENARIO)


@pytest.fixture
def client(started: Client) -> Iterator[Client]:
    assert started.post("/__admin/reset").status == 200
    started.receiver = refuse
    yield started
    started.attempts.clear()


@pytest.fixture
def api(client: Client) -> Driver:
    return Driver(client)


def advance(client: Client, to: str) -> Any:
    answer = client.post("/__admin/clock/advance", {"to": to})
    assert answer.status == 200, answer
    return answer.json


def agenda(client: Client) -> list[tuple[str, str]]:
    """What is due, by instant and API."""
    return [(row["at"], row["api"]) for row in client.get("/__admin/clock/agenda").json["agenda"]]


def test_executions(api: Driver) -> None:
    started = api.execute("order", later=True)
    assert agenda(api.client) == [(after(15 * SECOND), "monetize360")]
    assert advance(api.client, "until:execution.completed")["to"] == after(15 * SECOND)
    assert api.execution(started)["completedAt"] == after(15 * SECOND)


def test_webhook_retries_with_the_times_of_events_and_attempts(api: Driver) -> None:
    api.subscribe("mdata.created", secret="hush")
    api.shift(90)
    api.record("note", k=1)
    assert orjson.loads(api.client.attempts[0].body)["timestamp"] == after(90 * SECOND)
    instants = [after(90 * SECOND), after(150 * SECOND), after(12 * MINUTE + 30 * SECOND)]
    assert agenda(api.client) == [(instants[1], "webhooks")]
    assert advance(api.client, "next")["to"] == instants[1]
    api.client.receiver = lambda _: Outcome(200)
    assert advance(api.client, "until:webhook.delivered")["to"] == instants[2]
    (delivery,) = api.deliveries()
    assert [attempt["at"] for attempt in delivery["attempts"]] == instants
    assert agenda(api.client) == []


def test_rate_limit_windows(api: Driver) -> None:
    for _ in range(100):
        assert api.get("/workflows", token=STANDARD).status == 200
    refused = api.get("/workflows", token=STANDARD)
    assert (refused.status, refused.headers["retry-after"]) == (429, "60")
    assert int(refused.headers["x-ratelimit-reset"]) * SECOND == START + MINUTE
    api.shift(59.999)
    assert api.get("/workflows", token=STANDARD).status == 429
    api.shift(0.001)
    assert api.get("/workflows", token=STANDARD).headers["x-ratelimit-remaining"] == "99"


def test_the_expiry_of_tokens(client: Client) -> None:
    metering = Metering(client)
    metering.token = metering.mint(expiresIn=600)
    path = "/provisioning/api/v1.0/rate-tables"
    metering.shift(599.999)
    assert metering.get(path).status == 200
    metering.shift(0.001)
    refused = metering.get(path)
    assert refused.status == 401
    assert f"expired at {after(10 * MINUTE)}" in refused.json["message"]
    metering.token = metering.mint()
    assert metering.get(path).status == 200


def test_statistics_every_five_minutes(client: Client) -> None:
    visits = Visits(client)
    visits.shift(61)
    visits.earn(visits.open({"userID": "ann"}), score=5, time=60)
    assert (visits.user("ann")["score"], visits.users()["ann"]["score"]) == (15, 10)
    assert agenda(client) == [(after(5 * MINUTE), "moonify")]
    visits.shift(238.999)
    assert visits.users()["ann"]["score"] == 10
    assert advance(client, "next")["to"] == after(5 * MINUTE)
    assert visits.users()["ann"]["score"] == 15


def test_hourly_charges_of_sessions(client: Client) -> None:
    metering = Metering(client)
    metering.shift(30)
    metering.open(item("Photo", "1.0"))
    assert metering.used() == 3
    assert agenda(client) == [(after(HOUR + 30 * SECOND), "dynamic_monetization")]
    moved = advance(client, "until:session.charged")
    assert (moved["to"], metering.used()) == (after(HOUR + 30 * SECOND), 6)
    ended = advance(client, "until:session.ended")
    assert ended["to"] == after(HOUR + 30 * MINUTE + 30 * SECOND + 1)
    assert ended["happened"][-1]["detail"] == {"state": "TERMINATED", "by": "heartbeat"}
    assert metering.used() == 3


def test_all_of_them_in_one_move_in_the_order_of_the_agenda(client: Client) -> None:
    api, metering, visits = Driver(client), Metering(client), Visits(client)
    metering.open(item("Photo", "1.0"))
    api.subscribe("mdata.created")
    api.record("note", k=1)
    visits.admin("PUT", "/moonify/simulation", {"ratePerMinute": 1, "interval": 240})
    visits.open({"userID": "ann"})
    api.execute("order", later=True)
    assert agenda(client) == [
        (after(15 * SECOND), "monetize360"),
        (after(MINUTE), "webhooks"),
        (after(4 * MINUTE), "moonify"),
        (after(5 * MINUTE), "moonify"),
        (after(HOUR), "dynamic_monetization"),
    ]
    happened = api.shift("PT61M")["happened"]
    assert [event["at"] for event in happened] == sorted(event["at"] for event in happened)
    first = {event["type"]: event["at"] for event in reversed(happened)}
    assert first == {
        "execution.completed": after(15 * SECOND),
        "webhook.attempted": after(MINUTE),
        "visitors.worked": after(4 * MINUTE),
        "session.charged": after(HOUR),
    }


KINDS = ["execution.completed", "webhook.attempted", "webhook.failed", "visitors.worked", "session.ended"]


@settings(max_examples=15)
@given(st.sampled_from(KINDS), st.integers(1, 7_200), st.integers(3_000, 4_000))
def test_to_advance_is_to_move_to_where_it_happens(started: Client, kind: str, duration: int, every: int) -> None:
    moves: list[Any] = []
    states = []
    for way in ("advance", "move"):
        started.post("/__admin/reset")
        started.receiver = refuse
        api, metering, visits = Driver(started), Metering(started), Visits(started)
        metering.open(item("Photo", "1.0"))
        api.subscribe("mdata.created", "workflow.completed")
        visits.open({"userID": "ann"})
        visits.admin("PUT", "/moonify/simulation", {"ratePerMinute": 1, "interval": every})
        api.execute(api.workflow(duration=duration), later=True)
        api.record("note", k=1)
        body = {"to": f"until:{kind}" if way == "advance" else moves[0]["to"]}
        answer = started.post(f"/__admin/clock/{way}", body)
        assert answer.status == 200, answer
        moves.append(answer.json)
        states.append(started.world.snapshot())
    assert moves[0] == moves[1]
    assert states[0] == states[1]
    told = [event["at"] for event in moves[0]["happened"] if event["type"] == kind]
    assert told
    assert set(told) == {moves[0]["to"]}


def test_an_api_names_what_it_notes() -> None:
    root = Path(sandbox.__file__).parent
    for folder, named in [(root / "apis" / api.name, set(api.happens)) for api in discover()] + [
        (root / "kernel", set(HAPPENS))
    ]:
        text = "".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
        noted = set(re.findall(r"\bnote\(\s*\"([a-z.]+)\"", text))
        assert noted <= named
        assert all(f'"{name}"' in text or f'"{name.rpartition(".")[2]}"' in text for name in named)
