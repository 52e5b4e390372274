"""Webhook deliveries and their replay: /__admin/deliveries."""

import pytest

from sandbox.kernel.request import Pending, Request
from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import HOOK, NOW, Driver, refused


def test_a_delivery_is_told_from_beginning_to_end(api: Driver) -> None:
    webhook = api.subscribe("mdata.created")
    answer = api.create("note", k=1)
    (row,) = api.deliveries()
    assert row == {
        "id": 1,
        "api": "monetize360",
        "subscription": webhook,
        "url": HOOK,
        "event": "mdata.created",
        "state": "pending",
        "attempts": [{"at": NOW, "outcome": "connection refused", "status": None}],
        "nextAttempt": "2024-01-15T10:31:00Z",
        "faults": [],
        "body": answer.attempts[0].body.decode(),
        "signature": None,
    }
    api.client.receiver = lambda _: Outcome(202)
    api.shift(60)
    (row,) = api.deliveries()
    assert (row["state"], row["nextAttempt"]) == ("delivered", None)
    assert row["attempts"][1] == {"at": "2024-01-15T10:31:00Z", "outcome": "answered 202", "status": 202}


def test_one_not_yet_tried_is_told_too(api: Driver) -> None:
    seen = []

    def look(_attempt: Attempt) -> Outcome:
        seen.extend(api.deliveries())
        return Outcome(200)

    api.client.receiver = look
    api.subscribe("mdata.created")
    api.record("note", k=1)
    assert [(row["state"], row["attempts"], row["nextAttempt"]) for row in seen] == [("pending", [], None)]


def test_they_are_paged(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.bulk("note", *({"k": number} for number in range(5)))
    first = api.admin("GET", "/deliveries?limit=2")
    assert [row["id"] for row in first["deliveries"]] == [1, 2]
    rest = api.admin("GET", f"/deliveries?limit=3&after={first['cursor']}")
    assert ([row["id"] for row in rest["deliveries"]], rest["cursor"]) == ([3, 4, 5], None)


def test_secrets_are_not_told(api: Driver) -> None:
    api.subscribe("mdata.created", url="http://user:passw0rd@127.0.0.1:9/hook", secret="s3cret")
    api.record("note", k=1)
    answer = api.client.get("/__admin/deliveries")
    assert b"s3cret" not in answer.body
    assert b"passw0rd" not in answer.body
    assert answer.json["deliveries"][0]["url"] == "http://[redacted]@127.0.0.1:9/hook"
    (event,) = [one for one in api.admin("GET", "/events")["events"] if one["type"].startswith("webhook.")]
    assert event["detail"]["url"] == "http://[redacted]@127.0.0.1:9/hook"


def test_they_are_found_by_their_state(api: Driver) -> None:
    api.subscribe("mdata.created", url="https://your-app.com/")
    api.record("note", k=1)
    api.subscribe("mdata.created")
    api.record("note", k=2)
    rows = {state: api.admin("GET", f"/deliveries?state={state}")["deliveries"] for state in ("blocked", "pending")}
    assert [row["id"] for row in rows["blocked"]] == [1, 2]
    assert [row["id"] for row in rows["pending"]] == [3]
    assert api.client.get("/__admin/deliveries?state=lost").status == 400


def test_one_is_got_by_its_number(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    assert [api.admin("GET", "/deliveries/1")] == api.deliveries()
    for number, status in (("2", 404), ("0", 400), ("x", 400)):
        assert api.client.get(f"/__admin/deliveries/{number}").status == status


def test_a_replay_that_succeeds_ends_the_delivery(api: Driver) -> None:
    api.subscribe("mdata.created", secret="hush")
    api.record("note", k=1)
    (first,) = api.client.attempts
    api.client.receiver = lambda _: Outcome(204)
    told = api.admin("POST", "/deliveries/1/replay")
    assert told["attempt"] == {"at": NOW, "outcome": "answered 204", "status": 204}
    assert [told["delivery"]] == api.deliveries()
    assert (told["delivery"]["state"], told["delivery"]["nextAttempt"]) == ("delivered", None)
    assert len(told["delivery"]["attempts"]) == 2
    again = api.client.attempts[1]
    assert (again.body, again.headers, again.url) == (first.body, first.headers, first.url)
    assert api.admin("GET", "/clock")["due"] == 0
    assert [event["type"] for event in api.admin("GET", "/events")["events"]] == [
        "webhook.attempted",
        "webhook.replayed",
    ]
    assert api.shift("P2D")["happened"] == []


def test_a_replay_that_fails_leaves_the_schedule_as_it_is(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    for _ in range(7):
        told = api.admin("POST", "/deliveries/1/replay")
    assert (told["delivery"]["state"], told["delivery"]["nextAttempt"]) == ("pending", "2024-01-15T10:31:00Z")
    assert api.shift("P2D")["counts"] == {"webhook.attempted": 4, "webhook.failed": 1}
    told = api.admin("POST", "/deliveries/1/replay")
    assert (told["delivery"]["state"], len(told["delivery"]["attempts"])) == ("failed", 6 + 8)
    api.client.receiver = lambda _: Outcome(200)
    assert api.admin("POST", "/deliveries/1/replay")["delivery"]["state"] == "delivered"
    assert api.admin("POST", "/deliveries/1/replay")["delivery"]["state"] == "delivered"


def test_what_may_not_be_called_is_not_replayed(api: Driver) -> None:
    api.subscribe("mdata.created", url="https://your-app.com/hook")
    api.record("note", k=1)
    answer = api.client.post("/__admin/deliveries/1/replay")
    assert (answer.status, answer.json["error"]["code"]) == (409, "CONFLICT")
    assert api.client.attempts == []
    api.set(webhooks_allow=["your-app.com"])
    assert api.admin("POST", "/deliveries/1/replay")["delivery"]["state"] == "blocked"
    api.client.receiver = lambda _: Outcome(200)
    assert api.admin("POST", "/deliveries/1/replay")["delivery"]["state"] == "delivered"
    assert refused(api.client.post("/__admin/deliveries/2/replay"))[:2] == (404, "NOT_FOUND")


def replaying(api: Driver) -> Pending:
    pending = api.client.pipeline.handle(Request("POST", "/__admin/deliveries/1/replay", "", {}, b""))
    assert isinstance(pending, Pending)
    return pending


@pytest.mark.parametrize("other", ["replay", "reset", "delete"])
def test_while_a_replay_waits_others_go_on(api: Driver, other: str) -> None:
    """Its outcome belongs where it was begun, and nowhere else."""
    api.subscribe("mdata.created")
    api.record("note", k=1)
    pending = replaying(api)
    if other == "replay":
        assert api.client.post("/__admin/deliveries/1/replay").status == 409
    elif other == "reset":
        api.admin("POST", "/reset")
        api.subscribe("mdata.created")
        api.record("note", k=1)
    else:
        api.admin("DELETE", f"/webhooks/{api.admin('GET', '/webhooks')['webhooks'][0]['id']}")
    ended = pending.resume([Outcome(200)])
    assert not isinstance(ended, Pending)
    assert ended.status == (409 if other == "reset" else 200)
    (row,) = api.deliveries()
    assert (row["state"], len(row["attempts"])) == (("pending", 1) if other == "reset" else ("delivered", 2))
