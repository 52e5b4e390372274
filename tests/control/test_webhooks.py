"""Webhooks of every API, and what is to go wrong with them: /__admin/webhooks and /__admin/webhook-faults."""

import hashlib
import hmac
from typing import Any

import orjson
import pytest

from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import NOW, Driver


@pytest.fixture(autouse=True)
def receiver(api: Driver) -> None:
    """One that is up."""
    api.client.receiver = lambda _: Outcome(200)


def faults(api: Driver, *given: dict[str, Any]) -> list[Any]:
    return list(api.admin("PUT", "/webhook-faults", {"faults": list(given)})["faults"])


def sent(api: Driver) -> list[str]:
    """The deliveries that were attempted, in order."""
    return [attempt.delivery for attempt in api.client.attempts]


def states(api: Driver) -> list[str]:
    return [row["state"] for row in api.deliveries()]


def test_those_of_every_api_are_listed_without_their_secrets(api: Driver) -> None:
    assert api.admin("GET", "/webhooks") == {"webhooks": []}
    first = api.subscribe("mdata.created", url="http://me:pw@127.0.0.1:9/hook", secret="hush")
    second = api.subscribe("workflow.completed", url="https://your-app.com/")
    api.record("note", k=1)
    answer = api.client.get("/__admin/webhooks")
    assert answer.json["webhooks"] == [
        {"id": first, "api": "monetize360", "url": "http://[redacted]@127.0.0.1:9/hook", "events": ["mdata.created"]}
        | {"signed": True, "createdAt": NOW, "deliveries": {"delivered": 1}},
        {"id": second, "api": "monetize360", "url": "https://your-app.com/", "events": ["workflow.completed"]}
        | {"signed": False, "createdAt": NOW, "deliveries": {}},
    ]
    assert b"hush" not in answer.body


def test_one_that_is_deleted_hears_no_more(api: Driver) -> None:
    api.client.receiver = lambda _: Outcome(500)
    webhook = api.subscribe("mdata.created")
    api.record("note", k=1)
    assert api.admin("DELETE", f"/webhooks/{webhook}")["success"] is True
    api.record("note", k=2)
    assert (states(api), api.admin("GET", "/clock")["due"]) == (["failed"], 0)
    assert api.client.delete(f"/__admin/webhooks/{webhook}").status == 404


def test_faults_are_data_of_a_namespace(api: Driver) -> None:
    given = {"effect": "delay", "by": "PT5M", "next": 2, "api": "monetize360", "event": "mdata.created"}
    shown = {"effect": "delay", "by": 300, "left": 2, "api": "monetize360", "event": "mdata.created", "applied": 0}
    assert faults(api, given) == [shown] == api.admin("GET", "/webhook-faults")["faults"]
    everything = [{"effect": effect} for effect in ("drop", "delay", "duplicate", "reorder", "wrongSignature")]
    assert [row["by"] for row in faults(api, *everything, {"effect": "staleTime"})] == [0, 60, 0, 60, 0, 3600]
    api.admin("POST", "/namespaces", {"name": "other", "scenario": "test"})
    assert api.client.get("/ns/other/__admin/webhook-faults").json == {"faults": []}
    api.admin("POST", "/namespaces", {"name": "copy", "from": "default"})
    assert len(api.client.get("/ns/copy/__admin/webhook-faults").json["faults"]) == 6
    api.admin("DELETE", "/webhook-faults")
    assert api.admin("GET", "/webhook-faults") == {"faults": []}
    faults(api, given)
    api.admin("POST", "/reset")
    assert api.admin("GET", "/webhook-faults") == {"faults": []}


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"effect": "explode"},
        {"effect": "drop", "next": 0},
        {"effect": "delay", "by": "soon"},
        {"effect": "delay", "by": -1},
        {"effect": "staleTime", "by": "P401D"},
        {"effect": "drop", "times": 3},
    ],
)
def test_what_is_no_fault_is_refused_and_nothing_changes(api: Driver, fault: dict[str, Any]) -> None:
    faults(api, {"effect": "drop"})
    answer = api.client.put("/__admin/webhook-faults", {"faults": [{"effect": "delay"}, fault]})
    assert (answer.status, answer.json["error"]["code"]) == (400, "INVALID_REQUEST")
    assert [row["effect"] for row in api.admin("GET", "/webhook-faults")["faults"]] == ["drop"]


def test_the_next_are_dropped_and_may_be_replayed(api: Driver) -> None:
    api.subscribe("mdata.created")
    faults(api, {"effect": "drop", "next": 2})
    for number in range(3):
        api.record("note", k=number)
    assert (states(api), sent(api)) == (["dropped", "dropped", "delivered"], ["3"])
    assert [row["faults"] for row in api.deliveries()] == [["drop"], ["drop"], []]
    (row,) = api.admin("GET", "/webhook-faults")["faults"]
    assert (row["left"], row["applied"]) == (0, 2)
    assert api.admin("POST", "/deliveries/1/replay")["delivery"]["state"] == "delivered"
    assert [event["type"] for event in api.admin("GET", "/events")["events"]][:1] == ["webhook.dropped"]


def test_a_delay_is_simulated_time(api: Driver) -> None:
    api.subscribe("mdata.created")
    faults(api, {"effect": "delay", "by": "PT5M"})
    api.record("note", k=1)
    (row,) = api.deliveries()
    assert (row["state"], row["attempts"], row["nextAttempt"]) == ("pending", [], "2024-01-15T10:35:00Z")
    assert api.shift(299)["counts"] == {}
    assert api.shift(1)["counts"] == {"webhook.delivered": 1}
    assert orjson.loads(api.client.attempts[0].body)["timestamp"] == NOW


def test_a_duplicate_comes_after_the_first_with_the_same_id(api: Driver) -> None:
    api.subscribe("mdata.created")
    faults(api, {"effect": "duplicate", "next": 1})
    api.record("note", k=1)
    first, second = api.client.attempts
    assert second == first._replace(turn=1)
    (row,) = api.deliveries()
    assert (row["state"], [made["status"] for made in row["attempts"]]) == ("delivered", [200, 200])


@pytest.mark.parametrize("outcomes", [(200, 500), (500, 200)])
def test_of_two_copies_one_is_enough(api: Driver, outcomes: tuple[int, int]) -> None:
    answers = iter(outcomes)
    api.client.receiver = lambda _: Outcome(next(answers))
    api.subscribe("mdata.created")
    faults(api, {"effect": "duplicate"})
    api.record("note", k=1)
    (row,) = api.deliveries()
    assert (row["state"], tuple(made["status"] for made in row["attempts"])) == ("delivered", outcomes)
    assert api.admin("GET", "/clock")["due"] == 0


def test_two_copies_that_fail_are_one_failure(api: Driver) -> None:
    api.client.receiver = lambda _: Outcome(500)
    api.subscribe("mdata.created")
    faults(api, {"effect": "duplicate"})
    api.record("note", k=1)
    assert api.admin("GET", "/clock")["due"] == 1
    assert api.shift("P2D")["counts"] == {"webhook.attempted": 4, "webhook.failed": 1}
    (row,) = api.deliveries()
    assert [made["at"] for made in row["attempts"][:3]] == [NOW, NOW, "2024-01-15T10:31:00Z"]


def test_two_deliveries_change_places(api: Driver) -> None:
    api.subscribe("mdata.created")
    faults(api, {"effect": "reorder"})
    for number in range(5):
        api.record("note", k=number)
    assert sent(api) == ["2", "1", "4", "3"]
    assert [attempt.turn for attempt in api.client.attempts] == [0, 1, 0, 1]
    assert api.shift("PT59S")["counts"] == {}
    assert api.shift("PT1S")["counts"] == {"webhook.delivered": 1}
    assert sent(api)[4:] == ["5"]
    assert states(api) == ["delivered"] * 5


def test_places_are_changed_for_each_webhook_by_itself(api: Driver) -> None:
    for path in ("one", "two"):
        api.subscribe("mdata.created", url=f"http://127.0.0.1:9/{path}")
    faults(api, {"effect": "reorder", "next": 2})
    for number in range(2):
        api.record("note", k=number)
    by_url: dict[str, list[str]] = {}
    for attempt in sorted(api.client.attempts, key=lambda made: made.turn):
        by_url.setdefault(attempt.url[-3:], []).append(attempt.delivery)
    assert by_url == {"one": ["3", "1"], "two": ["4", "2"]}


def signature_holds(attempt: Attempt) -> bool:
    wanted = "sha256=" + hmac.new(b"hush", attempt.body, hashlib.sha256).hexdigest()
    return dict(attempt.headers)["X-Monetize360-Signature"] == wanted


def test_a_wrong_signature_is_well_formed_and_stays_wrong_until_a_replay(api: Driver) -> None:
    api.client.receiver = lambda attempt: Outcome(200 if signature_holds(attempt) else 401)
    api.subscribe("mdata.created", secret="hush")
    faults(api, {"effect": "wrongSignature", "next": 1})
    api.record("note", k=1)
    api.record("note", k=2)
    api.shift("PT1M")
    assert [signature_holds(attempt) for attempt in api.client.attempts] == [False, True, False]
    assert states(api) == ["pending", "delivered"]
    sizes = {len(dict(attempt.headers)["X-Monetize360-Signature"]) for attempt in api.client.attempts}
    assert sizes == {len("sha256=") + 64}
    assert api.admin("POST", "/deliveries/1/replay")["delivery"]["state"] == "delivered"


def test_a_stale_event_is_signed_as_it_is(api: Driver) -> None:
    api.subscribe("mdata.created", secret="hush")
    faults(api, {"effect": "staleTime", "by": "P1D", "next": 1})
    for number in range(2):
        api.record("note", k=number)
    stale, fresh = api.client.attempts
    assert [orjson.loads(made.body)["timestamp"] for made in (stale, fresh)] == ["2024-01-14T10:30:00Z", NOW]
    assert signature_holds(stale)
    assert api.deliveries()[0]["body"] == stale.body.decode()


def test_they_strike_only_what_they_name_and_add_up(api: Driver) -> None:
    api.subscribe("mdata.created", "workflow.completed")
    faults(
        api,
        {"effect": "drop", "event": "workflow.completed"},
        {"effect": "drop", "api": "moonify"},
        {"effect": "delay", "by": 10, "event": "mdata.created", "next": 1},
        {"effect": "delay", "by": 20},
        {"effect": "duplicate", "next": 1},
    )
    api.execute("order")
    api.record("note", k=1)
    api.record("note", k=2)
    assert [row["faults"] for row in api.deliveries()] == [["drop"], ["delay", "duplicate"], ["delay"]]
    api.shift(10)
    assert sent(api) == ["2", "2"]
    api.shift(10)
    assert sent(api) == ["2", "2", "3"]
    assert [row["applied"] for row in api.admin("GET", "/webhook-faults")["faults"]] == [1, 0, 1, 1, 1]


def test_what_is_blocked_uses_no_fault_up(api: Driver) -> None:
    api.subscribe("mdata.created", url="https://your-app.com/")
    faults(api, {"effect": "drop", "next": 1})
    api.record("note", k=1)
    assert (states(api), api.admin("GET", "/webhook-faults")["faults"][0]["left"]) == (["blocked"], 1)


def test_a_fault_of_an_api_that_there_is_not_is_refused(api: Driver) -> None:
    given = [{"effect": "drop", "api": "monetize360"}, {"effect": "drop", "api": "monetise360"}]
    answer = api.client("PUT", "/__admin/webhook-faults", {"faults": given})
    message = "There is no API 'monetise360'; there are dynamic_monetization, monetize360, moonify"
    assert (answer.status, answer.json["error"]["message"]) == (404, message)
    assert api.admin("GET", "/webhook-faults") == {"faults": []}
