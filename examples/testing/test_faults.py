"""Answers that are late or lost: the client library's own errors, and no test waits for them."""

import httpx
import pytest

NOTES = "/mobjects/mobject-id/mdata"


@pytest.mark.sandbox(faults=[{"effect": {"latency": {"fixed": 20_000}}}])
def test_nobody_waits(api: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        api.get(NOTES, timeout=10)
    assert api.get(NOTES, timeout=30).status_code == 200


@pytest.mark.sandbox(faults=[{"when": {"call": 1}, "effect": {"answer": "reset", "commit": True}}])
def test_what_was_stored_although_the_answer_was_lost(api: httpx.Client) -> None:
    with pytest.raises(httpx.ReadError):
        api.post(NOTES, json={"data": {"title": "Call back"}})
    found = api.get(NOTES, params={"filter": "title:eq:Call back"}).json()["data"]
    assert len(found) == 1
