"""Webhooks that are really delivered: by a running server, to a receiver on loopback."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests.client import M360
from tests.web.serving import PATIENCE, WORKFLOW, Receiver, Server, serving, sound, until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def api(server: Server, request: pytest.FixtureRequest) -> Iterator[httpx2.Client]:
    """A namespace for each test, from the scenario docs."""
    name = request.node.name.replace("_", "-")[:60].strip("-")
    with server.api() as control:
        made = control.post("/__admin/namespaces", json={"name": name, "scenario": "docs"})
        assert made.status_code == 201
    with server.api(namespace=name) as api:
        yield api


def subscribe(api: httpx2.Client, url: str, *events: str) -> None:
    body = {"url": url, "events": events or ["workflow.completed"], "secret": "hush"}
    assert api.post(f"{M360}/webhooks", json=body).status_code == 201


def delivery(api: httpx2.Client, state: str) -> Any:
    """The one delivery, once it is in that state."""

    def look() -> Any:
        (found,) = api.get("/__admin/deliveries").json()["deliveries"]
        return found if found["state"] == state else None

    return until(look)


def test_a_delivery_is_signed_over_its_exact_bytes(api: httpx2.Client, receiver: Receiver) -> None:
    subscribe(api, f"{receiver.url}/hook?a=1")
    answer = api.post(f"{WORKFLOW}/execute", json={"data": {"customerId": "cust-123"}}).json()
    got = receiver.next()
    assert got.path == "/hook?a=1"
    signature = hmac.new(b"hush", got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-monetize360-signature"] == f"sha256={signature}"
    assert got.headers["content-type"] == "application/json"
    event = orjson.loads(got.body)
    assert (event["event"], event["timestamp"]) == ("workflow.completed", "2024-01-15T10:30:00Z")
    assert event["data"]["executionId"] == answer["executionId"]
    assert delivery(api, "delivered")["attempts"] == [
        {"at": "2024-01-15T10:30:00Z", "outcome": "answered 200", "status": 200}
    ]


def test_redirects_are_not_followed(api: httpx2.Client, receiver: Receiver) -> None:
    receiver.status = 307
    subscribe(api, f"{receiver.url}/hook")
    api.post(f"{WORKFLOW}/execute", json={})
    assert receiver.next().path == "/hook"
    until(lambda: api.get("/__admin/deliveries").json()["deliveries"][0]["attempts"])
    (attempt,) = delivery(api, "pending")["attempts"]
    assert attempt["status"] == 307
    assert receiver.got.empty()


def test_elsewhere_is_blocked(api: httpx2.Client) -> None:
    subscribe(api, "https://your-app.com/webhook")
    api.post(f"{WORKFLOW}/execute", json={})
    assert delivery(api, "blocked")["attempts"] == []


def counts(api: httpx2.Client, by: str | float) -> dict[str, int]:
    """What a move of the clock led to."""
    return told(api.post("/__admin/clock/shift", json={"by": by}))


def told(moved: httpx2.Response) -> dict[str, int]:
    """Without the sessions that live in the scenario beside."""
    return {kind: count for kind, count in moved.json()["counts"].items() if not kind.startswith("session.")}


def test_retries_follow_the_clock(api: httpx2.Client, receiver: Receiver) -> None:
    receiver.status = 503
    subscribe(api, receiver.url)
    api.post(f"{WORKFLOW}/execute", json={})
    first = receiver.next()
    until(lambda: api.get("/__admin/deliveries").json()["deliveries"][0]["attempts"])
    assert counts(api, 59) == {}
    assert counts(api, 601) == {"webhook.attempted": 2}
    assert [receiver.next().body for _ in range(2)] == [first.body] * 2
    receiver.status = 204
    assert counts(api, "P2D") == {"webhook.delivered": 1}
    assert receiver.next().body == first.body
    assert receiver.got.empty()


def test_a_clock_move_waits_for_the_receiver_and_nobody_else_does(
    api: httpx2.Client, receiver: Receiver, server: Server
) -> None:
    subscribe(api, receiver.url)
    receiver.gate.clear()
    api.post(f"{WORKFLOW}/execute", json={"async": True})
    moved: list[httpx2.Response] = []
    mover = threading.Thread(target=lambda: moved.append(api.post("/__admin/clock/shift", json={"by": "PT1H"})))
    mover.start()
    assert orjson.loads(receiver.next().body)["timestamp"] == "2024-01-15T10:30:15Z"
    assert sound(server)
    assert api.get("/__admin/clock").json()["now"] == "2024-01-15T10:30:15Z"
    assert api.post("/__admin/clock/shift", json={"by": 1}).status_code == 409
    assert moved == []
    receiver.gate.set()
    mover.join(PATIENCE)
    assert moved[0].json()["to"] == "2024-01-15T11:30:00Z"
    assert told(moved[0]) == {"execution.completed": 1, "webhook.delivered": 1}


def test_time_passes_by_itself(receiver: Receiver, tmp_path: Path) -> None:
    """With a clock that runs, what is due happens although no request arrives."""
    scenario = tmp_path / "soon.yaml"
    scenario.write_text(f"""
monetize360:
  workflows: [{{id: soon, name: Soon, duration: 0.2}}]
  executions: [{{id: one, workflow: soon, status: running}}]
  webhooks: [{{id: hook, url: "{receiver.url}", events: [workflow.completed]}}]
""")
    with serving("--scenario", str(scenario), "--clock", "2024-01-15T10:30:00Z+"):
        event = orjson.loads(receiver.next().body)
    assert event["data"]["executionId"] == "one"
    assert event["timestamp"] == "2024-01-15T10:30:00Z"
