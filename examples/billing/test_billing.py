"""The billing of a print shop, without any account, network or waiting."""

import pytest
from flask.testing import FlaskClient

from sandbox.testing import Local


def test_a_customer_signs_up(app: FlaskClient, sandbox: Local) -> None:
    made = app.post("/customers", json={"name": "Ada", "email": "ada@example.com"})
    assert made.status_code == 201
    assert made.get_json()["pageToken"]
    shown = app.get(f"/customers/{made.get_json()['id']}").get_json()
    assert (shown["name"], shown["tier"], shown["earned"], shown["charges"]) == ("Ada", "standard", 0, [])
    assert {exchange.api for exchange in sandbox.exchanges} == {"monetize360", "moonify"}


def test_nobody_else_is_a_customer(app: FlaskClient) -> None:
    assert app.get("/customers/nobody").status_code == 404


def test_prints_are_metered_charged_and_paid(app: FlaskClient, sandbox: Local, ada: str) -> None:
    charge = app.post(f"/customers/{ada}/prints", json={"copies": 10})
    assert charge.status_code == 202
    assert (charge.get_json()["amount"], charge.get_json()["state"]) == (2.5, "open")
    assert len(sandbox.webhooks) == 0

    sandbox.clock.shift("PT15S")
    paid = sandbox.webhooks.one("workflow.completed")
    assert paid.json["data"]["executionId"] == charge.get_json()["id"]
    assert paid.replay(app).status_code == 200
    assert app.get(f"/customers/{ada}").get_json()["charges"] == [charge.get_json() | {"state": "paid"}]


def test_an_event_that_comes_twice_counts_once(app: FlaskClient, sandbox: Local, ada: str) -> None:
    app.post(f"/customers/{ada}/prints", json={"copies": 1})
    sandbox.clock.shift("PT15S")
    paid = sandbox.webhooks.one("workflow.completed")
    assert [paid.replay(app).status_code for _ in range(2)] == [200, 200]
    assert [charge["state"] for charge in app.get(f"/customers/{ada}").get_json()["charges"]] == ["paid"]


def test_an_event_that_others_sign_is_refused(app: FlaskClient, sandbox: Local, ada: str) -> None:
    app.post(f"/customers/{ada}/prints", json={"copies": 1})
    sandbox.clock.shift("PT15S")
    forged = sandbox.webhooks.one("workflow.completed")
    forged.body = forged.body.replace(b"success", b"Success")
    assert forged.replay(app).status_code == 401
    assert [charge["state"] for charge in app.get(f"/customers/{ada}").get_json()["charges"]] == ["open"]


def test_more_than_is_left_is_denied_and_not_charged(app: FlaskClient, ada: str) -> None:
    """1,000 tokens at 3 a print are enough for 333."""
    assert app.post(f"/customers/{ada}/prints", json={"copies": 333}).status_code == 202
    denied = app.post(f"/customers/{ada}/prints", json={"copies": 1})
    assert denied.status_code == 402
    assert "ufficient" in denied.get_json()["error"]
    assert len(app.get(f"/customers/{ada}").get_json()["charges"]) == 1


def test_nothing_is_printed_once_the_token_expired(app: FlaskClient, sandbox: Local, ada: str) -> None:
    sandbox.clock.move_to("2025-02-18T10:30:00Z")
    refused = app.post(f"/customers/{ada}/prints", json={"copies": 1})
    assert refused.status_code == 503
    assert "401" in refused.get_json()["error"]


@pytest.mark.sandbox(faults=[{"match": {"api": "dynamic_monetization"}, "effect": {"status": 503}}])
def test_without_metering_nothing_is_printed(app: FlaskClient, sandbox: Local, ada: str) -> None:
    assert app.post(f"/customers/{ada}/prints", json={"copies": 1}).status_code == 503
    assert "executeWorkflow" not in {exchange.operation for exchange in sandbox.exchanges}


def test_a_customer_earns(app: FlaskClient, sandbox: Local) -> None:
    made = app.post("/customers", json={"name": "Ada", "email": "ada@example.com"}).get_json()
    sandbox.control("POST", f"/moonify/sessions/{made['pageToken']}/activity", {"score": 12.5, "time": 60})
    assert app.get(f"/customers/{made['id']}").get_json()["earned"] == 12.5
