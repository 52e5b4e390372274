"""The marker ``sandbox`` says what a test starts with. That of a class or module holds for all its tests."""

import httpx
import pytest

from sandbox.testing import Local


@pytest.mark.sandbox(scenario="empty", seed=7, clock="2025-06-01T00:00:00Z")
class TestEmpty:
    def test_nothing_is_there(self, api: httpx.Client) -> None:
        assert api.get("/workflows").json()["data"] == []

    @pytest.mark.sandbox(clock="2026-06-01T00:00:00Z")
    def test_the_nearest_marker_wins_word_by_word(self, sandbox: Local, api: httpx.Client) -> None:
        assert sandbox.clock.now.year == 2026
        assert api.get("/workflows").json()["data"] == []


@pytest.mark.sandbox(settings={"monetize360.extendedEvents": True})
def test_settings(api: httpx.Client) -> None:
    hook = {"url": "https://your-app.com/webhook", "events": ["mdata.deleted"]}
    assert api.post("/webhooks", json=hook).status_code == 201


@pytest.mark.sandbox(
    faults=[
        {
            "match": {"operation": "createMdata"},
            "when": {"times": 1},
            "effect": {"status": 503, "retryAfter": 5},
        }
    ]
)
def test_faults(api: httpx.Client) -> None:
    note = {"data": {"title": "Call back"}}
    first = api.post("/mobjects/mobject-id/mdata", json=note)
    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
    assert api.post("/mobjects/mobject-id/mdata", json=note).status_code == 201
