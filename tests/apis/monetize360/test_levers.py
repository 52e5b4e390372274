"""The test levers: /__admin/monetize360."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import MISSING, NOW, Driver
from tests.client import Answer

HELD: dict[str, Any] = {"outcome": "waiting", "output": {"for": "{{data.a}}"}, "error": {"code": "NO", "message": "No"}}


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


@pytest.fixture
def held(api: Driver) -> dict[str, Any]:
    """An execution that waits, and whose workflow has an output and an error."""
    return api.execute(api.workflow(**HELD), {"a": 1})


def lever(api: Driver, execution: dict[str, Any], verb: str, body: Any = None) -> Answer:
    return api.lever("POST", f"/executions/{execution['executionId']}/{verb}", body)


@pytest.mark.parametrize(
    ("body", "output"), [(None, {"for": 1}), ({}, {"for": 1}), ({"output": {"x": "{{data.a}}"}}, {"x": "{{data.a}}"})]
)
def test_completes_an_execution(api: Driver, held: dict[str, Any], body: Any, output: Any) -> None:
    api.shift(60)
    answer = lever(api, held, "complete", body)
    ended = {"status": "completed", "completedAt": "2024-01-15T10:31:00Z", "output": output}
    assert (answer.status, answer.json) == (200, held | ended)
    assert api.execution(held) == answer.json


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, {"code": "NO", "message": "No", "details": {}}),
        ({"message": "Not now"}, {"code": "NO", "message": "Not now", "details": {}}),
        ({"code": "X", "message": "Y", "details": {"z": 1}}, {"code": "X", "message": "Y", "details": {"z": 1}}),
    ],
)
def test_fails_an_execution(api: Driver, held: dict[str, Any], body: Any, error: Any) -> None:
    answer = lever(api, held, "fail", body)
    assert (answer.status, answer.json) == (200, held | {"status": "failed", "completedAt": NOW, "error": error})
    assert api.execution(held) == answer.json


def test_holds_a_running_execution(api: Driver) -> None:
    started = api.execute("order", later=True)
    answer = lever(api, started, "hold", {"secondaryStatus": "Awaiting approval"})
    waiting = started | {"status": "waiting", "secondaryStatus": "Awaiting approval"}
    assert (answer.status, answer.json) == (200, waiting)
    api.shift("P1D")
    assert api.execution(started) == waiting
    assert lever(api, started, "hold").json == waiting
    assert lever(api, started, "hold", {"secondaryStatus": None}).json["secondaryStatus"] is None
    assert lever(api, started, "complete").json["status"] == "completed"


def test_starts_an_execution_that_waits(api: Driver) -> None:
    answer = api.lever("POST", "/workflows/order/executions", {"data": {"a": 1}, "secondaryStatus": "Hm"})
    waiting = answer.json
    assert answer.status == 201
    assert waiting == {
        "executionId": waiting["executionId"],
        "workflowId": "order",
        "status": "waiting",
        "secondaryStatus": "Hm",
        "startedAt": NOW,
        "input": {"a": 1},
    }
    api.shift("P1D")
    assert api.execution(waiting) == waiting
    assert lever(api, waiting, "complete").json["output"] == {"status": "success"}
    flow = api.workflow(queue=5, secondaryStatus="Its own")
    held = api.lever("POST", f"/workflows/{flow}/executions").json
    assert (held["status"], held["secondaryStatus"], held["input"]) == ("waiting", "Its own", {})
    assert refused(api.lever("POST", f"/workflows/{MISSING}/executions")) == (404, "NOT_FOUND")
    api.lever("PUT", f"/workflows/{flow}", {"name": "Flow", "status": "inactive"})
    assert refused(api.lever("POST", f"/workflows/{flow}/executions")) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(("verb", "status"), [("complete", "completed"), ("fail", "failed"), ("hold", "waiting")])
def test_takes_an_unfinished_execution_off_the_agenda(api: Driver, verb: str, status: str) -> None:
    flow = api.workflow(queue=5, duration=5)
    pending, running = api.execute(flow, later=True), api.execute("order", later=True)
    api.shift(1)
    for execution in (pending, running):
        assert lever(api, execution, verb).json["status"] == status
    assert lever(api, pending, "hold").status == (200 if verb == "hold" else 409)
    assert api.execution(pending)["startedAt"] == "2024-01-15T10:30:01Z"
    assert api.execution(running)["startedAt"] == NOW
    assert api.admin("GET", "/clock")["due"] == 0


@pytest.mark.parametrize("verb", ["complete", "fail", "hold"])
def test_what_has_ended_stays(api: Driver, verb: str) -> None:
    done = api.execute("order")
    assert refused(lever(api, done, verb)) == (409, "CONFLICT")
    assert api.execution(done) == done
    assert refused(api.lever("POST", f"/executions/{MISSING}/{verb}")) == (404, "NOT_FOUND")


def test_makes_a_workflow(api: Driver) -> None:
    body = {
        "name": "Order",
        "description": "Takes an order",
        "status": "inactive",
        "queue": "PT1.5S",
        "duration": "P1DT1H",
        "outcome": "failed",
        "output": {"a": 1},
        "error": {"code": "NO", "message": "No"},
        "secondaryStatus": "Hm",
    }
    answer = api.lever("PUT", "/workflows/made", body)
    error = {"code": "NO", "message": "No", "details": {}}
    times = {"createdAt": NOW, "updatedAt": NOW}
    assert answer.status == 201
    assert answer.json == body | times | {"id": "made", "queue": 1.5, "duration": 90_000, "error": error}
    shown = {name: body[name] for name in ("name", "description", "status")}
    assert api.get("/workflows/made").json == {"id": "made", **shown, **times}


def test_replaces_a_workflow_whole(api: Driver) -> None:
    flow = api.workflow(queue=5, outcome="failed", secondaryStatus="x", error={"code": "A", "message": "B"})
    api.shift(60)
    answer = api.lever("PUT", f"/workflows/{flow}", {"name": "New", "output": {"a": 1}})
    assert answer.status == 200
    assert answer.json == {
        "id": flow,
        "name": "New",
        "description": "",
        "status": "active",
        "queue": 0,
        "duration": 0,
        "outcome": "completed",
        "output": {"a": 1},
        "error": None,
        "secondaryStatus": None,
        "createdAt": NOW,
        "updatedAt": "2024-01-15T10:31:00Z",
    }


def test_an_execution_ends_when_due_and_as_its_workflow_then_is(api: Driver) -> None:
    flow = api.workflow(duration=10, output={"v": 1})
    started = api.execute(flow, later=True)
    api.lever("PUT", f"/workflows/{flow}", {"name": "Flow", "duration": 99, "output": {"v": 2}})
    api.shift(10)
    done = api.execution(started)
    assert (done["completedAt"], done["output"]) == ("2024-01-15T10:30:10Z", {"v": 2})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "outcome": "cancelled"}, "outcome"),
        ({"name": "x", "duration": -1}, "duration"),
        ({"name": "x", "duration": "P"}, "duration"),
        ({"name": "x", "duration": "P401D"}, "duration"),
        ({"name": "x", "queue": "PT9601H"}, "queue"),
        ({"name": "x", "unknown": 1}, "unknown"),
        ({"name": "x", "output": []}, "output"),
        ({"name": "x", "error": {"code": "x"}}, "error.message"),
    ],
)
def test_a_wrong_workflow_is_refused(api: Driver, body: Any, field: str) -> None:
    answer = api.lever("PUT", "/workflows/made", body)
    assert refused(answer) == (400, "INVALID_REQUEST")
    assert answer.json["error"]["details"]["field"] == field
    assert api.get("/workflows/made").status == 404


def test_a_span_may_be_400_days(api: Driver) -> None:
    answer = api.lever("PUT", "/workflows/made", {"name": "x", "duration": "P400D", "queue": 34_560_000})
    assert (answer.json["duration"], answer.json["queue"]) == (34_560_000, 34_560_000)


def test_deletes_a_workflow_with_its_executions(api: Driver) -> None:
    started = api.execute("order", later=True)
    answer = api.lever("DELETE", "/workflows/order")
    assert (answer.status, answer.json["success"]) == (200, True)
    assert api.admin("GET", "/clock")["due"] == 0
    assert api.get("/workflows/order").status == 404
    assert refused(lever(api, started, "complete")) == (404, "NOT_FOUND")
    assert refused(api.lever("DELETE", "/workflows/order")) == (404, "NOT_FOUND")
    assert api.lever("PUT", "/workflows/order", {"name": "Again"}).status == 201
    assert api.get("/workflows/order/executions").json["data"] == []


def test_lists_and_deletes_webhooks(api: Driver) -> None:
    assert api.lever("GET", "/webhooks").json == {"webhooks": []}
    made = [
        api.post("/webhooks", {"url": f"http://x.org/{n}", "events": ["mdata.created"], "secret": "s"}) for n in "ab"
    ]
    assert api.lever("GET", "/webhooks").json == {"webhooks": [answer.json for answer in made]}
    key = made[0].json["id"]
    assert api.lever("DELETE", f"/webhooks/{key}").json["success"] is True
    assert api.lever("GET", "/webhooks").json == {"webhooks": [made[1].json]}
    assert refused(api.lever("DELETE", f"/webhooks/{key}")) == (404, "NOT_FOUND")


def test_a_deleted_webhook_hears_nothing_more(api: Driver) -> None:
    key = api.subscribe("mdata.created")
    api.record("note", k=1)
    assert len(api.client.attempts) == 1
    api.lever("DELETE", f"/webhooks/{key}")
    assert api.admin("GET", "/clock")["due"] == 0
    api.record("note", k=2)
    api.shift("P30D")
    assert len(api.client.attempts) == 1
    (delivery,) = api.deliveries()
    assert (delivery["state"], delivery["nextAttempt"]) == ("failed", None)


def test_lists_makes_changes_and_deletes_tokens(api: Driver) -> None:
    before = api.lever("GET", "/tokens").json["tokens"]
    assert [(token["tier"], token["limit"]) for token in before] == [
        ("standard", 100),
        ("premium", 1_000),
        ("enterprise", 1_000_000),
    ]
    assert api.get("/workflows", token="MINE").status == 401
    made = api.lever("PUT", "/tokens/MINE", {"tier": "standard"})
    assert (made.status, made.json) == (201, {"token": "MINE", "tier": "standard", "limit": 100})
    assert api.get("/workflows", token="MINE").headers["x-ratelimit-limit"] == "100"
    changed = api.lever("PUT", "/tokens/MINE", {"tier": "enterprise", "limit": 7})
    assert (changed.status, changed.json) == (200, {"token": "MINE", "tier": "enterprise", "limit": 7})
    assert api.get("/workflows", token="MINE").headers["x-ratelimit-limit"] == "7"
    assert api.lever("GET", "/tokens").json["tokens"] == [*before, changed.json]
    assert api.lever("DELETE", "/tokens/MINE").json["success"] is True
    assert api.get("/workflows", token="MINE").status == 401
    assert refused(api.lever("DELETE", "/tokens/MINE")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body", [{}, {"tier": "gold"}, {"tier": "standard", "limit": 5}, {"tier": "enterprise", "limit": 0}]
)
def test_a_wrong_token_is_refused(api: Driver, body: Any) -> None:
    assert refused(api.lever("PUT", "/tokens/MINE", body)) == (400, "INVALID_REQUEST")
    assert api.get("/workflows", token="MINE").status == 401


def test_the_levers_act_on_the_chosen_namespace(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "beside"})
    try:
        headers = {"x-sandbox-namespace": "beside"}
        path = "/__admin/monetize360/workflows/only-there"
        assert api.client.put(path, {"name": "There"}, headers=headers).status == 201
        assert api.client.put(f"/ns/beside{path}", {"name": "There"}).status == 200
        assert api.get("/workflows/only-there").status == 404
        assert api.get("/workflows/only-there", headers=headers).status == 200
    finally:
        api.admin("DELETE", "/namespaces/beside")
