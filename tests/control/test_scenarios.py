"""Scenarios: /__admin/scenarios."""

from typing import Any

import pytest

from sandbox.kernel.sandbox import Start
from sandbox.kernel.scenario import Library
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import Client, make_client, make_pipeline


def load(api: Driver, name: str, body: Any = None) -> Any:
    return api.admin("POST", f"/scenarios/{name}/load", body)


def test_those_that_ship_are_listed() -> None:
    client = make_client("docs")
    found = {row["name"]: row for row in client.get("/__admin/scenarios").json["scenarios"]}
    assert {"docs", "demo", "empty"} <= found.keys()
    assert all(row["title"] and row["description"] for row in found.values())
    assert [name for name, row in found.items() if row["loaded"]] == ["docs"]
    client.post("/__admin/scenarios/empty/load")
    loaded = [row["name"] for row in client.get("/__admin/scenarios").json["scenarios"] if row["loaded"]]
    assert loaded == ["empty"]


def test_loading_replaces_everything_and_is_the_new_start(api: Driver) -> None:
    api.record("note", k=1)
    api.shift(60)
    summary = load(api, "docs")
    clock = {"mode": "frozen", "now": NOW, "due": 18, "next": "2024-01-15T10:35:00Z"}  # Moonify's lists catch up
    assert summary == {"namespace": "default", "scenario": "docs", "seed": 0, "scale": 1, "clock": clock}
    assert api.get("/mobjects/note").status == 404
    assert api.get("/mobjects/mobject-id").status == 200
    assert api.admin("GET", "/requests")["requests"][0]["path"].endswith("/mobjects/note")
    api.delete("/mobjects/mobject-id")
    assert api.admin("POST", "/reset") == summary
    assert api.get("/mobjects/mobject-id").status == 200


def test_how_to_seed_it_may_be_said(api: Driver) -> None:
    load(api, "docs")
    plain = api.query("mobject-id").json["data"]
    summary = load(api, "docs", {"seed": 7, "scale": 0.5, "clock": "2025-06-01T00:00:00Z"})
    assert (summary["seed"], summary["scale"], summary["clock"]["now"]) == (7, 0.5, "2025-06-01T00:00:00Z")
    assert api.query("mobject-id").json["data"] != plain
    assert load(api, "docs", {"clock": "running"})["clock"]["mode"] == "running"
    load(api, "docs", {})
    assert api.query("mobject-id").json["data"] == plain


def test_an_unknown_one_is_not_found(api: Driver) -> None:
    answer = api.client.post("/__admin/scenarios/nowhere/load")
    assert (answer.status, answer.json["error"]["code"]) == (404, "NOT_FOUND")
    assert api.get("/mobjects/note").status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seed": "x"}, "seed"),
        ({"scale": 0}, "scale"),
        ({"scale": 10.5}, "scale"),
        ({"clock": "2023-02-30T00:00:00Z"}, "clock"),
        ({"clock": ""}, "clock"),
        ({"scenario": "docs"}, "scenario"),
    ],
)
def test_a_wrong_start_is_refused(api: Driver, body: Any, field: str) -> None:
    answer = api.client.post("/__admin/scenarios/docs/load", body)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (400, field)
    assert api.get("/mobjects/note").status == 200


def test_a_wrong_scenario_is_told_and_changes_nothing() -> None:
    texts = {"good": "title: Good", "bad": "monetize360: { tokens: [{ token: A, tier: gold }] }"}
    library = Library(tuple(texts), lambda name: (name, texts[name]))
    client = Client(make_pipeline(library, Start("good"), check_responses=True))
    for answer in (
        client.post("/__admin/scenarios/bad/load"),
        client.post("/__admin/namespaces", {"name": "other", "scenario": "bad"}),
    ):
        error = answer.json["error"]
        assert (answer.status, error["details"]["field"]) == (400, "scenario")
        assert "monetize360.tokens.0.tier" in error["message"]
    assert client.get("/__admin/namespaces").json["namespaces"][0]["scenario"] == "good"


def test_one_that_is_wrong_by_now_does_not_hide_the_others() -> None:
    texts = {"good": "{title: Good, description: Fine}", "bad": "seed: x", "own.yaml": "title: Own"}
    library = Library(("bad", "good", "gone"), lambda name: (name, texts[name]))
    client = Client(make_pipeline(library, Start("own.yaml"), check_responses=True))
    texts["own.yaml"] = "title: ["
    listed = client.get("/__admin/scenarios").json["scenarios"]
    assert [(row["name"], row["title"], row["loaded"]) for row in listed] == [
        ("bad", "bad", False),
        ("good", "Good", False),
        ("gone", "gone", False),
        ("own.yaml", "own.yaml", True),
    ]
    told = [row["description"] for row in listed]
    assert told[0] == "Cannot be loaded. bad: seed: must be of type integer, not string"
    assert told[1:3] == ["Fine", "Cannot be loaded. There is no scenario 'gone'; there are bad, good, gone"]
    assert told[3].startswith("Cannot be loaded. own.yaml: line 2: is not YAML")
