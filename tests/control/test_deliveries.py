"""Webhook deliveries: /__admin/deliveries."""

from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import HOOK, NOW, Driver


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
    assert answer.json["deliveries"][0]["url"] == HOOK
