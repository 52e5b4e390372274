"""Settings: /__admin/settings."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import Driver


def values(api: Driver) -> dict[str, Any]:
    return {row["name"]: row["value"] for row in api.admin("GET", "/settings")["settings"]}


def test_each_is_described(api: Driver) -> None:
    rows = {row["name"]: row for row in api.admin("GET", "/settings")["settings"]}
    assert rows.keys() >= {"webhooks.allow", "webhooks.retries", "monetize360.extendedEvents"}
    assert all(row["value"] == row["default"] and row["description"] for row in rows.values())
    types = {"boolean": bool, "integer": int, "string": str, "array": list}
    assert all(type(row["value"]) is types[row["type"]] for row in rows.values())


def test_they_are_changed(api: Driver) -> None:
    before = values(api)
    change = {"monetize360.extendedEvents": True, "webhooks.allow": ["x.org", "y.org:81"]}
    answer = api.client("PATCH", "/__admin/settings", change)
    assert answer.status == 200
    assert {row["name"]: row["value"] for row in answer.json["settings"]} == before | change == values(api)
    api.admin("POST", "/reset")
    assert values(api) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nowhere", True),
        ("monetize360.extendedevents", True),
        ("monetize360.extendedEvents", "true"),
        ("monetize360.extendedEvents", 1),
        ("monetize360.extendedEvents", None),
        ("webhooks.allow", "x.org"),
        ("webhooks.allow", [7]),
        ("webhooks.allow", ["http://x.org/"]),
        ("webhooks.allow", [""]),
        ("webhooks.allow", ["*.x.org"]),
        ("webhooks.retries", "PT1M"),
        ("webhooks.retries", ["1 minute"]),
        ("webhooks.retries", [None]),
        ("webhooks.retries", {"a": 1}),
    ],
)
def test_all_or_none(api: Driver, name: str, value: Any) -> None:
    before = values(api)
    answer = api.client("PATCH", "/__admin/settings", {"webhooks.retries": ["PT1S"], name: value})
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (400, "INVALID_REQUEST")
    assert error["details"] == {"field": name, "value": value}
    assert values(api) == before


@pytest.mark.parametrize("body", [{}, [], None])
def test_something_must_be_changed(api: Driver, body: Any) -> None:
    assert api.client("PATCH", "/__admin/settings", body).status == 400
