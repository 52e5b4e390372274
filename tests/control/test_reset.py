"""POST /__admin/reset."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import NOW, Driver


def everything(api: Driver) -> list[Any]:
    """What can be seen of a namespace; the numbers of its events go on after a reset."""
    events = api.admin("GET", "/events")["events"]
    return [
        [{name: value for name, value in event.items() if name != "seq"} for event in events],
        api.get("/mobjects").body,
        api.get("/workflows").body,
        api.get("/mobjects/note/mdata").body,
        api.get("/workflows/order/executions").body,
        *(api.admin("GET", path) for path in ("/clock", "/settings", "/deliveries")),
        api.lever("GET", "/webhooks").json,
        api.lever("GET", "/tokens").json,
    ]


def use(api: Driver) -> None:
    """Leave traces everywhere."""
    api.set(monetize360_extendedEvents=True)
    api.subscribe("mdata.created", "workflow.started")
    api.record("note", k=1)
    api.mobject("Other", {"a": {"unique": True}})
    api.execute("order", later=True)
    api.shift("PT10S")
    api.lever("PUT", "/tokens/MINE", {"tier": "standard"})


def test_puts_everything_back(api: Driver) -> None:
    api.admin("POST", "/reset")
    before = everything(api)
    use(api)
    assert api.admin("GET", "/requests")["requests"]
    summary = api.admin("POST", "/reset")
    assert api.admin("GET", "/requests")["requests"] == []
    assert everything(api) == before
    clock = {"mode": "frozen", "now": NOW, "due": 0, "next": None}
    assert summary == {"namespace": "default", "scenario": "test", "seed": 0, "scale": 1, "clock": clock}


def test_the_same_requests_give_the_same_bytes_again(api: Driver) -> None:
    use(api)
    first = everything(api)
    api.admin("POST", "/reset")
    use(api)
    assert everything(api) == first


def test_the_limiter_starts_over(api: Driver) -> None:
    for _ in range(3):
        answer = api.get("/workflows", token="YOUR_API_TOKEN")
    assert answer.headers["x-ratelimit-remaining"] == "97"
    api.admin("POST", "/reset")
    assert api.get("/workflows", token="YOUR_API_TOKEN").headers["x-ratelimit-remaining"] == "99"


def test_another_seed_gives_other_ids_and_is_the_new_start(api: Driver) -> None:
    first = api.record("note", k=1)
    assert api.admin("POST", "/reset", {"seed": 7})["seed"] == 7
    second = api.record("note", k=1)
    assert second != first
    assert api.admin("POST", "/reset")["seed"] == 7
    assert api.record("note", k=1) == second
    assert api.admin("POST", "/reset", {"seed": 0})["seed"] == 0
    assert api.record("note", k=1) == first


def test_the_same_seed_is_a_plain_reset(api: Driver) -> None:
    api.record("note", k=1)
    api.admin("POST", "/reset", {"seed": 0})
    assert api.found("note") == []


@pytest.mark.parametrize("clock", ["2025-06-01T00:00:00Z", "2025-06-01T00:00:00Z+"])
@pytest.mark.parametrize("body", [{}, {"seed": 9}])
def test_a_clock_starts_where_it_once_started(api: Driver, clock: str, body: dict[str, int]) -> None:
    api.admin("POST", "/namespaces", {"name": "other", "clock": clock})
    headers = {"x-sandbox-namespace": "other"}
    api.client.post("/__admin/clock/shift", {"by": "P10D"}, headers=headers)
    summary = api.client.post("/__admin/reset", body, headers=headers).json
    assert summary["clock"]["mode"] == ("running" if clock.endswith("+") else "frozen")
    assert summary["clock"]["now"].startswith("2025-06-01T00:00:0")


def test_acts_on_the_chosen_namespace_alone(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "other"})
    headers = {"x-sandbox-namespace": "other"}
    api.record("note", k=1)
    api.post("/mobjects/note/mdata", {"data": {"k": 2}}, headers=headers)
    assert api.client.post("/ns/other/__admin/reset").json["namespace"] == "other"
    assert api.get("/mobjects/note/mdata", headers=headers).json["data"] == []
    assert api.found("note") == [1]


@pytest.mark.parametrize("body", [{"seed": "7"}, {"seed": -1}, {"seed": 1.5}, {"seed": None}, {"sed": 7}, []])
def test_a_wrong_body_is_refused(api: Driver, body: Any) -> None:
    api.record("note", k=1)
    answer = api.client.post("/__admin/reset", body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "INVALID_REQUEST")
    assert api.found("note") == [1]
