"""Workflows and their executions (A2.1, A2.2, A3.6, A3.7, A3.11, A5)."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import MISSING, NOW, Driver, invalid, refused

LATER = "2024-01-15T10:30:15Z"
NOT_FOUND = (404, "NOT_FOUND", None, None)


def test_workflows_are_read_and_listed(api: Driver) -> None:
    workflow = api.get("/workflows/order").json
    assert workflow == {
        "id": "order",
        "name": "Order",
        "description": "Takes an order",
        "status": "active",
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    page = api.get("/workflows?limit=1").json
    assert page == {"data": [workflow], "pagination": {"total": 13, "limit": 1, "offset": 0, "hasMore": True}}
    assert len(api.get("/workflows?offset=1").json["data"]) == 12


def test_a_sync_execution_is_final_at_once(api: Driver) -> None:
    done = api.execute("order", {"a": 1})
    assert done == {
        "executionId": done["executionId"],
        "workflowId": "order",
        "status": "completed",
        "secondaryStatus": None,
        "startedAt": NOW,
        "completedAt": LATER,
        "input": {"a": 1},
        "output": {"status": "success"},
    }
    assert api.execution(done) == done
    assert api.admin("GET", "/clock")["now"] == NOW


@pytest.mark.parametrize("body", [None, {}, {"data": {}}, {"async": False}, {"unknown": 1}])
def test_data_async_and_the_body_may_be_left_out(api: Driver, body: Any) -> None:
    answer = api.post("/workflows/order/execute", body)
    assert (answer.status, answer.json["status"], answer.json["input"]) == (200, "completed", {})


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ({"async": "yes"}, "async", "yes"),
        ({"async": None}, "async", None),
        ({"async": 1}, "async", 1),
        ({"data": [1]}, "data", [1]),
        ({"data": None}, "data", None),
        ([], "body", []),
    ],
)
def test_wrong_types_are_refused(api: Driver, body: Any, field: str, value: Any) -> None:
    assert refused(api.post("/workflows/order/execute", body)) == invalid(field, value)
    assert api.get("/workflows/order/executions").json["data"] == []


def test_an_async_execution_takes_its_time(api: Driver) -> None:
    started = api.execute("order", {"a": 1}, later=True)
    assert started == {
        "executionId": started["executionId"],
        "workflowId": "order",
        "status": "running",
        "secondaryStatus": None,
        "startedAt": NOW,
        "input": {"a": 1},
    }
    api.shift(14.999)
    assert api.execution(started) == started
    moved = api.shift(0.001)
    assert api.execution(started) == started | {
        "status": "completed",
        "completedAt": LATER,
        "output": {"status": "success"},
    }
    (happened,) = moved["happened"]
    assert (happened["at"], happened["type"]) == (LATER, "execution.completed")
    assert (happened["subject"], happened["detail"]) == (started["executionId"], {"workflowId": "order"})


def test_an_async_execution_may_queue_first(api: Driver) -> None:
    flow = api.workflow(queue="PT10S", duration="PT5S")
    started = api.execute(flow, later=True)
    assert started["status"] == "pending"
    assert "startedAt" not in started
    api.shift(10)
    running = api.execution(started)
    assert (running["status"], running["startedAt"]) == ("running", "2024-01-15T10:30:10Z")
    moved = api.shift("PT1H")
    assert api.execution(started)["completedAt"] == LATER
    assert [event["type"] for event in moved["happened"]] == ["execution.completed"]


def test_a_sync_execution_does_not_queue(api: Driver) -> None:
    done = api.execute(api.workflow(queue="PT10S", duration="PT5S"))
    assert (done["status"], done["startedAt"], done["completedAt"]) == ("completed", NOW, "2024-01-15T10:30:05Z")


def test_one_move_lives_through_the_whole_life(api: Driver) -> None:
    started = api.execute(api.workflow(queue=10, duration=5), later=True)
    moved = api.shift("P1D")
    assert [(event["at"], event["type"]) for event in moved["happened"]] == [
        ("2024-01-15T10:30:10Z", "execution.running"),
        (LATER, "execution.completed"),
    ]
    assert moved["counts"] == {"execution.running": 1, "execution.completed": 1}
    assert api.execution(started)["startedAt"] == "2024-01-15T10:30:10Z"


def test_a_failed_execution_is_an_answer(api: Driver) -> None:
    error = {"code": "CARD_DECLINED", "message": "No"}
    flow = api.workflow(outcome="failed", error=error, duration=15)
    done = api.execute(flow)
    assert (done["status"], done["completedAt"], done["error"]) == ("failed", LATER, error | {"details": {}})
    assert "output" not in done
    later = api.execute(flow, later=True)
    assert (later["status"], "error" in later) == ("running", False)
    api.shift(15)
    assert api.execution(later)["error"] == done["error"]


def test_a_failure_has_an_error_of_its_own_by_default(api: Driver) -> None:
    done = api.execute(api.workflow(outcome="failed"))
    assert done["error"] == {"code": "WORKFLOW_FAILED", "message": "The workflow failed", "details": {}}


@pytest.mark.parametrize("later", [False, True])
def test_a_waiting_execution_stays_unfinished(api: Driver, *, later: bool) -> None:
    flow = api.workflow(outcome="waiting", secondaryStatus="Awaiting approval", duration=5)
    started = api.execute(flow, later=later)
    api.shift("P300D")
    waiting = api.execution(started)
    assert (waiting["status"], waiting["secondaryStatus"]) == ("waiting", "Awaiting approval")
    assert waiting.keys() & {"completedAt", "output", "error"} == set()


def test_an_inactive_workflow_cannot_be_executed(api: Driver) -> None:
    flow = api.workflow(status="inactive")
    assert api.get(f"/workflows/{flow}").json["status"] == "inactive"
    for later in (False, True):
        answer = api.post(f"/workflows/{flow}/execute", {"async": later})
        assert refused(answer) == (400, "WORKFLOW_INACTIVE", "workflowId", flow)
    assert api.get(f"/workflows/{flow}/executions").json["data"] == []


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ("{{data.name}}", "Ada"),
        ("{{ data.n }}", 250),
        ("{{data.deep.list}}", [1, None]),
        ("{{data.flag}}", True),
        ("{{data}}", {"name": "Ada", "n": 250, "flag": True, "deep": {"list": [1, None]}}),
        ("<{{data.deep}}>", '<{"list":[1,null]}>'),
        ("{{data.absent}}", None),
        ("{{data.name.more}}", None),
        ("Hi {{data.name}}, {{data.n}} {{data.flag}} {{data.deep.list}}{{data.absent}}!", "Hi Ada, 250 true [1,null]!"),
        ("{{other.name}} {data.name}", "{{other.name}} {data.name}"),
        (["{{data.n}}", {"x": "{{data.name}}"}], [250, {"x": "Ada"}]),
        (7, 7),
    ],
)
def test_the_output_may_quote_the_input(api: Driver, template: Any, output: Any) -> None:
    data = {"name": "Ada", "n": 250, "flag": True, "deep": {"list": [1, None]}}
    flow = api.workflow(output={"answer": template}, duration=1)
    assert api.execute(flow, data)["output"] == {"answer": output}
    later = api.execute(flow, data, later=True)
    api.shift(1)
    assert api.execution(later)["output"] == {"answer": output}


def test_a_quoted_input_is_not_quoted_again(api: Driver) -> None:
    flow = api.workflow(output={"a": "{{data.a}}", "b": "<{{data.a}}>"})
    assert api.execute(flow, {"a": "{{data.b}}", "b": 1})["output"] == {"a": "{{data.b}}", "b": "<{{data.b}}>"}


def test_executions_are_listed_newest_first(api: Driver) -> None:
    made = [api.execute("order", {"n": number}, later=number % 2 == 0) for number in range(4)]
    page = api.get("/workflows/order/executions?limit=3").json
    assert page["data"] == made[::-1][:3]
    assert page["pagination"] == {"total": 4, "limit": 3, "offset": 0, "hasMore": True}
    assert api.get("/workflows/order/executions?offset=3").json["data"] == made[:1]


def test_executions_can_be_filtered(api: Driver) -> None:
    made = [api.execute("order", later=number > 0) for number in range(3)]

    def found(*filters: str) -> list[Any]:
        query = "&".join(f"filter={text}" for text in filters)
        return [row["executionId"] for row in api.get(f"/workflows/order/executions?{query}").json["data"]]

    first, second, third = (execution["executionId"] for execution in made)
    assert found("status:eq:running") == [third, second]
    assert found("status:in:completed,failed") == [first]
    assert found("status:ne:completed", f"executionId:ne:{third}") == [second]
    assert found(f"startedAt:lte:{NOW}") == [third, second, first]
    assert found("completedAt:ne:x") == [third, second, first]
    assert found("secondaryStatus:eq:x") == []
    answer = api.get("/workflows/order/executions?filter=status")
    assert refused(answer) == invalid("filter", "status")


def test_an_execution_belongs_to_one_workflow(api: Driver) -> None:
    key, flow = api.execute("order")["executionId"], api.workflow()
    assert refused(api.get(f"/workflows/{flow}/executions/{key}")) == NOT_FOUND
    assert refused(api.get(f"/workflows/order/executions/{MISSING}")) == NOT_FOUND
    for path in ("", "/executions", f"/executions/{key}"):
        assert refused(api.get(f"/workflows/{MISSING}{path}")) == NOT_FOUND
    assert refused(api.post(f"/workflows/{MISSING}/execute", {})) == NOT_FOUND


def test_a_save_workflow_creates_a_record(api: Driver) -> None:
    done = api.execute(api.own_workflow("Save", "Note"), {"k": 1})
    assert (done["status"], done["completedAt"]) == ("completed", NOW)
    (record,) = api.query("note").json["data"]
    assert done["output"] == record
    assert record["data"] == {"k": 1}


def test_an_edit_workflow_merges_into_a_record(api: Driver) -> None:
    key = api.record("note", k=1, a="old", b="kept")
    done = api.execute(api.own_workflow("Edit", "Note"), {"id": key, "a": "new"})
    assert done["output"] == api.get(f"/mobjects/note/mdata/{key}").json
    assert done["output"]["data"] == {"k": 1, "a": "new", "b": "kept"}


def test_a_delete_workflow_deletes_a_record(api: Driver) -> None:
    key = api.record("note", k=1)
    done = api.execute(api.own_workflow("Delete", "Note"), {"id": key})
    assert (done["status"], done["output"]["id"]) == ("completed", key)
    assert api.found("note") == []


def test_an_objects_workflow_acts_when_its_time_has_come(api: Driver) -> None:
    save = api.own_workflow("Save", "Note")
    assert api.lever("PUT", f"/workflows/{save}", {"name": "Save Note", "queue": 5, "duration": 10}).status == 200
    started = api.execute(save, {"k": 1}, later=True)
    api.shift(14)
    assert api.found("note") == []
    api.shift(1)
    assert api.found("note") == [1]
    assert api.execution(started)["output"]["createdAt"] == LATER


@pytest.mark.parametrize("verb", ["Import", "Export", "Excel Import"])
def test_the_other_workflows_of_an_object_have_no_effect(api: Driver, verb: str) -> None:
    api.record("note", k=1)
    before = api.query("note").body
    assert api.execute(api.own_workflow(verb, "Note"), {"id": MISSING})["status"] == "completed"
    assert api.query("note").body == before


@pytest.mark.parametrize(
    ("verb", "data", "code", "details"),
    [
        ("Save", {"email": "no"}, "VALIDATION_ERROR", {"field": "email", "value": "no"}),
        ("Save", {}, "VALIDATION_ERROR", {"field": "email", "value": None}),
        ("Save", {"email": "taken@x.org"}, "VALIDATION_ERROR", {"field": "email", "value": "taken@x.org"}),
        ("Edit", {"email": "a@x.org"}, "VALIDATION_ERROR", {"field": "id", "value": None}),
        ("Edit", {"id": 7}, "VALIDATION_ERROR", {"field": "id", "value": 7}),
        ("Edit", {"id": MISSING}, "NOT_FOUND", {}),
        ("Delete", {}, "VALIDATION_ERROR", {"field": "id", "value": None}),
        ("Delete", {"id": MISSING}, "NOT_FOUND", {}),
    ],
)
def test_what_the_record_operation_refuses_fails_the_execution(
    api: Driver, verb: str, data: dict[str, Any], code: str, details: dict[str, Any]
) -> None:
    mobject = api.mobject("User", {"email": {"format": "email", "required": True, "unique": True}})
    api.record(mobject, email="taken@x.org")
    before = api.query(mobject).body
    done = api.execute(api.own_workflow(verb, "User"), data)
    assert (done["status"], done["completedAt"]) == ("failed", NOW)
    assert (done["error"]["code"], done["error"]["details"]) == (code, details)
    assert api.query(mobject).body == before


def test_the_workflows_of_a_system_object_fail(api: Driver) -> None:
    for verb, data in (("Save", {}), ("Edit", {"id": "free"}), ("Delete", {"id": "free"})):
        done = api.execute(api.own_workflow(verb, "Plan"), data)
        assert (done["status"], done["error"]["code"]) == ("failed", "FORBIDDEN")
    assert api.query("plan").json["pagination"]["total"] == 1
