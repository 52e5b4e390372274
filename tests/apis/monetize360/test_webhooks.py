"""Webhooks: subscriptions, deliveries, signatures and retries (A2.10, A3.8, A5)."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import HOOK, NOW, Driver, invalid, refused

EXTENDED = ["workflow.started", "workflow.failed", "mdata.updated", "mdata.deleted"]


def accept(_attempt: Attempt) -> Outcome:
    return Outcome(204)


def heard(api: Driver) -> list[tuple[str, Any]]:
    """The events that were delivered, with their data."""
    bodies = [json.loads(attempt.body) for attempt in api.client.attempts]
    return [(body["event"], body["data"]) for body in bodies]


def test_a_new_webhook_is_answered_without_its_secret(api: Driver) -> None:
    sent = {"url": "https://your-app.com/webhook", "events": ["mdata.created", "workflow.completed"]}
    answer = api.post("/webhooks", sent | {"secret": "s"})
    assert answer.status == 201
    assert answer.json == {"id": answer.json["id"], **sent, "active": True, "createdAt": NOW}
    assert api.post("/webhooks", sent).json["id"] != answer.json["id"]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"url": None}, "url", None),
        ({"url": "ftp://x.org"}, "url", "ftp://x.org"),
        ({"url": "x.org/hook"}, "url", "x.org/hook"),
        ({"url": "http://a b"}, "url", "http://a b"),
        ({"url": "http://"}, "url", "http://"),
        ({"url": "http:///hook"}, "url", "http:///hook"),
        ({"url": "http://:80/hook"}, "url", "http://:80/hook"),
        ({"url": "http://?hook"}, "url", "http://?hook"),
        ({"events": []}, "events", []),
        ({"events": "mdata.created"}, "events", "mdata.created"),
        ({"events": ["mdata.created"] * 2}, "events", ["mdata.created"] * 2),
        ({"events": ["mdata.create"]}, "events.0", "mdata.create"),
        ({"events": ["mdata.created", "x"]}, "events.1", "x"),
        ({"secret": ""}, "secret", None),  # a secret is never shown
        ({"secret": 7}, "secret", None),
    ],
)
def test_a_wrong_webhook_is_refused(api: Driver, change: dict[str, Any], field: str, value: Any) -> None:
    body = {"url": HOOK, "events": ["mdata.created"]} | change
    assert refused(api.post("/webhooks", body)) == invalid(field, value)
    assert api.lever("GET", "/webhooks").json == {"webhooks": []}


@pytest.mark.parametrize("member", ["url", "events"])
def test_url_and_events_are_required(api: Driver, member: str) -> None:
    body = {"url": HOOK, "events": ["mdata.created"]}
    del body[member]
    assert refused(api.post("/webhooks", body)) == invalid(member, None)


@pytest.mark.parametrize("event", EXTENDED)
def test_an_extension_event_needs_the_setting(api: Driver, event: str) -> None:
    body = {"url": HOOK, "events": ["mdata.created", event]}
    assert refused(api.post("/webhooks", body)) == invalid("events.1", event)
    api.set(monetize360_extendedEvents=True)
    assert api.post("/webhooks", body).status == 201
    api.set(monetize360_extendedEvents=False)
    assert refused(api.post("/webhooks", body)) == invalid("events.1", event)


def test_a_created_record_is_delivered_as_answered(api: Driver) -> None:
    api.subscribe("mdata.created")
    answer = api.create("note", name="Ada", n=250.00)
    (attempt,) = answer.attempts
    assert attempt.url == HOOK
    assert json.loads(attempt.body) == {"event": "mdata.created", "timestamp": NOW, "data": answer.json}


def test_each_record_of_a_bulk_is_an_event(api: Driver) -> None:
    api.subscribe("mdata.created")
    mobject = api.mobject(fields={"n": {"type": "number"}})
    answer = api.bulk(mobject, {"n": 1}, {"n": "x"}, {"n": 2})
    assert heard(api) == [("mdata.created", record) for record in answer.json["data"]]


def test_a_save_workflow_tells_of_its_record_too(api: Driver) -> None:
    api.subscribe("mdata.created", "workflow.completed")
    done = api.execute(api.own_workflow("Save", "Note"), {"k": 1})
    assert heard(api) == [("mdata.created", done["output"]), ("workflow.completed", told(done, "output"))]


def told(execution: dict[str, Any], *more: str) -> dict[str, Any]:
    """What an event tells of an execution."""
    return {name: execution[name] for name in ("workflowId", "executionId", "status", *more)}


def test_a_completed_execution_is_delivered(api: Driver) -> None:
    api.subscribe("workflow.completed")
    now = api.execute("order", {"a": 1})
    assert heard(api) == [("workflow.completed", told(now, "output"))]
    api.client.attempts.clear()
    started = api.execute("order", later=True)
    api.execute(api.workflow(outcome="failed"))
    api.execute(api.workflow("held", outcome="waiting"))
    assert heard(api) == []
    api.shift(15)
    assert heard(api) == [("workflow.completed", told(api.execution(started), "output"))]
    assert json.loads(api.client.attempts[-1].body)["timestamp"] == "2024-01-15T10:30:15Z"


def test_the_extension_events_tell_the_rest(api: Driver) -> None:
    api.set(monetize360_extendedEvents=True)
    api.subscribe(*EXTENDED)
    record = api.create("note", k=1).json
    changed = api.change("note", record["id"], k=2).json
    api.delete(f"/mobjects/note/mdata/{record['id']}")
    failed = api.execute(api.workflow(outcome="failed"))
    assert heard(api) == [
        ("mdata.updated", changed),
        ("mdata.deleted", changed),
        ("workflow.started", told(failed) | {"status": "running"}),
        ("workflow.failed", told(failed, "error")),
    ]


def test_a_pending_execution_has_not_started(api: Driver) -> None:
    api.set(monetize360_extendedEvents=True)
    api.subscribe("workflow.started")
    flow = api.workflow(queue=10)
    started = api.execute(flow, later=True)
    assert heard(api) == []
    api.shift(10)
    assert heard(api) == [("workflow.started", told(started) | {"status": "running"})]
    by_hand = api.execute(flow, later=True)
    api.lever("POST", f"/executions/{by_hand['executionId']}/complete")
    assert heard(api)[1:] == [("workflow.started", told(by_hand) | {"status": "running"})]


def test_the_levers_tell_too(api: Driver) -> None:
    api.set(monetize360_extendedEvents=True)
    api.subscribe("workflow.completed", "workflow.failed")
    flow = api.workflow(outcome="waiting")
    first, second = api.execute(flow), api.execute(flow)
    api.lever("POST", f"/executions/{first['executionId']}/complete", {"output": {"ok": True}})
    api.lever("POST", f"/executions/{second['executionId']}/fail", {"code": "NO", "message": "No"})
    assert heard(api) == [
        ("workflow.completed", told(api.execution(first), "output")),
        ("workflow.failed", told(api.execution(second), "error")),
    ]


def test_a_deleted_object_is_silent(api: Driver) -> None:
    api.set(monetize360_extendedEvents=True)
    mobject = api.mobject()
    api.record(mobject, k=1)
    api.subscribe("mdata.deleted")
    api.delete(f"/mobjects/{mobject}")
    assert api.deliveries() == []


def test_only_subscribers_hear_and_all_of_them(api: Driver) -> None:
    for url, event in ((HOOK, "mdata.created"), (f"{HOOK}/2", "mdata.created"), (f"{HOOK}/3", "workflow.completed")):
        api.subscribe(event, url=url)
    answer = api.create("note", k=1)
    assert [attempt.url for attempt in answer.attempts] == [HOOK, f"{HOOK}/2"]
    assert len({attempt.body for attempt in answer.attempts}) == 1


def test_a_refused_request_tells_nobody(api: Driver) -> None:
    api.subscribe("mdata.created")
    mobject = api.mobject(fields={"n": {"type": "number"}})
    assert not api.create(mobject, n="x").attempts
    assert api.bulk(mobject, {"n": "x"}).status == 200
    assert api.deliveries() == []


def test_a_secret_signs_the_exact_bytes(api: Driver) -> None:
    api.subscribe("mdata.created", secret="s3crét")
    api.subscribe("mdata.created", url=f"{HOOK}/unsigned")
    signed, unsigned = api.create("note", name="ü", n=1.50).attempts
    headers = dict(signed.headers)
    digest = hmac.new("s3crét".encode(), signed.body, hashlib.sha256).hexdigest()
    assert headers["X-Monetize360-Signature"] == f"sha256={digest}"
    assert headers["Content-Type"] == "application/json"
    assert (headers["X-Monetize360-Event"], headers["X-Monetize360-Delivery"]) == ("mdata.created", "1")
    assert "X-Monetize360-Signature" not in dict(unsigned.headers)
    first, second = api.deliveries()
    assert (first["signature"], second["signature"]) == (f"sha256={digest}", None)
    assert first["body"].encode() == signed.body


RETRIES = [
    ("2024-01-15T10:30:00Z", "2024-01-15T10:31:00Z"),
    ("2024-01-15T10:31:00Z", "2024-01-15T10:41:00Z"),
    ("2024-01-15T10:41:00Z", "2024-01-15T11:41:00Z"),
    ("2024-01-15T11:41:00Z", "2024-01-15T17:41:00Z"),
    ("2024-01-15T17:41:00Z", "2024-01-16T17:41:00Z"),
    ("2024-01-16T17:41:00Z", None),
]


def test_a_delivery_is_tried_again_after_1_10_60_minutes_6_and_24_hours(api: Driver) -> None:
    api.subscribe("mdata.created", secret="s")
    api.record("note", k=1)
    for made, (at, following) in enumerate(RETRIES, 1):
        (delivery,) = api.deliveries()
        assert len(delivery["attempts"]) == made == len(api.client.attempts)
        assert delivery["attempts"][-1] == {"at": at, "outcome": "connection refused", "status": None}
        assert delivery["nextAttempt"] == following
        assert delivery["state"] == ("pending" if following else "failed")
        if following:
            api.admin("POST", "/clock/move", {"to": following})
    api.shift("P30D")
    assert len(api.client.attempts) == 6
    assert len({(attempt.body, tuple(attempt.headers)) for attempt in api.client.attempts}) == 1


def test_one_move_makes_all_attempts_at_their_instants(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    moved = api.shift("P30D")
    assert moved["counts"] == {"webhook.attempted": 4, "webhook.failed": 1}
    assert [event["at"] for event in moved["happened"]] == [at for at, _ in RETRIES[1:]]
    (delivery,) = api.deliveries()
    assert [attempt["at"] for attempt in delivery["attempts"]] == [at for at, _ in RETRIES]


@pytest.mark.parametrize(("status", "state"), [(200, "delivered"), (204, "delivered"), (299, "delivered")])
def test_any_2xx_accepts_a_delivery(api: Driver, status: int, state: str) -> None:
    api.client.receiver = lambda _: Outcome(status)
    api.subscribe("mdata.created")
    api.record("note", k=1)
    (delivery,) = api.deliveries()
    assert (delivery["state"], delivery["nextAttempt"]) == (state, None)
    assert delivery["attempts"] == [{"at": NOW, "outcome": f"answered {status}", "status": status}]
    api.shift("P30D")
    assert len(api.client.attempts) == 1


@pytest.mark.parametrize("outcome", [Outcome(301), Outcome(404), Outcome(500), Outcome(None, "no answer within 10 s")])
def test_anything_else_is_tried_again(api: Driver, outcome: Outcome) -> None:
    api.client.receiver = lambda _: outcome
    api.subscribe("mdata.created")
    api.record("note", k=1)
    assert api.deliveries()[0]["state"] == "pending"
    api.client.receiver = accept
    moved = api.shift(60)
    assert moved["counts"] == {"webhook.delivered": 1}
    (delivery,) = api.deliveries()
    assert (delivery["state"], len(delivery["attempts"])) == ("delivered", 2)


def test_the_schedule_is_a_setting(api: Driver) -> None:
    api.set(webhooks_retries=["PT5S"])
    api.subscribe("mdata.created")
    api.record("note", k=1)
    moved = api.shift("P30D")
    assert [(event["at"], event["type"]) for event in moved["happened"]] == [("2024-01-15T10:30:05Z", "webhook.failed")]


def test_an_event_may_cause_attempts_inside_a_move(api: Driver) -> None:
    api.client.receiver = accept
    api.subscribe("workflow.completed")
    first, second = api.execute("order", later=True), api.execute(api.workflow(duration=20), later=True)
    moved = api.shift("PT1H")
    assert [(event["at"], event["type"], event["subject"]) for event in moved["happened"]] == [
        ("2024-01-15T10:30:15Z", "execution.completed", first["executionId"]),
        ("2024-01-15T10:30:15Z", "webhook.delivered", "1"),
        ("2024-01-15T10:30:20Z", "execution.completed", second["executionId"]),
        ("2024-01-15T10:30:20Z", "webhook.delivered", "2"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://your-app.com/webhook",
        "http://10.0.0.1/x",
        "http://127.0.0.1.x.org/",
        "http://[::2]/",
        "http://0.0.0.0/",
    ],
)
def test_another_target_than_loopback_is_recorded_as_blocked(api: Driver, url: str) -> None:
    api.subscribe("mdata.created", url=url, secret="s")
    answer = api.create("note", k=1)
    assert not answer.attempts
    api.shift("P30D")
    assert api.client.attempts == []
    (delivery,) = api.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["nextAttempt"]) == ("blocked", [], None)
    assert json.loads(delivery["body"])["data"] == answer.json
    assert delivery["signature"].startswith("sha256=")
    (event,) = api.admin("GET", "/events")["events"]
    assert (event["type"], event["detail"]) == ("webhook.blocked", {"event": "mdata.created", "url": url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://127.8.8.8/", "http://localhost:1/x", "https://[::1]:9/"]
)
def test_loopback_is_called(api: Driver, url: str) -> None:
    api.subscribe("mdata.created", url=url)
    assert [attempt.url for attempt in api.create("note", k=1).attempts] == [url]


def test_an_allowed_host_is_called(api: Driver) -> None:
    api.set(webhooks_allow=["your-app.com", "other.org:8080"])
    for url in ("https://your-app.com/a", "http://other.org:8080/", "http://other.org/", "http://x.your-app.com/"):
        api.subscribe("mdata.created", url=url)
    answer = api.create("note", k=1)
    assert [attempt.url for attempt in answer.attempts] == ["https://your-app.com/a", "http://other.org:8080/"]


def test_a_target_no_longer_allowed_is_not_called_again(api: Driver) -> None:
    api.set(webhooks_allow=["your-app.com"])
    api.subscribe("mdata.created", url="https://your-app.com/a")
    api.record("note", k=1)
    api.set(webhooks_allow=[])
    api.shift(60)
    assert len(api.client.attempts) == 1
    assert api.deliveries()[0]["state"] == "blocked"


def test_an_outcome_from_before_a_reset_is_discarded(api: Driver) -> None:
    api.subscribe("mdata.created")
    attempts: list[Attempt] = []

    def reset_meanwhile(attempt: Attempt) -> Outcome:
        attempts.append(attempt)
        api.admin("POST", "/reset")
        return Outcome(200)

    api.client.receiver = reset_meanwhile
    api.record("note", k=1)
    assert len(attempts) == 1
    assert api.deliveries() == []
    assert api.admin("GET", "/events")["events"] == []
